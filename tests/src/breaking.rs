//! What of a newer contract breaks the clients of an older one, generated ones included.
//!
//! The rules are those that tools for this agree on: a request may be asked for less, an answer may say more, and nothing that a client
//! named may go. Whatever no rule is about counts as breaking if it changes, so that nothing passes unseen; what is only read by people
//! (`WORDS`) may always change. [`breaks`] names each by its rule and place.

#![expect(clippy::indexing_slicing, reason = "what is not in a JSON value is null")]

mod operation;
mod schema;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;

/// What is said to people.
const WORDS: [&str; 7] = ["description", "summary", "example", "examples", "externalDocs", "$comment", "x-sunset"];

/// Enums of answers that grow: a client has to expect what it does not know. The document says so where they are.
pub const OPEN_ENUMS: [&str; 2] = ["ProblemCode", "Reason"];

/// A change that breaks clients.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Break {
    /// Which rule found it.
    pub rule: &'static str,
    /// Where.
    pub place: String,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.place)
    }
}

/// Who sends what a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    /// The client: what it could send, it must be able to send still.
    Request,
    /// The service: what a client gets, it must know already.
    Response,
}

/// Two contracts beside each other, and what was found so far.
struct Comparison<'d> {
    before: &'d Value,
    after: &'d Value,
    found: RefCell<BTreeSet<Break>>,
    /// Which named schemas were compared, in which direction: each is once, and some hold themselves.
    seen: RefCell<BTreeSet<(String, Direction)>>,
}

/// Everything in `after` that breaks whoever relies on `before`.
#[must_use]
pub fn breaks(before: &Value, after: &Value) -> Vec<Break> {
    let comparison = Comparison { before, after, found: RefCell::default(), seen: RefCell::default() };
    comparison.operations();
    comparison.found.into_inner().into_iter().collect()
}

/// Whether the versions of two contracts say that clients break: by semantic versioning, another major version, or another minor one before 1.0.
#[must_use]
pub fn announces_breaks(before: &Value, after: &Value) -> bool {
    let line = |document: &Value| {
        let version = document["info"]["version"].as_str().unwrap_or_default().to_owned();
        let (major, rest) = version.split_once('.').unwrap_or((&version, ""));
        let minor = rest.split('.').next().unwrap_or_default();
        (major.to_owned(), if major == "0" { minor.to_owned() } else { String::new() })
    };
    line(before) != line(after)
}

impl<'d> Comparison<'d> {
    fn report(&self, rule: &'static str, place: &str) {
        self.found.borrow_mut().insert(Break { rule, place: place.to_owned() });
    }

    fn report_if(&self, breaks: bool, rule: &'static str, place: &str) {
        if breaks {
            self.report(rule, place);
        }
    }

    /// What was not deprecated and is now has to say until when it stays.
    fn lifetime(&self, before: &Value, after: &Value, place: &str) {
        let is_new = after["deprecated"] == true && before["deprecated"] != true;
        self.report_if(is_new && after["x-sunset"].is_null(), "deprecated-without-sunset", place);
    }

    /// What no rule is about has to be as it was.
    fn rest(&self, before: &Value, after: &Value, known: &[&str], place: &str) {
        let names: BTreeSet<_> = members(before).keys().chain(members(after).keys()).copied().collect();
        for name in names.into_iter().filter(|name| !known.contains(name) && !WORDS.contains(name) && *name != "deprecated") {
            self.report_if(before[name] != after[name], "other-keyword-changed", &format!("{place} {name}"));
        }
    }
}

/// What a reference leads to, and the name of it.
fn resolved<'d>(document: &'d Value, value: &'d Value) -> (Option<&'d str>, &'d Value) {
    match value["$ref"].as_str() {
        Some(reference) => (reference.rsplit('/').next(), document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)),
        None => (None, value),
    }
}

fn members(value: &Value) -> BTreeMap<&str, &Value> {
    value.as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member)).collect()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn words(value: &Value) -> BTreeSet<&str> {
    items(value).iter().filter_map(Value::as_str).collect()
}
