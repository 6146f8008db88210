//! What is published today breaks no client of what was released last.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use assets_tests::{
    Value,
    breaking::{OPEN_ENUMS, announces_breaks, breaks},
    json,
};

fn document(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn what_was_released_last_is_still_true() {
    let (released, published) = (document("released.json"), document("assets.json"));
    let found = breaks(&released, &published);
    let listed = found.iter().map(|found| format!("  {found}\n")).collect::<String>();
    let (before, after) = (&released["info"]["version"], &published["info"]["version"]);
    assert!(
        found.is_empty() || announces_breaks(&released, &published),
        "{after} breaks clients of {before}, which only another version may, see docs/contract.md:\n{listed}"
    );
}

#[test]
fn a_version_says_whether_clients_break() {
    let of = |version: &str| json!({"info": {"version": version}});
    for (before, after, may) in [
        ("0.1.0", "0.1.1", false),
        ("0.1.0", "0.2.0", true),
        ("0.9.0", "1.0.0", true),
        ("1.0.0", "1.1.0", false),
        ("1.4.2", "2.0.0", true),
        ("1.0.0", "1.0.0", false),
    ] {
        assert_eq!(announces_breaks(&of(before), &of(after)), may, "{before} {after}");
    }
}

/// What is done to the contract, at a place whose parts have blanks between them; `@` and an operation stands for its path.
enum Change {
    Set(&'static str, Value),
    Remove(&'static str),
    /// Adds to a list.
    Add(&'static str, Value),
    /// Takes out of a list.
    Drop(&'static str, Value),
    /// Gives a member another name.
    Rename(&'static str, &'static str),
    Both(Box<[Change; 2]>),
}

use Change::{Add, Drop, Remove, Rename, Set};

fn both(one: Change, other: Change) -> Change {
    Change::Both(Box::new([one, other]))
}

/// The parts of a place.
fn parts(contract: &Value, place: &str) -> Vec<String> {
    let mut parts: Vec<String> = place.split(' ').map(str::to_owned).collect();
    if let Some(id) = place.split(' ').next().and_then(|first| first.strip_prefix('@')) {
        let paths = contract["paths"].as_object().unwrap();
        let found = paths.iter().find_map(|(path, item)| {
            let method = item.as_object().unwrap().iter().find(|(_, operation)| operation["operationId"] == id)?.0;
            Some(["paths".to_owned(), path.clone(), method.clone()])
        });
        parts.splice(..1, found.unwrap_or_else(|| panic!("there is no {id}")));
    } else if parts[0] != "paths" && parts[0] != "components" {
        parts.splice(..0, ["components".to_owned(), "schemas".to_owned()]);
    }
    // A parameter is known by its name.
    for at in 1..parts.len() {
        if parts[at - 1] == "parameters" {
            let list = parts[..at].iter().fold(contract, |value, part| &value[part.as_str()]);
            let place = list.as_array().unwrap().iter().position(|parameter| parameter["name"] == parts[at].as_str());
            parts[at] = place.unwrap_or_else(|| panic!("there is no {place:?}")).to_string();
        }
    }
    parts
}

fn pointer(parts: &[String]) -> String {
    parts.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

fn apply(contract: &mut Value, change: &Change) {
    let at = |contract: &Value, place: &str| {
        let mut parts = parts(contract, place);
        let last = parts.pop().unwrap();
        (pointer(&parts), last)
    };
    match change {
        Set(place, value) => {
            let (parent, last) = at(contract, place);
            let parent = contract.pointer_mut(&parent).unwrap_or_else(|| panic!("{place} is nowhere"));
            match parent {
                Value::Array(items) => items[last.parse::<usize>().unwrap()] = value.clone(),
                parent => parent[last.as_str()] = value.clone(),
            }
        }
        Remove(place) => {
            let (parent, last) = at(contract, place);
            let removed = match contract.pointer_mut(&parent).unwrap() {
                Value::Array(items) => Some(items.remove(last.parse::<usize>().unwrap())),
                parent => parent.as_object_mut().unwrap().remove(&last),
            };
            assert!(removed.is_some(), "{place} is nowhere");
        }
        Add(place, value) => list(contract, place).push(value.clone()),
        Drop(place, value) => {
            let list = list(contract, place);
            let count = list.len();
            list.retain(|item| item != value);
            assert!(list.len() < count, "{value} is not in {place}");
        }
        Rename(place, name) => {
            let (parent, last) = at(contract, place);
            let parent = contract.pointer_mut(&parent).unwrap().as_object_mut().unwrap();
            let value = parent.remove(&last).unwrap();
            parent.insert((*name).to_owned(), value);
        }
        Change::Both(changes) => changes.iter().for_each(|change| apply(contract, change)),
    }
}

fn list<'c>(contract: &'c mut Value, place: &str) -> &'c mut Vec<Value> {
    let pointer = pointer(&parts(contract, place));
    contract.pointer_mut(&pointer).and_then(Value::as_array_mut).unwrap_or_else(|| panic!("{place} is no list"))
}

fn changed(change: &Change) -> (Value, Value) {
    let before = document("assets.json");
    let mut after = before.clone();
    apply(&mut after, change);
    assert!(before != after, "nothing changed");
    (before, after)
}

#[test]
fn what_breaks_clients_is_found_by_its_rule() {
    let text = || json!({"type": "string"});
    let table = [
        ("path-removed", Remove("paths /api/v1/whoami")),
        ("path-removed", Rename("paths /api/v1/whoami", "/api/v2/whoami")),
        ("path-parameter-renamed", Rename("paths /api/v1/admin/api-keys/{prefix}", "/api/v1/admin/api-keys/{key}")),
        ("method-removed", Remove("@delete_asset")),
        ("operation-id-changed", Set("@whoami operationId", json!("who_am_i"))),
        ("tag-changed", Set("@whoami tags", json!(["system"]))),
        ("security-added", Set("@healthz security", json!([{"api_key": []}]))),
        ("security-added", Set("@whoami security", json!([{"other_key": []}]))),
        ("other-keyword-changed", Set("components securitySchemes api_key scheme", json!("basic"))),
        ("deprecated-without-sunset", Set("@whoami deprecated", json!(true))),
        ("deprecated-without-sunset", Set("Asset properties preview_url deprecated", json!(true))),
        ("parameter-removed", Remove("@list_assets parameters tag")),
        ("parameter-became-required", Set("@list_assets parameters tag required", json!(true))),
        ("new-required-parameter", Add("@list_exports parameters", json!({"name": "q", "in": "query", "required": true, "schema": {}}))),
        ("other-keyword-changed", Set("@list_assets parameters tag explode", json!(false))),
        ("default-changed", Set("@list_assets parameters limit schema default", json!(10))),
        ("request-constraint-narrowed", Set("@list_assets parameters limit schema minimum", json!(2))),
        ("request-constraint-narrowed", Set("@list_assets parameters limit schema maximum", json!(100))),
        ("request-constraint-narrowed", Set("NewApiKey properties name maxLength", json!(50))),
        ("request-constraint-narrowed", Set("NewApiKey properties name minLength", json!(2))),
        ("request-constraint-narrowed", Set("BulkDecisions properties decisions maxItems", json!(100))),
        ("request-constraint-narrowed", Set("Tag pattern", json!("^[a-z]+:[a-z]+$"))),
        ("request-constraint-narrowed", Set("InlineContent properties text pattern", json!("^[a-z]+$"))),
        ("request-type-narrowed", Set("RollbackInput properties to_version type", json!("string"))),
        ("request-became-not-nullable", Set("DecisionInput properties comment type", json!("string"))),
        ("format-changed", Remove("SourceInput properties asset_id format")),
        ("format-changed", Set("Asset properties created_at format", json!("date"))),
        ("enum-value-removed", Drop("MediaType enum", json!("video/webm"))),
        ("enum-value-removed", Drop("AssetStatus enum", json!("archived"))),
        ("request-enum-added", Set("InlineContent properties text enum", json!(["a"]))),
        ("response-enum-value-added", Add("AssetStatus enum", json!("scheduled"))),
        ("response-enum-removed", Remove("VersionStatus enum")),
        ("request-property-removed", Remove("DecisionInput properties comment")),
        ("request-property-became-required", Set("DecisionInput required", json!(["comment"]))),
        (
            "new-required-request-property",
            both(Set("ReleaseInput properties locale", text()), Add("ReleaseInput required", json!("locale"))),
        ),
        ("request-body-removed", Remove("@submit_asset requestBody")),
        (
            "request-body-became-required",
            both(Set("@whoami requestBody", json!({"required": true, "content": {}})), Set("@whoami summary", json!("Who"))),
        ),
        ("request-media-type-removed", Remove("@create_asset requestBody content multipart/form-data")),
        ("additional-properties-changed", Set("Source additionalProperties", json!(false))),
        ("additional-properties-changed", Set("CreateAssetUpload additionalProperties", text())),
        ("response-property-removed", both(Remove("Whoami properties workspace"), Drop("Whoami required", json!("workspace")))),
        ("response-property-became-optional", Drop("Asset required", json!("tags"))),
        ("response-became-nullable", Set("Whoami properties workspace type", json!(["string", "null"]))),
        ("response-type-widened", Set("Asset properties revision type", json!(["integer", "string"]))),
        ("response-type-widened", Set("Export properties count type", json!("number"))),
        ("response-constraint-widened", Remove("CreatedApiKey allOf 1 properties key pattern")),
        ("response-constraint-widened", Set("Version properties number minimum", json!(0))),
        ("response-status-removed", Remove("@get_asset responses 304")),
        ("response-status-removed", Remove("@approve_asset responses 409")),
        ("success-status-added", Set("@create_export responses 202", json!({"description": "Later"}))),
        ("response-media-type-removed", Rename("@get_asset responses 200 content application/json", "application/cbor")),
        ("response-header-removed", Remove("@create_asset responses 201 headers Location")),
        ("branch-removed", Remove("NewContent oneOf 1")),
        ("branch-added", Add("LocItem oneOf", json!({"type": "boolean", "title": "LocFlag"}))),
        ("discriminator-changed", Set("NewContent discriminator", json!({"propertyName": "kind"}))),
        ("schema-renamed", Set("Asset properties provenance $ref", json!("#/components/schemas/Source"))),
        ("schema-renamed", Set("Asset title", json!("Thing"))),
        ("branch-removed", Set("LocItem oneOf 0 title", json!("LocName"))),
        ("other-keyword-changed", Set("InlineContent properties text contentEncoding", json!("base64"))),
    ];
    let missed = table.iter().filter_map(|(rule, change)| {
        let (before, after) = changed(change);
        let found: Vec<_> = breaks(&before, &after).into_iter().map(|found| found.rule).collect();
        (!found.contains(rule)).then(|| format!("{rule} did not find its change, but {found:?}"))
    });
    let missed: Vec<_> = missed.collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn a_schema_that_is_called_otherwise_everywhere_is_found() {
    let before = document("assets.json");
    let text =
        serde_json::to_string(&before).unwrap().replace("/schemas/Whoami\"", "/schemas/Caller\"").replace("\"Whoami\":", "\"Caller\":");
    let after = serde_json::from_str(&text).unwrap();
    assert_eq!(breaks(&before, &after).first().unwrap().rule, "schema-renamed");
}

#[test]
fn what_breaks_nobody_passes() {
    let text = || json!({"type": "string"});
    let operation = json!({"operationId": "new", "tags": ["system"], "responses": {"200": {"description": "New"}}});
    let table = [
        Set("@whoami description", json!("Other words")),
        Set("Asset properties title description", json!("Other words")),
        Set("CreateAsset example", json!({})),
        Set("paths /api/v1/new", json!({"get": operation.clone()})),
        Set("paths /api/v1/whoami post", operation),
        Add("@list_exports parameters", json!({"name": "q", "in": "query", "required": false, "schema": {"type": "string"}})),
        Set("DecisionInput properties reason", text()),
        Drop("NewApiKey required", json!("scopes")),
        Set("NewApiKey properties name maxLength", json!(200)),
        Remove("ReleaseInput properties channel pattern"),
        Set("Whoami properties since", text()),
        both(Set("Whoami properties since", text()), Add("Whoami required", json!("since"))),
        Set("RollbackInput properties to_version type", json!(["integer", "null"])),
        Add("NewContent oneOf", json!({"type": "object", "title": "FetchedContent"})),
        Set("@whoami responses 404", json!({"description": "New"})),
        Set("@whoami responses 200 content application/cbor", json!({"schema": {}})),
        Set("@whoami responses 200 headers", json!({"ETag": {"schema": {"type": "string"}}})),
        both(Set("@whoami deprecated", json!(true)), Set("@whoami x-sunset", json!("2027-12-31"))),
        Set("@whoami security", json!([{"api_key": []}, {"session": []}])),
        Set("@create_asset requestBody content application/cbor", json!({"schema": {}})),
        Add("ProblemCode enum", json!("new_code")),
        Set("components schemas New", text()),
    ];
    for change in &table {
        let (before, after) = changed(change);
        let found = breaks(&before, &after);
        assert!(found.is_empty(), "{}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn the_document_says_which_enums_grow() {
    let contract = document("assets.json");
    for name in OPEN_ENUMS {
        let said = contract["components"]["schemas"][name]["description"].as_str().unwrap();
        assert!(said.contains("Later versions have more"), "{name}: {said}");
    }
}
