//! Schemas, by who sends what they describe.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Comparison, Direction, OPEN_ENUMS, items, members, operation::required, resolved};

/// Bounds that narrow as they grow.
const LOWER: [&str; 5] = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
/// Bounds that narrow as they shrink.
const UPPER: [&str; 5] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
/// What narrows by being there, and cannot be compared with another.
const SHAPES: [&str; 4] = ["pattern", "multipleOf", "uniqueItems", "const"];
/// What the rules are about besides.
const KNOWN: [&str; 15] = [
    "$ref",
    "type",
    "format",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "oneOf",
    "anyOf",
    "allOf",
    "default",
    "discriminator",
    "title",
    "x-extensible",
];

/// Whether what is allowed became less, more, or something else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shift {
    Same,
    Narrower,
    Wider,
    Other,
}

impl Direction {
    /// The one of two rules that is about this direction.
    const fn rule(self, request: &'static str, response: &'static str) -> &'static str {
        match self {
            Self::Request => request,
            Self::Response => response,
        }
    }

    fn breaks_by(self, shift: Shift) -> bool {
        match shift {
            Shift::Same => false,
            Shift::Other => true,
            Shift::Narrower => self == Self::Request,
            Shift::Wider => self == Self::Response,
        }
    }
}

impl Comparison<'_> {
    pub(super) fn schema(&self, before: &Value, after: &Value, direction: Direction, place: &str) {
        let ((before, was_null), (after, is_null)) = (without_null(before), without_null(after));
        let nullable = if was_null == is_null {
            Shift::Same
        } else if is_null {
            Shift::Wider
        } else {
            Shift::Narrower
        };
        self.report_if(direction.breaks_by(nullable), direction.rule("request-became-not-nullable", "response-became-nullable"), place);
        let ((old_name, old), (new_name, new)) = (resolved(self.before, before), resolved(self.after, after));
        let is_named = old_name.is_some() || old["properties"].is_object() || old["enum"].is_array();
        self.report_if(old_name != new_name && is_named, "schema-renamed", place);
        let place = match old_name {
            Some(name) if !self.seen.borrow_mut().insert((name.to_owned(), direction)) => return,
            Some(name) => format!("{name} ({})", direction.rule("sent", "received")),
            None => place.to_owned(),
        };
        self.report_if(old["title"] != new["title"], "schema-renamed", &place);
        self.types(old, new, direction, &place);
        self.values(old, new, old_name, direction, &place);
        self.properties(old, new, direction, &place);
        self.branches(old, new, direction, &place);
        self.lifetime(old, new, &place);
        if old["items"].is_object() || new["items"].is_object() {
            self.schema(&old["items"], &new["items"], direction, &format!("{place}[]"));
        }
        self.report_if(old["discriminator"] != new["discriminator"], "discriminator-changed", &place);
        let known: Vec<_> = KNOWN.into_iter().chain(LOWER).chain(UPPER).chain(SHAPES).collect();
        self.rest(old, new, &known, &place);
    }

    fn types(&self, before: &Value, after: &Value, direction: Direction, place: &str) {
        let (old, new) = (types(before), types(after));
        let shift = sets(old.as_ref(), new.as_ref());
        self.report_if(direction.breaks_by(shift), direction.rule("request-type-narrowed", "response-type-widened"), place);
        // The generated type is another one in either direction.
        self.report_if(before["format"] != after["format"] && old == new, "format-changed", place);
    }

    fn values(&self, before: &Value, after: &Value, name: Option<&str>, direction: Direction, place: &str) {
        let (old, new) = (values(before), values(after));
        let goes = old.iter().flatten().any(|value| new.as_ref().is_some_and(|new| !new.contains(value)));
        self.report_if(goes, "enum-value-removed", place);
        let comes = new.iter().flatten().any(|value| old.as_ref().is_some_and(|old| !old.contains(value)));
        let is_open = name.is_some_and(|name| OPEN_ENUMS.contains(&name));
        self.report_if(comes && direction == Direction::Response && !is_open, "response-enum-value-added", place);
        self.report_if(old.is_none() && new.is_some() && direction == Direction::Request, "request-enum-added", place);
        self.report_if(old.is_some() && new.is_none() && direction == Direction::Response, "response-enum-removed", place);
        let shifts = LOWER.map(|bound| (bound, bounds(&before[bound], &after[bound], false)));
        let shifts = shifts.into_iter().chain(UPPER.map(|bound| (bound, bounds(&before[bound], &after[bound], true))));
        let shifts = shifts.chain(SHAPES.map(|shape| (shape, shapes(&before[shape], &after[shape]))));
        for (keyword, shift) in shifts {
            let rule = direction.rule("request-constraint-narrowed", "response-constraint-widened");
            self.report_if(direction.breaks_by(shift), rule, &format!("{place} {keyword}"));
        }
        let default_changed = before.get("default").is_some() && before["default"] != after["default"];
        self.report_if(default_changed && direction == Direction::Request, "default-changed", place);
    }

    fn properties(&self, before: &Value, after: &Value, direction: Direction, place: &str) {
        let (old, new) = (required(before), required(after));
        for (name, property) in members(&before["properties"]) {
            let place = format!("{place}.{name}");
            match after["properties"].get(name) {
                Some(now) => {
                    self.schema(property, now, direction, &place);
                    self.lifetime(property, now, &place);
                }
                None => self.report(direction.rule("request-property-removed", "response-property-removed"), &place),
            }
            let (was, is) = (old.contains(name), new.contains(name));
            self.report_if(is && !was && direction == Direction::Request, "request-property-became-required", &place);
            self.report_if(was && !is && direction == Direction::Response, "response-property-became-optional", &place);
        }
        let is_closed = before["additionalProperties"] == false;
        for name in members(&after["properties"]).into_keys().filter(|name| before["properties"].get(*name).is_none()) {
            let place = format!("{place}.{name}");
            self.report_if(new.contains(name) && direction == Direction::Request, "new-required-request-property", &place);
            self.report_if(is_closed && direction == Direction::Response, "property-added-to-closed-response", &place);
        }
        let (old, new) = (&before["additionalProperties"], &after["additionalProperties"]);
        if old.is_object() && new.is_object() {
            self.schema(old, new, direction, &format!("{place}.*"));
        } else if is_open(old) != is_open(new) || old.is_object() != new.is_object() {
            // Whoever sends may send less, and generated types lose what they kept the rest in.
            let may_send_more = direction == Direction::Request && is_open(new) && !new.is_object();
            self.report_if(!may_send_more, "additional-properties-changed", place);
        }
    }

    fn branches(&self, before: &Value, after: &Value, direction: Direction, place: &str) {
        for keyword in ["oneOf", "anyOf", "allOf"] {
            let (old, new) = (branches(&before[keyword]), branches(&after[keyword]));
            for (key, branch) in &old {
                let place = format!("{place} {keyword} {key}");
                match new.get(key) {
                    Some(now) => self.schema(branch, now, direction, &place),
                    None => self.report("branch-removed", &place),
                }
            }
            for key in new.keys().filter(|key| !old.contains_key(*key)) {
                let may_come = keyword != "allOf" && direction == Direction::Request;
                self.report_if(!may_come, "branch-added", &format!("{place} {keyword} {key}"));
            }
        }
    }
}

