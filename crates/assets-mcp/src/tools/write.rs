//! Tools that make something.

use serde_json::{Value, json};

use super::read::filters;
use crate::{
    asset::{TYPES, brief, brief_schema, member, whole_seconds},
    request::{ASSET_ID, IDEMPOTENCY_KEY, Route},
    schema::{self, Member, needed, optional},
    text,
    tool::{Effect, Tool, Way},
};

const MAX_LEFT_OUT: usize = 20;

pub(super) fn tools() -> Vec<Tool> {
    vec![create_asset(), add_version(), rollback_asset(), create_export(), comment_on_asset()]
}

fn create_asset() -> Tool {
    let tags =
        schema::list("What it is filed under: namespace:value, e.g. channel:linkedin.", json!({"type": "string", "maxLength": 128}), 64);
    let mut stated = provenance();
    if let Some(agent) = stated.first_mut() {
        agent.is_required = true;
    }
    Tool {
        name: "create_asset",
        title: "Create an asset",
        description: "Makes a new asset, a draft, with its first version. Text is given here; the bytes of a file are sent by REST, because no \
                      tool carries them: PUT them up as a resumable upload (POST /api/v1/assets/uploads) and give its upload_id here, or send \
                      everything as multipart to POST /api/v1/assets. Then submit_asset.",
        effect: Effect::Adds,
        way: Way::Operation(Route { method: "POST", path: "/api/v1/assets" }, changed),
        takes: vec![
            needed("type", schema::choice("What kind of thing. It never changes.", &TYPES)),
            needed("title", schema::short("What it is called: one line.", 300)),
            optional("description", schema::short("What it is about.", 8000)),
            optional("tags", tags),
            needed("provenance", schema::object("Where it comes from.", &stated)),
            needed("content", content()),
            idempotency_key(),
        ],
        gives: gives_asset(),
    }
}

fn add_version() -> Tool {
    Tool {
        name: "add_version",
        title: "Add a version",
        description: "Adds new content to an asset, which is a draft again; an approved version stays approved. With answers to the points of a \
                      change request, by their ids from get_change_requests. Then submit_asset.",
        effect: Effect::Adds,
        way: Way::Operation(Route { method: "POST", path: "/api/v1/assets/{asset_id}/versions" }, changed),
        takes: vec![
            needed(ASSET_ID, schema::id("Which asset.")),
            needed("content", content()),
            optional("note", schema::short("Why it was added.", 8000)),
            optional("provenance", schema::object("Where it comes from. What is not stated is as in the version before.", &provenance())),
            answers(),
            idempotency_key(),
        ],
        gives: gives_asset(),
    }
}

fn rollback_asset() -> Tool {
    Tool {
        name: "rollback_asset",
        title: "Roll back to a version",
        description: "Makes the content of an earlier version the latest again, as a new version.",
        effect: Effect::Adds,
        way: Way::Operation(Route { method: "POST", path: "/api/v1/assets/{asset_id}/rollback" }, changed),
        takes: vec![
            needed(ASSET_ID, schema::id("Which asset.")),
            needed("to_version", schema::count("Any of its versions.", 1)),
            optional("reason", schema::short("Why.", 8000)),
            answers(),
            idempotency_key(),
        ],
        gives: gives_asset(),
    }
}

