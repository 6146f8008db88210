//! JSON Schema (2020-12), as far as tools need it.

use std::sync::Arc;

use rmcp::model::JsonObject;
use serde_json::{Map, Value, json};

/// A member of an object.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) schema: Value,
    pub(crate) is_required: bool,
}

/// A member that is always there.
pub(crate) const fn needed(name: &'static str, schema: Value) -> Member {
    Member { name, schema, is_required: true }
}

/// A member that may be left out.
pub(crate) const fn optional(name: &'static str, schema: Value) -> Member {
    Member { name, schema, is_required: false }
}

/// Text.
pub(crate) fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

/// Text of at least one and at most so many characters.
pub(crate) fn short(description: &str, max_characters: u32) -> Value {
    json!({"type": "string", "description": description, "minLength": 1, "maxLength": max_characters})
}

/// An id.
pub(crate) fn id(description: &str) -> Value {
    json!({"type": "string", "format": "uuid", "description": description})
}

/// A moment.
pub(crate) fn moment(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

/// An address.
pub(crate) fn link(description: &str) -> Value {
    json!({"type": "string", "format": "uri", "description": description})
}

/// Bytes, by what they are known by.
pub(crate) fn digest(description: &str) -> Value {
    json!({"type": "string", "pattern": "^sha256:[0-9a-f]{64}$", "description": description})
}

/// A whole number from the least on.
pub(crate) fn count(description: &str, minimum: u32) -> Value {
    json!({"type": "integer", "minimum": minimum, "description": description})
}

/// Yes or no.
pub(crate) fn flag(description: &str) -> Value {
    json!({"type": "boolean", "description": description})
}

/// One of these words.
pub(crate) fn choice(description: &str, words: &[&str]) -> Value {
    json!({"type": "string", "enum": words, "description": description})
}

/// Several of something.
pub(crate) fn list(description: &str, items: Value, max_items: u32) -> Value {
    json!({"type": "array", "items": items, "maxItems": max_items, "description": description})
}

/// The same, or null. Its description goes on meaning what it is when it is there.
pub(crate) fn nullable(mut schema: Value) -> Value {
    if let Some(members) = schema.as_object_mut() {
        let kind = members.remove("type").unwrap_or_default();
        members.insert("type".to_owned(), json!([kind, "null"]));
    }
    schema
}

/// An object with these members and no others.
pub(crate) fn object(description: &str, members: &[Member]) -> Value {
    let mut schema =
        json!({"type": "object", "properties": properties(members), "required": required(members), "additionalProperties": false});
    if let Some(schema) = schema.as_object_mut().filter(|_| !description.is_empty()) {
        schema.insert("description".to_owned(), description.into());
    }
    schema
}

/// What a tool takes.
pub(crate) fn input(members: &[Member]) -> Arc<JsonObject> {
    whole(object("", members))
}

/// What a tool gives: its result, or the problem for which there is none. Clients check what is structured also where it is an
/// error, so the schema has both.
pub(crate) fn output(members: &[Member]) -> Arc<JsonObject> {
    let problem = json!({
        "type": "object",
        "description": "Only when the call was refused, with isError: the problem (RFC 9457). Branch on code.",
        "properties": {
            "code": text("What went wrong, e.g. human_required, illegal_transition, not_found, invalid_request."),
            "detail": text("What is wrong and what to do about it."),
            "review_url": text("Where a person can decide."),
            "legal_actions": json!({"type": "array", "items": {"type": "string"}, "description": "What this key could do instead, now."}),
        },
        "required": ["code", "detail"],
    });
    let mut all = properties(members);
    all.insert("problem".to_owned(), problem);
    all.entry("notice").or_insert_with(|| text("How to take what is in here."));
    whole(json!({
        "type": "object",
        "properties": all,
        "anyOf": [{"required": required(members)}, {"required": ["problem"]}],
        "additionalProperties": false,
    }))
}

fn whole(mut schema: Value) -> Arc<JsonObject> {
    let mut members = schema.as_object_mut().map(std::mem::take).unwrap_or_default();
    members.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    Arc::new(members)
}

fn properties(members: &[Member]) -> Map<String, Value> {
    members.iter().map(|member| (member.name.to_owned(), member.schema.clone())).collect()
}

fn required(members: &[Member]) -> Vec<&'static str> {
    members.iter().filter(|member| member.is_required).map(|member| member.name).collect()
}
