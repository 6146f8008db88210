//! Two tenants that cannot see, guess or disturb each other, on any operation that the document has.
//!
//! The places where an operation takes an id are found in the document of the running service. Into each of them goes what
//! belongs to the other tenant, and then what never existed: the answers must be the same to the byte.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::collections::{BTreeMap, BTreeSet};

use assets_tests::{App, Caller, Method, Receiver, Reply, Value, json};

/// What an id can be called, wherever it stands: in a path, a query or a body.
const SLOTS: [&str; 16] = [
    "asset_id",
    "number",
    "prefix",
    "derived_from",
    "to_version",
    "digest",
    "cursor",
    "upload_id",
    "asset_ids",
    "export_id",
    "recall_id",
    "approved_by",
    "item_id",
    "item_ids",
    "webhook_id",
    "event_id",
];

/// Where the asset of the caller itself must stand for its own ids to be accepted.
#[derive(Debug, Clone, Copy)]
enum Stand {
    Draft,
    Pending,
    Approved,
    Archived,
    SentBack,
}
use Stand::{Approved, Archived, Draft, Pending, SentBack};

/// Every operation: the stand in which it is accepted, its query, and its body. `{slot}` stands for the value of a slot.
const OPERATIONS: [(&str, Stand, &str, &str); 58] = [
    ("list_assets", Draft, "?digest={digest}&cursor={cursor}&limit=1", ""),
    (
        "create_asset",
        Draft,
        "",
        r#"{"type":"copy","title":"T","provenance":{"agent_slug":"a","derived_from":{derived_from}},"content":{"text":"x"}}"#,
    ),
    ("get_asset", Draft, "", ""),
    ("update_asset", Draft, "", r#"{"title":"Another"}"#),
    ("delete_asset", Draft, "", ""),
    (
        "add_version",
        SentBack,
        "",
        r#"{"provenance":{"derived_from":{derived_from}},"answers":[{"item_id":"{item_id}","text":"done"}],"content":{"text":"x"}}"#,
    ),
    ("get_version", Draft, "", ""),
    ("get_version_content", Draft, "", ""),
    ("get_approved_version", Approved, "", ""),
    ("get_approved_content", Approved, "", ""),
    ("rollback_asset", SentBack, "", r#"{"to_version":{to_version},"answers":[{"item_id":"{item_id}","text":"done"}]}"#),
    ("submit_asset", Draft, "", r#"{"digest":"{digest}"}"#),
    ("withdraw_asset", Pending, "", r#"{"digest":"{digest}"}"#),
    ("approve_asset", Pending, "", r#"{"digest":"{digest}"}"#),
    ("request_changes", Pending, "", r#"{"digest":"{digest}","comment":"no"}"#),
    ("revoke_approval", Approved, "", r#"{"digest":"{digest}","comment":"no"}"#),
    ("archive_asset", Draft, "", r#"{"digest":"{digest}"}"#),
    ("restore_asset", Archived, "", r#"{"digest":"{digest}"}"#),
    ("dismiss_change_items", SentBack, "", r#"{"digest":"{digest}","item_ids":{item_ids}}"#),
    ("get_change_requests", SentBack, "?limit=1&cursor={cursor}", ""),
    ("comment_on_asset", SentBack, "", r#"{"digest":"{digest}","text":"why not blue?"}"#),
    ("list_comments", SentBack, "?limit=1&cursor={cursor}", ""),
    (
        "decide_assets",
        SentBack,
        "",
        r#"{"decisions":[{"asset_id":"{asset_id}","action":"submit","version":1,"digest":"{digest}"},{"asset_id":"{asset_id}","action":"dismiss","version":2,"digest":"{digest}","item_ids":{item_ids}},{"asset_id":"{asset_id}","action":"archive","version":1,"digest":"{digest}"}]}"#,
    ),
    ("get_preview_url", Draft, "", ""),
    ("create_api_key", Draft, "", r#"{"name":"n","kind":"agent","scopes":["assets:read"]}"#),
    ("list_api_keys", Draft, "", ""),
    ("get_policy", Draft, "", ""),
    ("update_policy", Draft, "", r#"{"notify":["ann"]}"#),
    ("revoke_api_key", Draft, "", ""),
    ("list_audit", Draft, "?asset_id={asset_id}", ""),
    ("list_audit_checkpoints", Draft, "?limit=1&cursor={cursor}", ""),
    ("whoami", Draft, "", ""),
    ("metrics", Draft, "", ""),
    ("create_upload", Draft, "", ""),
    ("get_upload", Draft, "", ""),
    ("append_upload", Draft, "", ""),
    ("delete_upload", Draft, "", ""),
    ("create_export", Approved, "", r#"{"asset_ids":{asset_ids}}"#),
    ("list_exports", Draft, "?limit=1&cursor={cursor}", ""),
    ("get_export", Draft, "", ""),
    ("download_export", Draft, "", ""),
    ("get_usage", Draft, "", ""),
    ("create_recall", Approved, "", r#"{"approved_by":"{approved_by}","comment":"no"}"#),
    ("list_recalls", Draft, "?limit=1&cursor={cursor}", ""),
    ("get_recall", Draft, "", ""),
    ("release_asset", Approved, "", r#"{"channel":"email"}"#),
    ("list_releases", Approved, "?limit=1&cursor={cursor}", ""),
    ("create_webhook", Draft, "", r#"{"url":"http://127.0.0.1:9/","types":["webhook.disabled"]}"#),
    ("list_webhooks", Draft, "", ""),
    ("get_webhook", Draft, "", ""),
    ("update_webhook", Draft, "", r#"{"description":"the shop"}"#),
    ("list_deliveries", Draft, "?limit=1&cursor={cursor}", ""),
    ("replay_deliveries", Draft, "", r#"{"event_id":"{event_id}"}"#),
    ("ping_webhook", Draft, "", "{}"),
    ("rotate_webhook_secret", Draft, "", "{}"),
    ("delete_webhook", Draft, "", ""),
    ("list_events", Approved, "?asset_id={asset_id}", ""),
    ("stream_events", Approved, "?asset_id={asset_id}", ""),
];

/// Every upload is whole from the start: good for being looked at, used and ended, and for being sent nothing more.
const UPLOADED: &str = "uploaded words";
const PIECE: &str = "application/offset+octet-stream";

/// Without a key, and the same for everybody.
const OPEN: [&str; 4] = ["healthz", "readyz", "get_openapi", "get_signing_keys"];
/// A link is its own key, for whoever has it: what it opens stands in a test of its own below.
const BY_LINK: [&str; 2] = ["get_preview", "get_stable_preview"];

type Values = BTreeMap<&'static str, String>;

/// A tenant: somebody who may do everything there, and an author beside.
struct Tenant {
    person: Caller,
    robot: Caller,
    receiver: Receiver,
}

impl Tenant {
    async fn found(app: &App, name: &str) -> Self {
        app.workspace(name);
        let person = app.key_in(name, "ann", "person", &["*"]);
        app.command(&["audit", "checkpoint"]).ok();
        let robot = app.key_in(name, "robot", "agent", &["assets:read", "assets:write"]);
        // A second one, so that there is a second page.
        app.command(&["audit", "checkpoint"]).ok();
        Self { person, robot, receiver: Receiver::start().await }
    }

    /// An asset with two versions in a stand.
    async fn asset(&self, text: &str, stand: Stand) -> Value {
        let asset = self.robot.create_copy(&format!("{text}, first")).await.ok();
        self.robot.add_text_version(&asset, text).await.ok();
        match stand {
            Draft => {}
            Pending => drop(self.robot.submit(&asset).await.ok()),
            Approved => {
                self.robot.submit(&asset).await.ok();
                self.person.approve(&asset).await.ok();
            }
            Archived => drop(self.robot.archive(&asset).await.ok()),
            SentBack => {
                // Twice each, so that there is a second page.
                for text in ["shorter", "and louder"] {
                    self.robot.submit(&asset).await.ok();
                    self.person.send_back(&asset, json!([{"text": text, "severity": "suggestion"}])).await.ok();
                    self.person.comment(&asset, "why not blue?").await.ok();
                }
            }
        }
        self.robot.history(&asset).await.ok()
    }

    /// An endpoint that was told something, and the event that it was told of.
    async fn told(&self) -> (String, String) {
        const WEBHOOKS: &str = "/api/v1/assets/webhooks";
        let known = self.person.get(WEBHOOKS).await.ok()["items"][0].clone();
        let webhook = if known.is_null() {
            let made = self.person.create_webhook(json!({"url": self.receiver.url(), "types": ["asset.created"]})).await.ok();
            self.person.with_webhook(&made, "ping", json!({})).await.ok();
            self.robot.create_copy("to be told of").await.ok();
            made
        } else {
            known
        };
        loop {
            let log = self.person.deliveries(&webhook).await.ok();
            let told = log["items"].as_array().unwrap().iter().find(|delivery| delivery["sequence"].is_u64());
            if let Some(event) = told {
                return (webhook["id"].as_str().unwrap().to_owned(), event["event_id"].as_str().unwrap().to_owned());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// What can be put into the slots: of an asset of this tenant, of a list and a key of it.
    async fn values(&self, asset: &Value) -> Values {
        let id = asset["id"].as_str().unwrap().to_owned();
        let digest = asset["latest_version"]["content"]["digest"].as_str().unwrap().to_owned();
        // A cursor is bound to its list: the one that asks with it asks for this digest, too.
        let twin = self.robot.create_copy("twin").await.ok();
        for number in 0..2 {
            self.robot.create_copy(&format!("{id} {number}")).await.ok();
        }
        let cursor = self.robot.list(&[("limit", "1"), ("digest", &digest)]).await.ok()["next_cursor"].as_str().map(str::to_owned);
        let cursor = match cursor {
            Some(cursor) => cursor,
            None => self.robot.list(&[("limit", "1")]).await.ok()["next_cursor"].as_str().unwrap().to_owned(),
        };
        self.robot.delete(&twin).await.ok();
        let upload = self.person.ask(Method::POST, "/api/v1/assets/uploads").header("tus-resumable", "1.0.0");
        let upload = upload.header("upload-length", UPLOADED.len().to_string()).header("content-type", PIECE).body(UPLOADED);
        let upload = upload.await.status(201).need("location");
        let upload = upload.rsplit('/').next().unwrap().to_owned();
        let mut recalls = Vec::new();
        for _ in 0..2 {
            let recall = self.person.recall(json!({"run_id": "of nobody", "comment": "no"})).await.ok();
            recalls.push(recall["id"].as_str().unwrap().to_owned());
        }
        let mut exports = Vec::new();
        for _ in 0..2 {
            exports.push(self.person.export(json!({"asset_ids": [id]})).await.ok()["id"].as_str().unwrap().to_owned());
            self.person.release(asset, json!({"channel": "email"})).await;
        }
        let next = |reply: Reply| reply.json()["next_cursor"].as_str().unwrap_or("none").to_owned();
        let of_exports = next(self.person.get("/api/v1/assets/exports?limit=1").await);
        let of_recalls = next(self.person.get("/api/v1/assets/recalls?limit=1").await);
        let of_releases = next(self.person.get(&format!("/api/v1/assets/{id}/releases?limit=1")).await);
        let of_requests = next(self.person.get(&format!("/api/v1/assets/{id}/change-requests?limit=1")).await);
        let of_comments = next(self.person.get(&format!("/api/v1/assets/{id}/comments?limit=1")).await);
        let of_audit = next(self.person.get("/api/v1/admin/audit?limit=1").await);
        let of_checkpoints = next(self.person.get("/api/v1/admin/audit/checkpoints?limit=1").await);
        let (webhook, event) = self.told().await;
        let of_deliveries = next(self.person.get(&format!("/api/v1/assets/webhooks/{webhook}/deliveries?limit=1")).await);
        let item = asset["decisions"].as_array().unwrap().iter().rev().find_map(|decision| decision["items"][0]["id"].as_str());
        let item = item.unwrap_or("0192f0c1-2345-7abc-8def-000000000000");
        let made = self.person.create_key(json!({"name": "spare", "kind": "agent", "scopes": ["assets:read"]})).await.ok();
        Values::from([
            ("derived_from", format!(r#"[{{"asset_id":"{id}","version":1}}]"#)),
            ("asset_id", id.clone()),
            ("number", "1".to_owned()),
            ("to_version", "1".to_owned()),
            ("digest", digest),
            ("cursor", cursor),
            ("cursor of exports", of_exports),
            ("cursor of recalls", of_recalls),
            ("cursor of releases", of_releases),
            ("cursor of change requests", of_requests),
            ("cursor of comments", of_comments),
            ("cursor of audit", of_audit),
            ("cursor of checkpoints", of_checkpoints),
            ("cursor of deliveries", of_deliveries),
            ("webhook_id", webhook),
            ("event_id", event),
            ("item_id", item.to_owned()),
            ("item_ids", format!(r#"["{item}"]"#)),
            ("asset_ids", format!(r#"["{id}"]"#)),
            ("export_id", exports.pop().unwrap()),
            ("recall_id", recalls.pop().unwrap()),
            ("approved_by", self.person.prefix().to_owned()),
            ("prefix", made["prefix"].as_str().unwrap().to_owned()),
            ("upload_id", upload),
        ])
    }

    /// Everything that can be seen of the tenant from inside, but links, which are made anew as time goes by.
    async fn everything(&self) -> String {
        let mut seen = self.person.keys().await.ok().to_string();
        for asset in self.person.list(&[("limit", "200")]).await.ok()["items"].as_array().unwrap() {
            let mut history = self.person.history(asset).await.ok();
            history.as_object_mut().unwrap().remove("preview_url");
            seen.push_str(&history.to_string());
            for version in history["versions"].as_array().unwrap() {
                let number = u32::try_from(version["number"].as_u64().unwrap()).unwrap();
                seen.push_str(&self.person.content(asset, number).await.text());
            }
        }
        seen
    }
}

/// What never existed, in the same shape.
fn nothing() -> Values {
    let id = "0192f0c1-2345-7abc-8def-0123456789ab";
    Values::from([
        ("asset_id", id.to_owned()),
        ("derived_from", format!(r#"[{{"asset_id":"{id}","version":1}}]"#)),
        ("number", "97".to_owned()),
        ("to_version", "97".to_owned()),
        ("digest", format!("sha256:{}", "ab".repeat(32))),
        ("cursor", "AX0Y".repeat(20)),
        ("cursor of exports", "AX0Y".repeat(20)),
        ("cursor of recalls", "AX0Y".repeat(20)),
        ("cursor of releases", "AX0Y".repeat(20)),
        ("cursor of change requests", "AX0Y".repeat(20)),
        ("cursor of comments", "AX0Y".repeat(20)),
        ("cursor of audit", "AX0Y".repeat(20)),
        ("cursor of checkpoints", "AX0Y".repeat(20)),
        ("cursor of deliveries", "AX0Y".repeat(20)),
        ("webhook_id", id.to_owned()),
        ("event_id", format!("evt_{id}")),
        ("item_id", id.to_owned()),
        ("item_ids", format!(r#"["{id}"]"#)),
        ("asset_ids", format!(r#"["{id}"]"#)),
        ("export_id", id.to_owned()),
        ("recall_id", id.to_owned()),
        ("approved_by", "Yy8Yy8Yy".to_owned()),
        ("prefix", "Zz9Zz9Zz".to_owned()),
        ("upload_id", id.to_owned()),
    ])
}

/// An operation as the document has it.
struct Operation {
    id: String,
    method: Method,
    path: String,
    slots: BTreeSet<&'static str>,
}

/// Every name of a field in a schema, whatever it refers to.
fn fields(document: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(|name| name.as_str()?.rsplit('/').next()) {
                fields(document, &document["components"]["schemas"][name], found);
            }
            found.extend(members.get("properties").and_then(Value::as_object).into_iter().flat_map(|fields| fields.keys().cloned()));
            // What is derived from is one value, ids and all.
            let opaque = |name: &str| name == "example" || name == "derived_from";
            members.iter().filter(|(name, _)| !opaque(name)).for_each(|(_, inner)| fields(document, inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| fields(document, inner, found)),
        _ => {}
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation)));
    all.map(|(path, method, operation)| {
        let mut names = BTreeSet::new();
        fields(document, &operation["requestBody"], &mut names);
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        names.extend(parameters.map(|parameter| parameter["name"].as_str().unwrap().to_owned()));
        Operation {
            id: operation["operationId"].as_str().unwrap().to_owned(),
            method: method.to_uppercase().parse().unwrap(),
            path: path.clone(),
            slots: SLOTS.into_iter().filter(|slot| names.contains(*slot)).collect(),
        }
    })
    .collect()
}

fn filled(template: &str, values: &Values) -> String {
    values.iter().fold(template.to_owned(), |text, (slot, value)| text.replace(&format!("{{{slot}}}"), value))
}

async fn call(caller: &Caller, operation: &Operation, query: &str, body: &str, values: &Values) -> Reply {
    let ask = caller.ask(operation.method.clone(), &format!("{}{}", filled(&operation.path, values), filled(query, values)));
    if operation.path.contains("/uploads") {
        let offset = UPLOADED.len().to_string();
        return ask.header("tus-resumable", "1.0.0").header("upload-offset", offset).header("content-type", PIECE).await;
    }
    if body.is_empty() { ask.await } else { ask.header("content-type", "application/json").body(filled(body, values)).await }
}

fn serde_json_of(body: &str) -> Option<Value> {
    body.parse().ok()
}

/// An answer without what names the request, what was asked for, and how the connection fares.
fn anonymous(reply: &Reply, values: &Values) -> String {
    let mut headers: Vec<String> = reply.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.retain(|header| !["date: ", "x-request-id: ", "connection: "].iter().any(|own| header.starts_with(own)));
    headers.sort();
    let mut body = String::from_utf8_lossy(&reply.bytes).into_owned();
    // Of an export, all but what is in it and what is not is new each time.
    if let Some(export) = serde_json_of(&body).filter(|body| body.get("archive_url").is_some()) {
        headers.retain(|header| !header.starts_with("location: ") && !header.starts_with("content-length: "));
        body = json!([export["count"], export["left_out"]]).to_string();
    }
    // Of a recall, all but what it is about is new each time.
    if let Some(recall) = serde_json_of(&body).filter(|body| body.get("left_over").is_some()) {
        headers.retain(|header| !header.starts_with("location: ") && !header.starts_with("content-length: "));
        body = json!([recall["count"], recall["assets"], recall["consumers"]]).to_string();
    }
    let named =
        |text: String, value: &String| if value.len() < 3 { text } else { text.replace(value.trim_matches(['[', ']', '"']), "…") };
    let body = values.values().fold(body, named).replace("version 97", "version 2");
    format!("{}\n{}\n{body}", reply.status, headers.join("\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_tenant_does_not_exist() {
    let app = App::with(&[("ASSETS_LOG", "warn,assets_server=info"), ("ASSETS_WEBHOOK_ALLOW", "127.0.0.1")]).await;
    let document = app.stranger().get("/api/v1/openapi.json").await.ok();
    let (ours, theirs) = (Tenant::found(&app, "ours").await, Tenant::found(&app, "theirs").await);
    // The other tenant has an asset in every stand, since an id may betray itself only where the operation would be accepted.
    let mut foreign = BTreeMap::new();
    for stand in [Draft, Pending, Approved, Archived, SentBack] {
        let asset = theirs.asset(&format!("the secret of others, {stand:?}"), stand).await;
        foreign.insert(format!("{stand:?}"), theirs.values(&asset).await);
    }
    let before = theirs.everything().await;
    let their_folder = theirs.person.whoami().await.ok()["workspace"].as_str().unwrap().to_owned();
    let their_files = async || app.stored().await.into_iter().filter(|(key, _)| key.contains(&their_folder)).collect::<Vec<_>>();
    let files_before = their_files().await;

    let (mut tried, mut known) = (0, BTreeSet::new());
    for operation in operations(&document) {
        known.insert(operation.id.clone());
        if OPEN.contains(&operation.id.as_str()) {
            assert!(operation.slots.is_empty(), "{} takes an id without a key", operation.id);
            continue;
        }
        if BY_LINK.contains(&operation.id.as_str()) {
            continue;
        }
        let covered = OPERATIONS.iter().find(|(id, ..)| *id == operation.id);
        let &(id, stand, query, body) = covered.unwrap_or_else(|| panic!("{} is not covered: add it to OPERATIONS", operation.id));
        for slot in &operation.slots {
            // Content is either text or what was uploaded; an export is of assets or by filters.
            let body = match (id, *slot) {
                (_, "upload_id") => &body.replace(r#""text":"x""#, r#""upload_id":"{upload_id}""#),
                ("create_recall", "digest") => r#"{"digest":"{digest}","comment":"no"}"#,
                ("create_export", "digest") => r#"{"digest":"{digest}"}"#,
                _ => body,
            };
            // A cursor is good for its list.
            let (slot, query) = match id {
                "list_exports" => (&"cursor of exports", &query.replace("{cursor}", "{cursor of exports}")[..]),
                "list_audit" if *slot == "cursor" => (&"cursor of audit", "?limit=1&cursor={cursor of audit}"),
                "list_audit_checkpoints" => (&"cursor of checkpoints", &query.replace("{cursor}", "{cursor of checkpoints}")[..]),
                "list_recalls" => (&"cursor of recalls", &query.replace("{cursor}", "{cursor of recalls}")[..]),
                "list_releases" if *slot == "cursor" => (&"cursor of releases", &query.replace("{cursor}", "{cursor of releases}")[..]),
                "list_comments" if *slot == "cursor" => (&"cursor of comments", &query.replace("{cursor}", "{cursor of comments}")[..]),
                "get_change_requests" if *slot == "cursor" => {
                    (&"cursor of change requests", &query.replace("{cursor}", "{cursor of change requests}")[..])
                }
                "list_deliveries" if *slot == "cursor" => {
                    (&"cursor of deliveries", &query.replace("{cursor}", "{cursor of deliveries}")[..])
                }
                "list_releases" | "list_comments" | "get_change_requests" | "list_deliveries" => (slot, ""),
                _ => (slot, query),
            };
            let template = format!("{}{query}{body}", operation.path);
            // A list is filtered by a digest or begins at a cursor: each has a query of its own below.
            assert!(template.contains(&format!("{{{slot}}}")), "{id}: the slot {slot} is not covered");
            let query = match (id, *slot) {
                ("list_assets", slot) => format!("?limit=1&{slot}={{{slot}}}"),
                _ => query.to_owned(),
            };
            let own = ours.values(&ours.asset(&format!("ours for {id} {slot}"), stand).await).await;
            let with = |other: &Values| {
                let mut values = own.clone();
                values.insert(slot, other[slot].clone());
                values
            };
            let mut others = with(&foreign[&format!("{stand:?}")]);
            if matches!(*slot, "number" | "to_version") {
                // A number is nobody's own: the asset is theirs already, and the number is one that it has.
                others.insert("asset_id", foreign[&format!("{stand:?}")]["asset_id"].clone());
            }
            let mut absent = with(&nothing());
            if matches!(*slot, "number" | "to_version") {
                absent.insert("asset_id", nothing()["asset_id"].clone());
            }
            let theirs = call(&ours.person, &operation, &query, body, &others).await;
            let nobodys = call(&ours.person, &operation, &query, body, &absent).await;
            assert_eq!(anonymous(&theirs, &others), anonymous(&nobodys, &absent), "{id} tells by {slot} what others have");
            assert!(!theirs.text().contains("secret of others"), "{theirs}");
            // With its own values the caller is served: the request is one that could have told something.
            let served = call(&ours.person, &operation, &query, body, &own).await;
            assert!(served.status < 300, "{id} is not tried as it should be: {served}");
            tried += 1;
        }
    }
    let table: BTreeSet<String> =
        OPERATIONS.iter().map(|(id, ..)| (*id).to_owned()).chain(OPEN.map(str::to_owned)).chain(BY_LINK.map(str::to_owned)).collect();
    assert_eq!(table, known, "the table has what the document has");
    assert!(tried >= 30, "only {tried} slots were tried");
    for values in foreign.values() {
        let upload = format!("/api/v1/assets/uploads/{}", values["upload_id"]);
        theirs.person.ask(Method::HEAD, &upload).header("tus-resumable", "1.0.0").await.status(200);
    }
    assert_eq!(theirs.everything().await, before, "the other tenant was changed");
    assert_eq!(their_files().await, files_before, "files of the other tenant were touched");
}

#[tokio::test]
async fn lists_filters_keys_and_bytes_do_not_cross() {
    let app = App::with(&[("ASSETS_WEBHOOK_ALLOW", "127.0.0.1")]).await;
    let (ours, theirs) = (Tenant::found(&app, "ours").await, Tenant::found(&app, "theirs").await);
    let asset = theirs.asset("a secret word: xylophone", Approved).await;
    let digest = asset["latest_version"]["content"]["digest"].as_str().unwrap();
    for filters in
        [&[][..], &[("q", "xylophone")], &[("digest", digest)], &[("agent", "robot")], &[("has_approved", "true")], &[("type", "copy")]]
    {
        let seen = ours.person.list(&[filters, &[("include", "total")]].concat()).await.ok();
        assert_eq!((&seen["items"], &seen["total"]), (&json!([]), &json!(0)), "{filters:?}");
        assert_eq!(theirs.person.list(filters).await.ok()["items"].as_array().unwrap().len(), 1, "{filters:?}");
    }
    let prefixes = |keys: Value| keys["items"].as_array().unwrap().iter().map(|key| key["prefix"].to_string()).collect::<BTreeSet<_>>();
    let (own, other) = (prefixes(ours.person.keys().await.ok()), prefixes(theirs.person.keys().await.ok()));
    assert!(own.is_disjoint(&other) && own.len() == 2 && other.len() == 2);

    // The same bytes: stored for each tenant apart, and nothing in the answer tells that others had them.
    let known = ours.robot.create_copy("a secret word: xylophone").await;
    let fresh = ours.robot.create_copy("a secret word: zylophone").await;
    let shape = |reply: &Reply| (reply.status, reply.headers.keys().map(|name| name.to_string()).collect::<BTreeSet<_>>());
    assert_eq!(shape(&known), shape(&fresh));
    let mut holders = Vec::new();
    for key in app.stored().await.into_keys() {
        if app.store().read(&key).await == b"a secret word: xylophone" {
            holders.push(key.split('/').next().unwrap().to_owned());
        }
    }
    assert!(holders.len() == 2 && holders[0] != holders[1], "one file for each tenant: {holders:?}");

    // One Idempotency-Key in both: each has its own effect.
    let (one, other) = (ours.robot.create_copy("same").once("k").await, theirs.robot.create_copy("same").once("k").await);
    assert!(one.status == 201 && other.status == 201 && one.json()["id"] != other.json()["id"]);
    assert_eq!(other.header("idempotency-replayed"), None);
}

#[tokio::test]
async fn a_link_opens_the_one_thing_that_it_was_made_for() {
    let app = App::with(&[("ASSETS_WEBHOOK_ALLOW", "127.0.0.1")]).await;
    let (ours, theirs) = (Tenant::found(&app, "ours").await, Tenant::found(&app, "theirs").await);
    let (one, other) = (ours.asset("ours", Draft).await, theirs.asset("theirs", Draft).await);
    let parts = |asset: &Value| {
        let path = app.path_of(asset["preview_url"].as_str().unwrap()).to_owned();
        let parts: Vec<String> = path.split('/').skip(2).map(str::to_owned).collect();
        (parts[0].clone(), parts[1].clone())
    };
    let ((our_token, our_name), (their_token, _)) = (parts(&one), parts(&other));
    assert_eq!(app.stranger().get(&format!("/p/{our_token}/{our_name}")).await.text(), "ours");
    let (our_payload, their_mac) = (our_token.split('.').next().unwrap(), their_token.split('.').nth(1).unwrap());
    let (their_payload, our_mac) = (their_token.split('.').next().unwrap(), our_token.split('.').nth(1).unwrap());
    for spliced in
        [format!("{our_payload}.{their_mac}"), format!("{their_payload}.{our_mac}"), format!("{our_token}x"), format!("x{our_token}")]
    {
        app.stranger().get(&format!("/p/{spliced}/{our_name}")).await.problem("invalid_link");
    }
    app.stranger().get(&format!("/p/{our_token}/other-name.txt")).await.problem("invalid_link");
}
