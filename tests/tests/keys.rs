//! Every operation with every state of a key: what each cell answers stands in one table, and a refused call leaves no trace.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use assets_domain::ports::KeyMint;
use assets_seal::{Seal, Secret};
use assets_tests::{App, Ask, Caller, Method, Records, Reply, Value, json};

/// What an operation asks of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// No key at all.
    Nothing,
    /// Any key.
    Key,
    /// `assets:read`, or `assets:read:approved` for what is approved.
    Read,
    /// `assets:read`, and all of it.
    ReadAll,
    /// `assets:write`.
    Write,
    /// `assets:write`, and to be the key that began it, which none here is: for any other it does not exist.
    Own,
    /// `assets:approve`, in the hand of a person.
    Decide,
    /// `assets:write`, or `assets:approve` in the hand of a person: to archive what is approved is to decide.
    WriteOrDecide,
    /// `assets:write` or `assets:approve`, in whatever hand.
    WriteOrApprove,
    /// `admin`.
    Admin,
    /// `admin`, in the hand of a person.
    AdminInPerson,
}

/// Where the asset stands for the call to be accepted.
type Stand = &'static [&'static str];
const DRAFT: Stand = &[];
const PENDING: Stand = &["submit"];
const APPROVED: Stand = &["submit", "approve"];
const ARCHIVED: Stand = &["archive"];
const SENT_BACK: Stand = &["submit", "request-changes"];

