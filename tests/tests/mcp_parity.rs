//! MCP is a face of the operations and nothing more: what REST refuses, a tool refuses, and the asset is the same afterwards.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use assets_tests::{App, Caller, Method, Reply, Value, json};

const NOWHERE: &str = "0190a5b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b";

/// A tool, its operation, and arguments that are good for it besides `asset_id`.
struct Pair {
    tool: &'static str,
    operation: &'static str,
    method: Method,
    path: &'static str,
    arguments: Value,
    /// Every other place for an id in what the tool takes, with arguments that have one there.
    slots: Vec<(&'static str, Value)>,
}

fn pairs() -> Vec<Pair> {
    let pair = |tool, operation, method, path, arguments| Pair { tool, operation, method, path, arguments, slots: Vec::new() };
    let get = |tool, path| pair(tool, tool, Method::GET, path, json!({}));
    let act = |tool, path, arguments| pair(tool, tool, Method::POST, path, arguments);
    let asset = json!({"type": "copy", "title": "New", "provenance": {"agent_slug": "robot"}, "content": {"text": "New."}});
    let with = |name: &str, value: Value| {
        let mut asset = asset.clone();
        asset[name] = value;
        asset
    };
    let derived = json!({"agent_slug": "robot", "derived_from": [{"asset_id": NOWHERE, "version": 1}]});
    let uploaded = json!({"upload_id": NOWHERE});
    let answers = json!([{"item_id": NOWHERE, "text": "done"}]);
    let slots = |slots| move |pair: Pair| Pair { slots, ..pair };
    vec![
        get("list_assets", ""),
        get("get_asset", "/{id}"),
        pair("get_asset_content", "get_version_content", Method::GET, "/{id}/versions/1/content", json!({"version": 1})),
        get("get_preview_url", "/{id}/preview-url"),
        get("get_change_requests", "/{id}/change-requests"),
        get("list_comments", "/{id}/comments"),
        slots(vec![
            ("/provenance/derived_from/0/asset_id", with("provenance", derived.clone())),
            ("/content/upload_id", with("content", uploaded.clone())),
        ])(act("create_asset", "", asset.clone())),
        slots(vec![
            ("/provenance/derived_from/0/asset_id", json!({"content": {"text": "Newer."}, "provenance": derived})),
            ("/content/upload_id", json!({"content": uploaded})),
            ("/answers/0/item_id", json!({"content": {"text": "Newer."}, "answers": answers})),
        ])(act("add_version", "/{id}/versions", json!({"content": {"text": "Newer."}}))),
        slots(vec![("/answers/0/item_id", json!({"to_version": 1, "answers": answers}))])(act(
            "rollback_asset",
            "/{id}/rollback",
            json!({"to_version": 1}),
        )),
        slots(vec![("/asset_ids/0", json!({"asset_ids": [NOWHERE]}))])(act("create_export", "/exports", json!({"has_approved": true}))),
        act("comment_on_asset", "/{id}/comments", json!({"text": "Well."})),
        act("submit_asset", "/{id}/submit", json!({})),
        act("withdraw_asset", "/{id}/withdraw", json!({})),
        act("approve_asset", "/{id}/approve", json!({})),
        act("request_changes", "/{id}/request-changes", json!({"comment": "No."})),
        slots(vec![("/item_ids/0", json!({"item_ids": [NOWHERE]}))])(act("dismiss_change_items", "/{id}/dismiss", json!({}))),
        act("revoke_approval", "/{id}/revoke", json!({"comment": "No."})),
        act("archive_asset", "/{id}/archive", json!({})),
        act("restore_asset", "/{id}/restore", json!({})),
    ]
}

impl Pair {
    /// The operation by REST.
    async fn by_rest(&self, by: &Caller, id: &str, arguments: &Value) -> Reply {
        let path = format!("/api/v1/assets{}", self.path.replace("{id}", id));
        if self.method == Method::GET { by.get(&path).await } else { by.post(&path, arguments.clone()).await }
    }

