//! An endpoint of somebody else is told of what happens: signed, in order, whatever becomes of it or of the service.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "this is test code: what cannot be must stop the test")]

use std::{
    collections::BTreeMap,
    io::Write,
    time::{Duration, Instant},
};

use assets_tests::{App, Caller, Letter, Receiver, Value, json, tools};

const ALLOW: (&str, &str) = ("ASSETS_WEBHOOK_ALLOW", "127.0.0.1/32");
const EVERYTHING: [&str; 17] = [
    "policy.changed",
    "recall.made",
    "asset.created",
    "asset.version_added",
    "asset.submitted",
    "asset.withdrawn",
    "asset.approved",
    "asset.changes_requested",
    "asset.revoked",
    "asset.archived",
    "asset.restored",
    "asset.rolled_back",
    "asset.updated",
    "asset.deleted",
    "asset.released",
    "export.created",
    "webhook.disabled",
];

async fn allowing() -> App {
    App::with(&[ALLOW]).await
}

async fn told(owner: &Caller, receiver: &Receiver) -> Value {
    owner.create_webhook(json!({"url": receiver.url(), "types": EVERYTHING})).await.ok()
}

/// Fails unless the reference library takes the letter for one that was signed by this secret.
fn check(letter: &Letter, secret: &str) -> Result<(), standardwebhooks::WebhookError> {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers = names.map(|name| (name.parse().unwrap(), letter.header(name).parse().unwrap()));
    standardwebhooks::Webhook::new(secret).unwrap().verify(letter.body.as_bytes(), &headers.into_iter().collect())
}

fn sequences(letters: &[Letter]) -> Vec<u64> {
    letters.iter().map(Letter::sequence).collect()
}