fn create_export() -> Tool {
    let ids = json!({"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 1, "maxItems": 20_000, "description": "These assets; no filter beside them."});
    let mut takes = vec![optional("asset_ids", ids)];
    takes.extend(filters(|description, one| json!({"type": "array", "items": one, "maxItems": 64, "description": description})));
    takes.extend([
        optional("channel", json!({"type": "string", "pattern": "^[a-z0-9._-]{1,64}$", "description": "The channel that the archive is for."})),
        optional("market", json!({"type": "string", "pattern": "^[A-Z0-9_-]{1,64}$", "description": "The market that the archive is for."})),
        optional("expires_in", json!({"type": "integer", "minimum": 60, "maximum": 604_800, "description": "For how many seconds it can be downloaded; 7 days without it."})),
        idempotency_key(),
    ]);
    Tool {
        name: "create_export",
        title: "Export approved assets",
        description: "Pins the approved versions of assets, named or found by filters, as one ZIP archive. What is not approved is left out.",
        effect: Effect::Adds,
        way: Way::Operation(Route { method: "POST", path: "/api/v1/assets/exports" }, export),
        takes,
        gives: vec![
            needed("id", schema::id("Which export.")),
            needed("status", schema::text("Where it stands, e.g. ready.")),
            needed("count", schema::count("How many versions are in it.", 0)),
            needed("size_bytes", schema::count("How many bytes the archive has.", 0)),
            needed("archive_url", schema::link("Where it is downloaded, with the same key as Bearer.")),
            needed("created_at", schema::moment("When it was pinned.")),
            needed("expires_at", schema::moment("Until when it can be downloaded.")),
            needed("left_out_count", schema::count("How many assets were asked for and are not in it.", 0)),
            needed("left_out", schema::list("The first of them.", left_out_schema(), 20)),
        ],
    }
}

fn export(export: &Value) -> Value {
    let left_out = member(export, "left_out");
    let items = member(left_out, "items").as_array().map(Vec::as_slice).unwrap_or_default();
    let first: Vec<_> = items
        .iter()
        .take(MAX_LEFT_OUT)
        .map(|item| json!({"asset_id": member(item, "asset_id"), "reason": member(item, "reason")}))
        .collect();
    json!({
        "id": member(export, "id"), "status": member(export, "status"), "count": member(export, "count"),
        "size_bytes": member(export, "size_bytes"), "archive_url": member(export, "archive_url"),
        "created_at": whole_seconds(member(export, "created_at")), "expires_at": whole_seconds(member(export, "expires_at")),
        "left_out_count": member(left_out, "count"), "left_out": first,
    })
}

fn left_out_schema() -> Value {
    schema::object("", &[needed("asset_id", schema::id("Which asset.")), needed("reason", schema::text("The first reason why."))])
}

fn comment_on_asset() -> Tool {
    Tool {
        name: "comment_on_asset",
        title: "Comment on an asset",
        description: "Says something about an asset without deciding anything.",
        effect: Effect::Adds,
        way: Way::Operation(Route { method: "POST", path: "/api/v1/assets/{asset_id}/comments" }, |comment| {
            json!({
                "id": member(comment, "id"), "version": member(comment, "version"), "text": member(comment, "text"),
                "by": member(member(comment, "by"), "name"), "at": whole_seconds(member(comment, "at")), "notice": text::NOTICE,
            })
        }),
        takes: vec![
            needed(ASSET_ID, schema::id("Which asset.")),
            needed("text", schema::short("What is said.", 2000)),
            optional("version", schema::count("About which version; without it, the latest.", 1)),
            optional("digest", schema::digest("About which bytes.")),
            optional("anchor", anchor()),
            idempotency_key(),
        ],
        gives: vec![
            needed("id", schema::id("Which comment.")),
            needed("version", schema::nullable(schema::count("About which version.", 1))),
            needed("text", schema::text("What was said.")),
            needed("by", schema::text("The name of the key that said it.")),
            needed("at", schema::moment("When.")),
            needed("notice", schema::text("How to take what is in here.")),
        ],
    }
}

/// What of an asset a tool gives that has changed it.
pub(super) fn changed(answer: &Value) -> Value {
    json!({"asset": brief(answer), "notice": text::NOTICE})
}

/// Its schema.
pub(super) fn gives_asset() -> Vec<Member> {
    vec![needed("asset", brief_schema("The asset as it is now.")), needed("notice", schema::text("How to take what is in here."))]
}

/// The argument that makes a call safe to repeat.
pub(super) fn idempotency_key() -> Member {
    let pattern = "^[!-~]{1,255}$";
    let description = "Makes the call safe to repeat: for 24 hours the same call with the same key has one effect.";
    optional(IDEMPOTENCY_KEY, json!({"type": "string", "pattern": pattern, "description": description}))
}

/// The argument that says where in content something is.
pub(super) fn anchor() -> Value {
    let part = |name, what| needed(name, json!({"type": "number", "minimum": 0, "maximum": 1, "description": what}));
    let kind = |kind: &str| needed("kind", json!({"type": "string", "const": kind}));
    let seconds = |what| json!({"type": "number", "minimum": 0, "description": what});
    let text = [
        kind("text"),
        needed("start", schema::count("The first character.", 0)),
        needed("end", schema::count("The character behind the last.", 0)),
        optional("quote", schema::text("The characters themselves.")),
    ];
    let region = [
        kind("box"),
        part("x", "From the left, as a part of the width."),
        part("y", "From the top, as a part of the height."),
        part("width", "As a part of the width."),
        part("height", "As a part of the height."),
        optional("page", schema::count("On which page.", 1)),
        optional("at_seconds", seconds("At which moment.")),
    ];
    let page = [kind("page"), needed("page", schema::count("Which page.", 1))];
    let time = [kind("time"), needed("start_seconds", seconds("From when on.")), optional("end_seconds", seconds("Until when."))];
    let kinds = [schema::object("", &text), schema::object("", &region), schema::object("", &page), schema::object("", &time)];
    json!({"description": "Where in the content.", "anyOf": kinds})
}

fn answers() -> Member {
    let answer = [
        needed("item_id", schema::id("Which point, by its id from get_change_requests.")),
        needed("text", schema::short("The answer.", 2000)),
    ];
    optional("answers", schema::list("Answers to open points of change requests.", schema::object("", &answer), 100))
}

fn content() -> Value {
    let media_type = || optional("media_type", schema::text("What it is, e.g. text/markdown."));
    let filename = || optional("filename", schema::short("What it is called when saved.", 255));
    let inline = [needed("text", json!({"type": "string", "minLength": 1, "description": "The text."})), media_type(), filename()];
    let uploaded = [needed("upload_id", schema::id("A finished upload of the same key.")), media_type(), filename()];
    json!({"description": "Text, or a file that was uploaded by REST.", "anyOf": [schema::object("Text.", &inline), schema::object("A file.", &uploaded)]})
}

fn provenance() -> Vec<Member> {
    let source = [needed("asset_id", schema::id("Which asset.")), needed("version", schema::count("Which of its versions.", 1))];
    let named = |name, description| optional(name, schema::short(description, 200));
    vec![
        named("agent_slug", "The agent that makes it."),
        named("run_id", "The run of that agent."),
        named("campaign_id", "The campaign it is made for."),
        named("brand_id", "The brand it speaks for."),
        named("brief_id", "The brief it answers."),
        named("model", "The model that generates it."),
        named("prompt_digest", "A digest of the prompt."),
        optional("derived_from", schema::list("The versions it is made from.", schema::object("", &source), 100)),
    ]
}