    /// The same by its tool.
    async fn by_mcp(&self, by: &Caller, id: &str, arguments: &Value) -> Reply {
        let mut arguments = arguments.clone();
        if self.path.contains("{id}") {
            arguments["asset_id"] = id.into();
        }
        by.tool(self.tool, arguments).await
    }
}

/// What came of it: nothing that was refused, or the code of the problem.
fn code(reply: &Reply) -> String {
    if reply.status >= 400 {
        return reply.json()["code"].as_str().unwrap_or("?").to_owned();
    }
    if !reply.asked.contains("/mcp") {
        return "done".to_owned();
    }
    let body = reply.json();
    let result = &body["result"];
    match result["isError"].as_bool() {
        Some(false) => "done".to_owned(),
        _ => result["structuredContent"]["problem"]["code"].as_str().unwrap_or("?").to_owned(),
    }
}

/// An asset in a state: of two made alike, REST gets one and MCP the other.
async fn asset_in(state: &str, by: &Caller, ann: &Caller) -> String {
    let id = by.create_copy("Open a window.").await.ok()["id"].as_str().unwrap().to_owned();
    if matches!(state, "pending_review" | "approved" | "sent_back") {
        by.submit(&id).await.ok();
    }
    if state == "approved" {
        ann.approve(&id).await.ok();
    }
    if state == "sent_back" {
        ann.send_back(&id, json!([{"text": "The other one."}])).await.ok();
    }
    if state == "archived" {
        by.archive(&id).await.ok();
    }
    id
}

/// What of an asset a call may have changed.
async fn left(reader: &Caller, id: &str) -> Value {
    let asset = reader.history(id).await.ok();
    let statuses: Vec<_> = asset["versions"].as_array().unwrap().iter().map(|version| version["status"].clone()).collect();
    let actions: Vec<_> = asset["decisions"].as_array().unwrap().iter().map(|decision| decision["action"].clone()).collect();
    json!([asset["status"], statuses, actions, asset["approved_version"]["number"], asset["revision"]])
}

#[tokio::test]
async fn every_tool_has_an_operation_and_is_in_this_table() {
    let app = App::start().await;
    let listed = app.first_agent().mcp("tools/list", json!({})).await.answered();
    let names: BTreeSet<_> = listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    let table = pairs();
    assert_eq!(names, table.iter().map(|pair| pair.tool).collect());
    let document: Value = serde_json_of("../openapi/assets.json");
    let mut operations = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.insert(operation["operationId"].as_str().unwrap_or_default().to_owned(), (method.to_uppercase(), path.clone()));
        }
    }
    for pair in &table {
        let (method, path) = operations.get(pair.operation).unwrap_or_else(|| panic!("{} is no operation", pair.operation));
        let path = path.replace("{asset_id}", "{id}").replace("{number}", "1");
        assert_eq!((method.as_str(), path), (pair.method.as_str(), format!("/api/v1/assets{}", pair.path)), "{}", pair.tool);
    }
}

fn serde_json_of(file: &str) -> Value {
    let text = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    text.parse().unwrap()
}

#[tokio::test]
async fn whatever_rest_answers_a_tool_answers_and_the_asset_is_the_same_afterwards() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let callers = [
        ("an agent", robot.clone()),
        ("a person", ann.clone()),
        ("a reader", app.key("service", &["assets:read"]).await),
        ("a publisher", app.publisher().await),
        ("an agent that may approve", app.named_key("bold", "agent", &["*"]).await),
    ];
    let (mut compared, mut codes) = (0, BTreeSet::new());
    for pair in pairs() {
        for state in ["draft", "pending_review", "sent_back", "approved", "archived"] {
            for (who, caller) in &callers {
                let (one, other) = (asset_in(state, &robot, &ann).await, asset_in(state, &robot, &ann).await);
                let rest = code(&pair.by_rest(caller, &one, &pair.arguments).await);
                let mcp = code(&pair.by_mcp(caller, &other, &pair.arguments).await);
                assert_eq!(rest, mcp, "{} by {who} of what is {state}", pair.tool);
                assert_eq!(left(&robot, &one).await, left(&robot, &other).await, "{} by {who} of what is {state}", pair.tool);
                codes.insert(rest);
                compared += 1;
            }
        }
    }
    let expected = ["done", "forbidden_scope", "human_required", "illegal_transition", "not_found", "open_change_requests"];
    assert!(compared == 19 * 25 && expected.iter().all(|code| codes.contains(*code)), "{compared}: {codes:?}");
}