/// A schema without the null that it allows, and whether it does.
fn without_null(schema: &Value) -> (&Value, bool) {
    let is_null = |branch: &&Value| branch["type"] == "null";
    for keyword in ["oneOf", "anyOf"] {
        let branches = items(&schema[keyword]);
        if branches.iter().any(|branch| is_null(&branch)) {
            let mut others = branches.iter().filter(|branch| !is_null(branch));
            let only = others.next().filter(|_| others.next().is_none());
            return (only.unwrap_or(schema), true);
        }
    }
    (schema, items(&schema["type"]).iter().any(|one| one == "null"))
}

/// Of which types it may be, but for null; `None` if of any.
fn types(schema: &Value) -> Option<BTreeSet<&str>> {
    let single = schema["type"].as_str().into_iter();
    let types: BTreeSet<_> = single.chain(items(&schema["type"]).iter().filter_map(Value::as_str)).filter(|one| *one != "null").collect();
    if types.is_empty() { None } else { Some(types) }
}

/// The values it may have; `None` if any.
fn values(schema: &Value) -> Option<Vec<&Value>> {
    schema["enum"].as_array().map(|values| values.iter().collect())
}

/// Branches by what they are called, or else by their place.
fn branches(value: &Value) -> BTreeMap<String, &Value> {
    let key = |(place, branch): (usize, &Value)| -> String {
        let name = branch["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()).or_else(|| branch["title"].as_str());
        name.map_or_else(|| place.to_string(), str::to_owned)
    };
    let without_null = items(value).iter().filter(|branch| branch["type"] != "null");
    without_null.enumerate().map(|(place, branch)| (key((place, branch)), branch)).collect()
}

fn is_open(additional: &Value) -> bool {
    *additional != false
}

fn sets(before: Option<&BTreeSet<&str>>, after: Option<&BTreeSet<&str>>) -> Shift {
    match (before, after) {
        (None, None) => Shift::Same,
        (None, Some(_)) => Shift::Narrower,
        (Some(_), None) => Shift::Wider,
        (Some(before), Some(after)) if before == after => Shift::Same,
        (Some(before), Some(after)) if after.is_subset(before) => Shift::Narrower,
        (Some(before), Some(after)) if after.is_superset(before) => Shift::Wider,
        (Some(_), Some(_)) => Shift::Other,
    }
}

fn bounds(before: &Value, after: &Value, is_upper: bool) -> Shift {
    match (before.as_f64(), after.as_f64()) {
        (None, None) => Shift::Same,
        (None, Some(_)) => Shift::Narrower,
        (Some(_), None) => Shift::Wider,
        (Some(before), Some(after)) if (before - after).abs() < f64::EPSILON => Shift::Same,
        (Some(before), Some(after)) if (after < before) == is_upper => Shift::Narrower,
        (Some(_), Some(_)) => Shift::Wider,
    }
}

fn shapes(before: &Value, after: &Value) -> Shift {
    match (before.is_null(), after.is_null()) {
        (true, true) => Shift::Same,
        (true, false) => Shift::Narrower,
        (false, true) => Shift::Wider,
        (false, false) => {
            if before == after {
                Shift::Same
            } else {
                Shift::Other
            }
        }
    }
}