async fn until(owner: &Caller, webhook: &Value, is_so: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let now = owner.webhook(webhook).await.ok();
        if is_so(&now) {
            return now;
        }
        assert!(began.elapsed() < Duration::from_secs(40), "{now}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_campaign_system_is_told_of_what_happens_signed_and_in_order() {
    let (app, receiver) = (allowing().await, Receiver::start().await);
    let (owner, robot, ann) = (app.owner(), app.agent("robot").await, app.person("ann").await);
    robot.create_copy("before").await.ok();
    let made = told(&owner, &receiver).await;
    let secret = made["secret"].as_str().unwrap();
    let asset = robot.create_copy("Open a window.").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    ann.revoke(&asset, "no").await.ok();
    let letters = receiver.wait_for(4).await;
    assert_eq!(sequences(&letters), [2, 3, 4, 5]);
    let types: Vec<_> = letters.iter().map(|letter| letter.json()["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(types, ["asset.created", "asset.submitted", "asset.approved", "asset.revoked"]);
    for letter in &letters {
        check(letter, secret).unwrap();
        assert!(check(letter, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_err());
        assert_eq!(letter.json()["id"], letter.id());
        assert_eq!(letter.json()["data"]["asset_id"], asset["id"]);
        assert_eq!(letter.line, "POST /hooks?for=assets HTTP/1.1");
        assert_eq!(letter.header("content-type"), "application/json");
        assert!(!letter.body.contains("Open a window"), "never content");
    }
    let webhook = until(&owner, &made, |webhook| webhook["delivered_up_to"] == 5).await;
    assert_eq!(webhook["status"], "active");
    assert!(webhook.get("secret").is_none(), "a secret is shown once");
    let log = owner.deliveries(&made).query(&[("limit", "3")]).await.ok();
    assert_eq!(log["items"].as_array().unwrap().iter().map(|one| one["sequence"].as_u64().unwrap()).collect::<Vec<_>>(), [5, 4, 3]);
    assert_eq!((&log["items"][0]["status"], &log["items"][0]["http_status"]), (&json!("delivered"), &json!(204)));
    let rest = owner.deliveries(&made).query(&[("cursor", log["next_cursor"].as_str().unwrap())]).await.ok();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert!(!app.log().contains(secret) && !app.log().contains(secret.trim_start_matches("whsec_")));
}

#[tokio::test]
async fn what_fails_is_repeated_with_its_id_and_holds_up_the_rest() {
    let (app, receiver) = (allowing().await, Receiver::start().await);
    let (owner, robot) = (app.owner(), app.agent("robot").await);
    receiver.answer(500);
    let made = told(&owner, &receiver).await;
    for text in ["one", "two", "three"] {
        robot.create_copy(text).await.ok();
    }
    receiver.wait_for(1).await;
    let failing = until(&owner, &made, |webhook| webhook["status"] == "failing").await;
    assert!(failing["next_attempt_at"].is_string() && failing["failed_attempts"] == 1, "{failing}");
    let letters = receiver.wait_for(2).await;
    assert_eq!(letters[0].id(), letters[1].id());
    assert_eq!(sequences(&letters), [1, 1]);
    receiver.answer(200);
    // A ping that arrives has it tried at once, not in half a minute.
    let ping = owner.with_webhook(&made, "ping", json!({})).await.ok();
    assert_eq!((&ping["status"], &ping["kind"], &ping["sequence"]), (&json!("delivered"), &json!("ping"), &Value::Null));
    let letters = receiver.wait_for(6).await;
    assert_eq!(letters[2].json()["type"], "webhook.ping");
    check(&letters[2], made["secret"].as_str().unwrap()).unwrap();
    assert_eq!(sequences(&letters[3..]), [1, 2, 3]);
    assert_eq!(letters[3].id(), letters[0].id());
    until(&owner, &made, |webhook| webhook["status"] == "active" && webhook["delivered_up_to"] == 3).await;
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_disabled_with_a_reason_and_an_event() {
    let (app, receiver, other) = (allowing().await, Receiver::start().await, Receiver::start().await);
    let (owner, robot) = (app.owner(), app.agent("robot").await);
    receiver.answer(410);
    let (made, _) = (told(&owner, &receiver).await, told(&owner, &other).await);
    robot.create_copy("one").await.ok();
    let disabled = until(&owner, &made, |webhook| webhook["status"] == "disabled").await;
    assert_eq!(disabled["disabled_reason"], "gone");
    let letters = other.wait_for(2).await;
    assert_eq!(letters[1].json()["type"], "webhook.disabled");
    assert_eq!(letters[1].json()["data"]["webhook_id"], made["id"]);
    owner.with_webhook(&made, "replay", json!({"after": 0})).await.problem("webhook_disabled");
    receiver.answer(200);
    owner.update_webhook(&made, json!({"enabled": true})).await.ok();
    assert_eq!(sequences(&receiver.wait_for(3).await), [1, 1, 2]);
}

#[tokio::test]
async fn a_webhook_can_be_stopped_changed_and_deleted() {
    let (app, receiver) = (allowing().await, Receiver::start().await);
    let (owner, robot) = (app.owner(), app.agent("robot").await);
    let made = told(&owner, &receiver).await;
    let stopped = owner.update_webhook(&made, json!({"enabled": false, "description": "the shop"})).await.ok();
    assert_eq!(
        (&stopped["status"], &stopped["disabled_reason"], &stopped["description"]),
        (&json!("disabled"), &json!("request"), &json!("the shop"))
    );
    let asset = robot.create_copy("one").await.ok();
    robot.submit(&asset).await.ok();
    let filters = json!({"enabled": true, "types": ["asset.submitted"], "filters": {"type": ["copy"], "campaign_id": ["x"]}});
    owner.update_webhook(&made, filters).await.ok();
    let cleared = owner.update_webhook(&made, json!({"filters": {"campaign_id": null}})).await.ok();
    assert_eq!(cleared["filters"], json!({"type": ["copy"], "campaign_id": [], "brand_id": [], "approval_changed": false}));
    robot.withdraw(&asset).await.ok();
    robot.submit(&asset).await.ok();
    let letters = receiver.wait_for(1).await;
    assert!(letters.iter().all(|letter| letter.json()["type"] == "asset.submitted"));
    assert_eq!(owner.get("/api/v1/assets/webhooks").await.ok()["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        owner.ask(assets_tests::Method::DELETE, &format!("/api/v1/assets/webhooks/{}", made["id"].as_str().unwrap())).await.status,
        204
    );
    owner.webhook(&made).await.problem("not_found");
    let count = receiver.arrived().len();
    robot.withdraw(&asset).await.ok();
    robot.submit(&asset).await.ok();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(receiver.arrived().len(), count);
}

#[tokio::test]
async fn what_was_sent_is_sent_again_when_asked_for() {
    let (app, receiver) = (allowing().await, Receiver::start().await);
    let (owner, robot) = (app.owner(), app.agent("robot").await);
    let made = told(&owner, &receiver).await;
    for text in ["one", "two", "three"] {
        robot.create_copy(text).await.ok();
    }
    let first = receiver.wait_for(3).await;
    owner.with_webhook(&made, "replay", json!({"event_id": first[1].id()})).await.ok();
    let letters = receiver.wait_for(4).await;
    assert_eq!((letters[3].id(), letters[3].sequence()), (first[1].id(), 2));
    let range = owner.with_webhook(&made, "replay", json!({"after": 1, "until": 3})).once("again").await;
    assert_eq!(range.status, 202);
    let repeated = owner.with_webhook(&made, "replay", json!({"after": 1, "until": 3})).once("again").await;
    assert_eq!(repeated.ok(), range.ok(), "asked for once");
    assert_eq!(sequences(&receiver.wait_for(6).await)[4..], [2, 3]);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(receiver.arrived().len(), 6);
    owner.with_webhook(&made, "replay", json!({"event_id": "evt_01900000-0000-7000-8000-000000000000"})).await.problem("invalid_request");
    owner.with_webhook(&made, "replay", json!({})).await.problem("invalid_request");
    owner.with_webhook(&made, "replay", json!({"event_id": first[0].id(), "after": 1})).await.problem("invalid_request");
}

#[tokio::test]
async fn while_a_secret_is_replaced_either_is_good() {
    let (app, receiver) = (allowing().await, Receiver::start().await);
    let owner = app.owner();
    let made = told(&owner, &receiver).await;
    let rotated = owner.with_webhook(&made, "rotate-secret", json!({})).once("new").await.ok();
    let repeated = owner.with_webhook(&made, "rotate-secret", json!({})).once("new").await.ok();
    assert!(repeated.get("secret").is_none() && repeated["id"] == made["id"], "{repeated}");
    assert!(rotated["former_secret_until"].is_string());
    owner.with_webhook(&made, "ping", json!({})).await.ok();
    let letter = &receiver.wait_for(1).await[0];
    assert_eq!(letter.header("webhook-signature").split(' ').count(), 2);
    for secret in [&made, &rotated].map(|one| one["secret"].as_str().unwrap()) {
        check(letter, secret).unwrap();
    }
    assert_ne!(made["secret"], rotated["secret"]);
}

/// A letter that arrives while either of two secrets is good, checked by a program of somebody else's.
async fn checked_by(program: std::path::PathBuf, script: &str) {
    let (app, receiver) = (allowing().await, Receiver::start().await);
    let (owner, robot) = (app.owner(), app.agent("robot").await);
    let made = told(&owner, &receiver).await;
    let rotated = owner.with_webhook(&made, "rotate-secret", json!({})).await.ok();
    robot.create_copy("Größer — 更大").await.ok();
    let letter = &receiver.wait_for(1).await[0];
    let headers: serde_json::Map<_, _> = letter.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let asked = json!({"secrets": [made["secret"], rotated["secret"]], "headers": headers, "body": letter.body});
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(script);
    let mut checking = std::process::Command::new(program)
        .arg(script)
        .env("TOOLS", tools())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    checking.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let checked = checking.wait_with_output().unwrap();
    assert!(checked.status.success() && checked.stdout.starts_with(b"genuine"), "{checked:?}");
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_reference_library_for_python_takes_it() {
    checked_by(tools().join("python/bin/python"), "check_webhook.py").await;
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_reference_library_for_javascript_takes_it() {
    checked_by("node".into(), "check_webhook.mjs").await;
}

#[tokio::test]
async fn a_repetition_makes_no_second_webhook_and_shows_no_secret() {
    let app = allowing().await;
    let owner = app.owner();
    let body = json!({"url": "http://127.0.0.1:9/", "types": ["asset.approved"]});
    let first = owner.create_webhook(body.clone()).once("one").await;
    assert_eq!(first.status, 201);
    let second = owner.create_webhook(body).once("one").await;
    assert_eq!((second.status, second.headers.get("location")), (201, first.headers.get("location")));
    let (first, second) = (first.ok(), second.ok());
    assert!(first["secret"].as_str().unwrap().starts_with("whsec_") && second.get("secret").is_none() && first["id"] == second["id"]);
    for _ in 1..20 {
        owner.create_webhook(json!({"url": "http://127.0.0.1:9/", "types": ["asset.approved"]})).await.ok();
    }
    owner.create_webhook(json!({"url": "http://127.0.0.1:9/", "types": ["asset.approved"]})).await.problem("too_many_webhooks");
    let agent = app.agent("robot").await;
    agent.get("/api/v1/assets/webhooks").await.problem("forbidden_scope");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_slow_endpoint_holds_up_nobody_else() {
    let (app, slow, quick, moved) = (allowing().await, Receiver::start().await, Receiver::start().await, Receiver::start().await);
    let (owner, robot) = (app.owner(), app.agent("robot").await);
    slow.think(Duration::from_secs(60));
    moved.answer(307);
    let (slowly, _, moves) = (told(&owner, &slow).await, told(&owner, &quick).await, told(&owner, &moved).await);
    for text in ["one", "two", "three"] {
        robot.create_copy(text).await.ok();
    }
    let began = Instant::now();
    quick.wait_for(3).await;
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    let failing = until(&owner, &slowly, |webhook| webhook["status"] == "failing").await;
    assert_eq!(failing["failed_attempts"], 1);
    let log = owner.deliveries(&slowly).await.ok();
    assert_eq!(log["items"][0]["error"], "timeout");
    assert!((9_000..15_000).contains(&log["items"][0]["latency_ms"].as_u64().unwrap()), "{log}");
    assert_eq!(owner.deliveries(&moves).await.ok()["items"][0]["error"], "redirect");
}

/// 127.0.0.1 in so many ways that a check by text would miss some of them, and other places that are nobody's business.
fn forbidden(port: u16) -> Vec<String> {
    let hosts = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "0177.0.0.01",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
        "0x0",
        "000000",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "localhost.localdomain",
        "127.127.127.127",
        "127.255.255.254",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[::7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2002:7f00:1::1]",
        "[2001:0:7f00:1::]",
        "[2001::80ff:fffe]",
        "[64:ff9b:1::7f00:1]",
        "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "%31%32%37.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "[::ffff:a9fe:a9fe]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "255.255.255.255",
        "224.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "198.18.0.1",
        "203.0.113.1",
        "240.0.0.1",
        "168.63.129.16",
    ];
    let mut urls = Vec::new();
    for host in hosts {
        urls.extend([
            format!("https://{host}/"),
            format!("https://{host}:{port}/"),
            format!("http://{host}:{port}/"),
            format!("https://user:password@{host}/"),
        ]);
    }
    urls.extend(
        [
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
            "ftp://127.0.0.1/",
            "https:///",
            "https://",
            "//127.0.0.1/",
            "javascript:1",
            "dict://127.0.0.1:11211/",
        ]
        .map(str::to_owned),
    );
    urls.extend([
        format!("https://example.com:{port}/"),
        "http://example.com/".to_owned(),
        "https://example.com/#x".to_owned(),
        format!("https://127.0.0.1:{port}\\@example.com/"),
        format!("https://example.com@127.0.0.1:{port}/"),
    ]);
    urls
}

#[tokio::test]
async fn nothing_is_sent_where_the_operator_does_not_want_it() {
    let (app, receiver) = (App::start().await, Receiver::start().await);
    let owner = app.owner();
    let urls = forbidden(receiver.port());
    assert!(urls.len() >= 200, "{}", urls.len());
    for url in &urls {
        let refused = owner.create_webhook(json!({"url": url, "types": ["asset.created"]})).await;
        assert_eq!(refused.status, 422, "{url}: {refused:?}");
        refused.problem("invalid_request");
    }
    assert_eq!(owner.get("/api/v1/assets/webhooks").await.ok()["items"].as_array().unwrap().len(), 0);
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn what_is_allowed_no_more_is_sent_no_more() {
    let (mut app, receiver) = (allowing().await, Receiver::start().await);
    let made = told(&app.owner(), &receiver).await;
    app.agent("robot").await.create_copy("one").await.ok();
    receiver.wait_for(1).await;
    let connections = receiver.connections();
    app.set("ASSETS_WEBHOOK_ALLOW", "127.0.0.2/32");
    app.restart().await;
    let (owner, robot) = (app.owner(), app.agent("robot").await);
    robot.create_copy("two").await.ok();
    let failing = until(&owner, &made, |webhook| webhook["status"] == "failing").await;
    assert_eq!(failing["failed_attempts"], 1);
    assert_eq!(owner.deliveries(&made).await.ok()["items"][0]["error"], "forbidden_address");
    assert_eq!(owner.with_webhook(&made, "ping", json!({})).await.ok()["error"], "forbidden_address");
    assert_eq!(receiver.connections(), connections);
    app.set("ASSETS_WEBHOOK_ALLOW", "127.0.0.1/32");
    app.restart().await;
    app.owner().with_webhook(&made, "ping", json!({})).await.ok();
    receiver.wait_until(Duration::from_secs(40), |letters| letters.iter().any(|letter| letter.sequence() == 2)).await;
}

/// How much of it: a receiver that is down, so many events, and so many kills meanwhile and afterwards.
struct Outage {
    events: usize,
    kills: usize,
}

impl Outage {
    async fn go(&self) {
        let (mut app, receiver) = (allowing().await, Receiver::start().await);
        receiver.answer(503);
        let made = told(&app.owner(), &receiver).await;
        let mut robot = app.agent("robot").await;
        let asset = robot.create_copy("one").await.ok();
        for round in 0..self.kills {
            for number in 0..self.events.div_ceil(self.kills) {
                robot.update(&asset, json!({"title": format!("{round} {number}")})).await.ok();
            }
            app.kill();
            app.begin().await;
            robot = robot.at(&app);
        }
        let committed = robot.history(&asset).await.ok()["revision"].as_u64().unwrap();
        receiver.forget();
        receiver.answer(200);
        let owner = app.owner();
        let began = Instant::now();
        owner.with_webhook(&made, "ping", json!({})).await.ok();
        // Killed in the midst of it as well.
        let half = usize::try_from(committed / 2).unwrap();
        receiver.wait_until(Duration::from_secs(300), |letters| letters.len() > half).await;
        app.kill();
        app.begin().await;
        let is_all = |letters: &[Letter]| letters.last().is_some_and(|last| last.sequence() == committed);
        let letters = receiver.wait_until(Duration::from_secs(600), is_all).await;
        let took = began.elapsed();
        assert!(took < Duration::from_secs(600), "{took:?}");
        let mut ids: BTreeMap<u64, String> = BTreeMap::new();
        let mut furthest = 0;
        for letter in letters.iter().filter(|letter| letter.sequence() > 0) {
            let sequence = letter.sequence();
            assert!(sequence <= furthest + 1, "{sequence} came behind {furthest}");
            furthest = furthest.max(sequence);
            let known = ids.entry(sequence).or_insert_with(|| letter.id().to_owned());
            assert_eq!(known, letter.id(), "one event has one id, however often it is sent");
        }
        assert_eq!(ids.len(), usize::try_from(committed).unwrap(), "all of it arrived");
        let repeated = letters.len() - 1 - ids.len();
        assert!(repeated <= 2, "{repeated} were repeated, where one was under way when the service was killed");
    }
}

#[tokio::test]
async fn a_receiver_that_was_down_learns_of_everything_by_itself_in_order() {
    Outage { events: 200, kills: 4 }.go().await;
}

mod soak {
    use super::*;

    #[tokio::test]
    #[ignore = "takes half an hour"]
    async fn ten_thousand_events_and_fifty_kills_while_the_receiver_is_down() {
        Outage { events: 10_000, kills: 50 }.go().await;
    }
}