#[tokio::test]
async fn without_a_key_a_tool_is_refused_like_its_operation() {
    let app = App::start().await;
    let id = app.first_agent().create_copy("Open a window.").await.ok()["id"].as_str().unwrap().to_owned();
    for pair in pairs() {
        for caller in [app.stranger(), app.holder("tnx_4fGh7KqZ_00000000000000000000000000000000000000")] {
            let rest = pair.by_rest(&caller, &id, &pair.arguments).await.problem("unauthenticated");
            assert_eq!(pair.by_mcp(&caller, &id, &pair.arguments).await.problem("unauthenticated"), rest, "{}", pair.tool);
        }
    }
}

#[tokio::test]
async fn an_asset_of_another_tenant_is_to_every_tool_one_that_never_was() {
    let app = App::start().await;
    app.workspace("other");
    let theirs = app.key_in("other", "their-robot", "agent", &["assets:read", "assets:write"]);
    // Whose key may do everything with an asset, so that it is looked for.
    let robot = app.person("ann").await;
    let ours = robot.create_copy("Open a window.").await.ok()["id"].as_str().unwrap().to_owned();
    let foreign = theirs.create_copy("Theirs.").await.ok()["id"].as_str().unwrap().to_owned();
    let before = left(&theirs, &foreign).await;
    let listed = robot.mcp("tools/list", json!({})).await.answered();
    let mut tried = 0;
    for pair in pairs() {
        let tool = listed["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == pair.tool).unwrap();
        let mut places = BTreeSet::new();
        id_slots(&tool["inputSchema"], "", &mut places);
        let known: BTreeSet<_> = pair
            .slots
            .iter()
            .map(|(place, _)| (*place).to_owned())
            .chain(pair.path.contains("{id}").then(|| "/asset_id".to_owned()))
            .collect();
        assert_eq!(places, known, "{} has a place for an id that is not tried", pair.tool);

        let blurred = |reply: Reply, id: &str| without_what_varies(&reply.answered()).replace(id, "ID");
        if pair.path.contains("{id}") {
            let other = blurred(pair.by_mcp(&robot, &foreign, &pair.arguments).await, &foreign);
            assert_eq!(other, blurred(pair.by_mcp(&robot, NOWHERE, &pair.arguments).await, NOWHERE), "{}", pair.tool);
            assert!(other.contains("not_found"), "{other}");
            tried += 1;
        }
        for (place, arguments) in &pair.slots {
            let mut with_theirs = arguments.clone();
            *with_theirs.pointer_mut(place).unwrap() = foreign.as_str().into();
            let other = blurred(pair.by_mcp(&robot, &ours, &with_theirs).await, &foreign);
            assert_eq!(other, blurred(pair.by_mcp(&robot, &ours, arguments).await, NOWHERE), "{} {place}", pair.tool);
            tried += 1;
        }
    }
    let read = |id: &str| robot.mcp("resources/read", json!({"uri": format!("asset://{id}")}));
    assert_eq!(read(&foreign).await.text().replace(&foreign, "ID"), read(NOWHERE).await.text().replace(NOWHERE, "ID"));
    assert_eq!((left(&theirs, &foreign).await, tried), (before, 24));
    assert_eq!(robot.tool("list_assets", json!({})).await.given()["items"].as_array().unwrap().len(), 1);
}

/// Where a schema has places for ids.
fn id_slots(schema: &Value, at: &str, found: &mut BTreeSet<String>) {
    if schema["format"] == "uuid" {
        found.insert(at.to_owned());
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        id_slots(member, &format!("{at}/{name}"), found);
    }
    for choice in schema["anyOf"].as_array().into_iter().flatten() {
        id_slots(choice, at, found);
    }
    if let Some(items) = schema.get("items") {
        id_slots(items, &format!("{at}/0"), found);
    }
}

/// An answer as text, without the ids, times and links of what it made.
fn without_what_varies(result: &Value) -> String {
    let mut structured = result["structuredContent"].clone();
    for name in ["id", "created_at", "expires_at", "archive_url", "size_bytes"] {
        if let Some(members) = structured.as_object_mut() {
            members.remove(name);
        }
    }
    structured.to_string()
}