/// Every operation: method, path, what it needs, and a call that is accepted where the asset stands so.
const OPERATIONS: [(&str, &str, &str, Needs, Stand, &str); 63] = [
    ("list_assets", "GET", "/api/v1/assets", Needs::Read, APPROVED, ""),
    ("create_asset", "POST", "/api/v1/assets", Needs::Write, DRAFT, CREATE),
    ("get_asset", "GET", "/api/v1/assets/{id}", Needs::Read, APPROVED, ""),
    ("update_asset", "PATCH", "/api/v1/assets/{id}", Needs::Write, DRAFT, r#"{"title":"Another"}"#),
    ("delete_asset", "DELETE", "/api/v1/assets/{id}", Needs::Write, DRAFT, ""),
    ("add_version", "POST", "/api/v1/assets/{id}/versions", Needs::Write, DRAFT, r#"{"content":{"text":"another"}}"#),
    ("get_version", "GET", "/api/v1/assets/{id}/versions/1", Needs::Read, APPROVED, ""),
    ("get_version_content", "GET", "/api/v1/assets/{id}/versions/1/content", Needs::Read, APPROVED, ""),
    ("get_approved_version", "GET", "/api/v1/assets/{id}/approved", Needs::Read, APPROVED, ""),
    ("get_approved_content", "GET", "/api/v1/assets/{id}/approved/content", Needs::Read, APPROVED, ""),
    ("rollback_asset", "POST", "/api/v1/assets/{id}/rollback", Needs::Write, DRAFT, r#"{"to_version":1}"#),
    ("submit_asset", "POST", "/api/v1/assets/{id}/submit", Needs::Write, DRAFT, "{}"),
    ("withdraw_asset", "POST", "/api/v1/assets/{id}/withdraw", Needs::Write, PENDING, "{}"),
    ("approve_asset", "POST", "/api/v1/assets/{id}/approve", Needs::Decide, PENDING, "{}"),
    ("request_changes", "POST", "/api/v1/assets/{id}/request-changes", Needs::Decide, PENDING, r#"{"comment":"no"}"#),
    ("revoke_approval", "POST", "/api/v1/assets/{id}/revoke", Needs::Decide, APPROVED, r#"{"comment":"no"}"#),
    ("archive_asset", "POST", "/api/v1/assets/{id}/archive", Needs::Write, DRAFT, "{}"),
    ("archive_asset", "POST", "/api/v1/assets/{id}/archive", Needs::WriteOrDecide, APPROVED, "{}"),
    ("restore_asset", "POST", "/api/v1/assets/{id}/restore", Needs::Write, ARCHIVED, "{}"),
    ("dismiss_change_items", "POST", "/api/v1/assets/{id}/dismiss", Needs::Decide, SENT_BACK, "{}"),
    ("get_change_requests", "GET", "/api/v1/assets/{id}/change-requests", Needs::ReadAll, SENT_BACK, ""),
    ("comment_on_asset", "POST", "/api/v1/assets/{id}/comments", Needs::WriteOrApprove, DRAFT, r#"{"text":"why not blue?"}"#),
    ("list_comments", "GET", "/api/v1/assets/{id}/comments", Needs::ReadAll, DRAFT, ""),
    ("decide_assets", "POST", "/api/v1/assets/decisions", Needs::Decide, PENDING, DECIDE),
    ("get_preview_url", "GET", "/api/v1/assets/{id}/preview-url", Needs::Read, APPROVED, ""),
    ("create_api_key", "POST", "/api/v1/admin/api-keys", Needs::Admin, DRAFT, r#"{"name":"n","kind":"agent","scopes":["admin"]}"#),
    ("list_api_keys", "GET", "/api/v1/admin/api-keys", Needs::Admin, DRAFT, ""),
    ("revoke_api_key", "DELETE", "/api/v1/admin/api-keys/{prefix}", Needs::Admin, DRAFT, ""),
    ("get_policy", "GET", "/api/v1/admin/policy", Needs::Admin, DRAFT, ""),
    ("update_policy", "PATCH", "/api/v1/admin/policy", Needs::AdminInPerson, DRAFT, r#"{"notify":["{id}"]}"#),
    ("list_audit", "GET", "/api/v1/admin/audit", Needs::Admin, DRAFT, ""),
    ("list_audit_checkpoints", "GET", "/api/v1/admin/audit/checkpoints", Needs::Admin, DRAFT, ""),
    ("whoami", "GET", "/api/v1/whoami", Needs::Key, DRAFT, ""),
    ("metrics", "GET", "/metrics", Needs::Admin, DRAFT, ""),
    ("healthz", "GET", "/healthz", Needs::Nothing, DRAFT, ""),
    ("readyz", "GET", "/readyz", Needs::Nothing, DRAFT, ""),
    ("get_openapi", "GET", "/api/v1/openapi.json", Needs::Nothing, DRAFT, ""),
    ("create_upload", "POST", "/api/v1/assets/uploads", Needs::Write, DRAFT, ""),
    ("get_upload", "HEAD", "/api/v1/assets/uploads/{upload}", Needs::Own, DRAFT, ""),
    ("append_upload", "PATCH", "/api/v1/assets/uploads/{upload}", Needs::Own, DRAFT, ""),
    ("delete_upload", "DELETE", "/api/v1/assets/uploads/{upload}", Needs::Own, DRAFT, ""),
    ("create_export", "POST", "/api/v1/assets/exports", Needs::Read, APPROVED, r#"{"asset_ids":["{id}"]}"#),
    ("list_exports", "GET", "/api/v1/assets/exports", Needs::Read, APPROVED, ""),
    ("get_export", "GET", "/api/v1/assets/exports/{export}", Needs::Read, APPROVED, ""),
    ("download_export", "GET", "/api/v1/assets/exports/{export}/archive", Needs::Read, APPROVED, ""),
    ("get_usage", "GET", "/api/v1/admin/usage", Needs::Admin, DRAFT, ""),
    ("create_recall", "POST", "/api/v1/assets/recalls", Needs::Decide, APPROVED, r#"{"digest":"{digest}","comment":"no"}"#),
    ("list_recalls", "GET", "/api/v1/assets/recalls", Needs::ReadAll, APPROVED, ""),
    ("get_recall", "GET", "/api/v1/assets/recalls/{recall}", Needs::ReadAll, APPROVED, ""),
    ("release_asset", "POST", "/api/v1/assets/{id}/release", Needs::Read, APPROVED, r#"{"channel":"email"}"#),
    ("list_releases", "GET", "/api/v1/assets/{id}/releases", Needs::ReadAll, APPROVED, ""),
    ("list_events", "GET", "/api/v1/assets/events", Needs::Read, APPROVED, ""),
    ("stream_events", "GET", "/api/v1/assets/events/stream", Needs::Read, APPROVED, ""),
    (
        "create_webhook",
        "POST",
        "/api/v1/assets/webhooks",
        Needs::Admin,
        DRAFT,
        r#"{"url":"http://127.0.0.1:9/","types":["webhook.disabled"]}"#,
    ),
    ("list_webhooks", "GET", "/api/v1/assets/webhooks", Needs::Admin, DRAFT, ""),
    ("get_webhook", "GET", "/api/v1/assets/webhooks/{webhook}", Needs::Admin, DRAFT, ""),
    ("update_webhook", "PATCH", "/api/v1/assets/webhooks/{webhook}", Needs::Admin, DRAFT, r#"{"description":"the shop"}"#),
    ("list_deliveries", "GET", "/api/v1/assets/webhooks/{webhook}/deliveries", Needs::Admin, DRAFT, ""),
    ("replay_deliveries", "POST", "/api/v1/assets/webhooks/{webhook}/replay", Needs::Admin, DRAFT, r#"{"after":0}"#),
    ("ping_webhook", "POST", "/api/v1/assets/webhooks/{webhook}/ping", Needs::Admin, DRAFT, "{}"),
    ("rotate_webhook_secret", "POST", "/api/v1/assets/webhooks/{webhook}/rotate-secret", Needs::Admin, DRAFT, "{}"),
    ("delete_webhook", "DELETE", "/api/v1/assets/webhooks/{webhook}", Needs::Admin, DRAFT, ""),
    ("get_signing_keys", "GET", "/.well-known/assets-keys.json", Needs::Nothing, DRAFT, ""),
];
/// A link is its own key: what becomes of it stands in the tests of links.
const BY_LINK: [&str; 2] = ["get_preview", "get_stable_preview"];
const CREATE: &str = r#"{"type":"copy","title":"T","provenance":{"agent_slug":"a"},"content":{"text":"new"}}"#;
const DECIDE: &str = r#"{"decisions":[{"asset_id":"{id}","action":"approve","version":1,"digest":"{digest}"}]}"#;

const KINDS: [&str; 3] = ["agent", "person", "service"];
const SCOPES: [&str; 6] = ["assets:read", "assets:read:approved", "assets:write", "assets:approve", "admin", "*"];

/// The one table: what a key of a kind with one scope is answered.
fn expected(needs: Needs, kind: &str, scope: &str) -> Result<(), &'static str> {
    let has = |wanted: &str| scope == wanted || scope == "*";
    let scoped = |enough: bool| if enough { Ok(()) } else { Err("forbidden_scope") };
    match needs {
        Needs::Nothing | Needs::Key => Ok(()),
        Needs::Read => scoped(has("assets:read") || has("assets:read:approved")),
        Needs::ReadAll => scoped(has("assets:read")),
        Needs::Write => scoped(has("assets:write")),
        Needs::Own => scoped(has("assets:write")).and(Err("not_found")),
        Needs::WriteOrApprove => scoped(has("assets:write") || has("assets:approve")),
        Needs::AdminInPerson if kind != "person" => Err("human_required"),
        Needs::Admin | Needs::AdminInPerson => scoped(has("admin")),
        Needs::Decide if kind != "person" => Err("human_required"),
        Needs::Decide => scoped(has("assets:approve")),
        // Who could archive nothing at all lacks the scope; who could archive only what is not approved is no person.
        Needs::WriteOrDecide if kind != "person" && has("assets:write") => Err("human_required"),
        Needs::WriteOrDecide => scoped(kind == "person" && has("assets:approve")),
    }
}

/// What every call is tried on.
struct Desk {
    app: App,
    robot: Caller,
    ann: Caller,
    records: Records,
    upload: String,
    export: String,
    recall: String,
}

/// The ids that a call names.
struct Subject {
    id: String,
    digest: String,
    prefix: String,
    upload: String,
    export: String,
    recall: String,
    webhook: String,
}

impl Desk {
    async fn set() -> Self {
        let app = App::with(&[("ASSETS_LOG", "warn,assets_server=info"), ("ASSETS_WEBHOOK_ALLOW", "127.0.0.1")]).await;
        let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
        let begun = robot.ask(Method::POST, "/api/v1/assets/uploads").header("tus-resumable", "1.0.0").header("upload-length", "5").await;
        let upload = begun.status(201).need("location").rsplit('/').next().unwrap().to_owned();
        let export = ann.export(json!({"has_approved": true})).await.ok()["id"].as_str().unwrap().to_owned();
        let recall = ann.recall(json!({"run_id": "none", "comment": "none"})).await.ok()["id"].as_str().unwrap().to_owned();
        let records = Records::of(&app).await;
        Self { app, robot, ann, records, upload, export, recall }
    }

    async fn subject(&self, stand: Stand) -> Subject {
        let asset = self.robot.create_copy("the text").await.ok();
        for action in stand {
            let (by, body) = match *action {
                "approve" => (&self.ann, json!({})),
                "request-changes" => (&self.ann, json!({"comment": "not yet", "items": [{"text": "shorter"}]})),
                _ => (&self.robot, json!({})),
            };
            by.act(&asset, action, body).await.ok();
        }
        let spare = self.app.key("agent", &["assets:read"]).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Subject {
            id: text(&asset["id"]),
            digest: text(&asset["latest_version"]["content"]["digest"]),
            prefix: spare.prefix().to_owned(),
            upload: self.upload.clone(),
            export: self.export.clone(),
            recall: self.recall.clone(),
            webhook: self.webhook().await,
        }
    }

    /// An endpoint that nothing is sent to: what goes on by itself is not what a call has written. Of those from before none is left.
    async fn webhook(&self) -> String {
        let owner = self.app.owner();
        for webhook in owner.get("/api/v1/assets/webhooks").await.ok()["items"].as_array().unwrap() {
            owner.ask(Method::DELETE, &format!("/api/v1/assets/webhooks/{}", webhook["id"].as_str().unwrap())).await.status(204);
        }
        let made = owner.create_webhook(json!({"url": "http://127.0.0.1:9/", "types": ["webhook.disabled"]})).await.ok();
        made["id"].as_str().unwrap().to_owned()
    }

    /// Calls, and answers whether anything at all was written meanwhile.
    async fn traced(&self, ask: Ask) -> (Reply, bool) {
        let before = (self.records.version().await, self.app.stored().await);
        let reply = ask.await;
        (reply, before != (self.records.version().await, self.app.stored().await))
    }
}

fn call(caller: &Caller, method: &str, path: &str, body: &str, subject: &Subject) -> Ask {
    let fill = |text: &str| text.replace("{id}", &subject.id).replace("{digest}", &subject.digest).replace("{prefix}", &subject.prefix);
    let fill = |text: &str| {
        let filled = fill(text).replace("{upload}", &subject.upload).replace("{export}", &subject.export);
        filled.replace("{recall}", &subject.recall).replace("{webhook}", &subject.webhook)
    };
    if path.contains("/uploads") {
        // An answer to HEAD has no body that could be looked at: it is asked for in the other way that there is.
        let (method, meant) = if method == "HEAD" { ("POST", method) } else { (method, "") };
        let ask = caller.ask(method.parse::<Method>().unwrap(), &fill(path)).header("x-http-method-override", meant);
        return ask.header("tus-resumable", "1.0.0").header("upload-length", "5");
    }
    let ask = caller.ask(method.parse::<Method>().unwrap(), &fill(path));
    if body.is_empty() { ask } else { ask.header("content-type", "application/json").body(fill(body)) }
}

/// The problem's code, of the one decision among many where there is one.
fn refusal(operation: &str, reply: &Reply) -> Option<String> {
    let body = if reply.status >= 400 {
        reply.json()
    } else if operation == "decide_assets" {
        reply.json()["results"][0]["problem"].clone()
    } else {
        Value::Null
    };
    body["code"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn the_table_has_every_operation_of_the_document() {
    let app = App::start().await;
    let document = app.stranger().get("/api/v1/openapi.json").await.ok();
    let paths = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let mut documented: Vec<&str> = paths.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let mut tabled: Vec<&str> = OPERATIONS.iter().map(|(id, ..)| *id).chain(BY_LINK).collect();
    documented.sort_unstable();
    tabled.sort_unstable();
    tabled.dedup();
    assert_eq!(tabled, documented);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_of_each_kind_opens_what_it_should_and_nothing_else() {
    let desk = Desk::set().await;
    for kind in KINDS {
        for scope in SCOPES {
            // The first person makes these keys and is no author of anything.
            let key = desk.app.named_key(&format!("{kind} with {scope}"), kind, &[scope]).await;
            for (operation, method, path, needs, stand, body) in OPERATIONS {
                let cell = format!("{operation} by a key of kind {kind} with {scope} alone");
                let subject = desk.subject(stand).await;
                let (reply, written) = desk.traced(call(&key, method, path, body, &subject)).await;
                assert_eq!(refusal(operation, &reply).as_deref(), expected(needs, kind, scope).err(), "{cell}: {reply}");
                let changes = method != "GET" && expected(needs, kind, scope).is_ok();
                assert_eq!(written, changes, "{cell}: written or not");
                if expected(needs, kind, scope) == Err("forbidden_scope") && operation != "decide_assets" {
                    assert!(reply.json()["required_scope"].is_string(), "{cell}: {reply}");
                }
            }
        }
    }
}

/// Headers by name.
type Headers = Vec<(&'static str, String)>;

/// A key of this service with another secret, its checksum made good.
fn with_another_secret(key: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = format!("{}{}", &key[..13], "x".repeat(32));
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut checksum: Vec<u8> = (0..6).map(|_| (DIGITS[usize::try_from(rest % 62).unwrap()], rest /= 62).0).collect();
    checksum.reverse();
    body + std::str::from_utf8(&checksum).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_good_key_is_told_the_same_by_every_operation() {
    let desk = Desk::set().await;
    let admin = desk.app.owner();
    let make = async |name: &str, expires_at: Option<String>| {
        let made = admin.create_key(json!({"name": name, "kind": "person", "scopes": ["*"], "expires_at": expires_at})).await.ok();
        made["key"].as_str().unwrap().to_owned()
    };
    let (good, revoked) = (make("good", None).await, make("revoked", None).await);
    let end = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()) + chrono::TimeDelta::milliseconds(1500);
    let expired = make("expired", Some(end.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))).await;
    desk.app.holder(&revoked).whoami().await.ok();
    desk.app.holder(&expired).whoami().await.ok();
    admin.revoke_key(desk.app.holder(&revoked).prefix()).await.ok();
    tokio::time::sleep(std::time::Duration::from_millis(1600)).await;

    let unknown = Seal::new(&Secret::random()).mint().key;
    let forged = with_another_secret(&good);
    assert!(Seal::new(&Secret::random()).read(&forged).is_some(), "its checksum is good");
    let last = if good.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{last}", &good[..good.len() - 1]);
    let bearer = |key: &str| format!("Bearer {key}");
    let states: [(&str, Headers, String); 15] = [
        ("no key", vec![], String::new()),
        ("an empty header", vec![("authorization", String::new())], String::new()),
        ("no scheme", vec![("authorization", good.clone())], String::new()),
        ("another scheme", vec![("authorization", format!("Basic {good}"))], String::new()),
        ("a malformed key", vec![("authorization", bearer("tnx_short"))], String::new()),
        ("a key with another brand", vec![("authorization", bearer(&good.replace("tnx_", "sk_")))], String::new()),
        ("a bad checksum", vec![("authorization", bearer(&mistyped))], String::new()),
        ("an unknown key", vec![("authorization", bearer(&unknown))], String::new()),
        ("a known key with another secret", vec![("authorization", bearer(&forged))], String::new()),
        ("a revoked key", vec![("authorization", bearer(&revoked))], String::new()),
        ("an expired key", vec![("authorization", bearer(&expired))], String::new()),
        ("two headers", vec![("authorization", bearer(&good)), ("authorization", bearer(&good))], String::new()),
        ("two keys in one header", vec![("authorization", format!("Bearer {good}, Bearer {good}"))], String::new()),
        ("a key in the query", vec![], format!("?api_key={good}&access_token={good}")),
        ("a key in a cookie and in other headers", vec![("cookie", format!("key={good}")), ("x-api-key", good.clone())], String::new()),
    ];
    let subject = desk.subject(APPROVED).await;
    let mut said = None;
    for (state, headers, query) in &states {
        for (operation, method, path, needs, _, body) in OPERATIONS {
            if needs == Needs::Nothing {
                continue;
            }
            let mut ask = call(&desk.app.stranger(), method, &format!("{path}{query}"), body, &subject);
            for (name, value) in headers {
                ask = ask.header(name, value);
            }
            let (reply, written) = desk.traced(ask).await;
            assert_eq!((reply.status, written), (401, false), "{operation} with {state}: {reply}");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{operation} with {state}: {reply}");
            let body = reply.problem("unauthenticated").to_string();
            assert_eq!(said.get_or_insert_with(|| body.clone()), &body, "{operation} with {state} is told something else");
        }
    }
    for (operation, method, path, needs, _, body) in OPERATIONS {
        let reply = call(&desk.app.holder(&good), method, path, body, &subject).await;
        assert_ne!(reply.status, 401, "{operation} with a good key: {reply}");
        if needs == Needs::Nothing {
            call(&desk.app.stranger(), method, path, body, &subject).await.status(200);
        }
    }
}
