//! Every error is a problem, and says what to do.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Write;

use assets_tests::{App, Method, Reply, json, sample};

/// The problem of an answer, with what differs from run to run put out of sight.
fn shown(app: &App, reply: Reply, code: &str, ids: &[&str]) -> String {
    let challenge = reply.header("www-authenticate").map(|challenge| format!("www-authenticate: {challenge}\n")).unwrap_or_default();
    let retry = reply.header("retry-after").map_or("", |_| "retry-after: <seconds>\n");
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{reply}");
    assert!(reply.header("x-request-id").is_some(), "{reply}");
    let mut body = reply.problem(code);
    assert_eq!(body["type"], format!("urn:assets:problem:{code}"));
    if let Some(id) = body.get_mut("request_id") {
        *id = json!("<request>");
    }
    let mut text = serde_json::to_string_pretty(&body).unwrap().replace(&app.base(), "<base>");
    for id in ids {
        text = text.replace(id, "<asset>");
    }
    format!("{challenge}{retry}{text}\n\n")
}

#[tokio::test]
async fn a_problem_of_each_kind_is_as_it_always_was() {
    let app = App::start().await;
    let (robot, ann, nobody) = (app.agent("robot").await, app.person("ann").await, app.stranger());
    let draft = robot.create_copy("one").once("used").await.ok();
    let pending = robot.create_copy("two").await.ok();
    robot.submit(&pending).await.ok();
    let own = ann.create_copy("own").await.ok();
    ann.submit(&own).await.ok();
    let archived = robot.create_copy("three").await.ok();
    let dead = archived["preview_url"].as_str().unwrap().to_owned();
    robot.archive(&archived).await.ok();
    let damaged = robot.create_copy("soon damaged").await.ok();
    let before = app.stored().await;
    let lost = robot.create_copy("lost").await.ok();
    let (file, _) = app.stored().await.into_iter().find(|(file, _)| !before.contains_key(file)).unwrap();
    app.store().remove(&file).await;
    let publisher_admin = app.named_key("desk", "service", &["admin"]).await;
    let assets = "/api/v1/assets";
    let hero = sample("hero.png").bytes;
    let provoked = [
        ("bad_request", robot.ask(Method::POST, assets).header("content-type", "application/json").body("{")),
        ("invalid_cursor", robot.list(&[("cursor", "x")])),
        ("unauthenticated", nobody.whoami()),
        ("human_required", robot.approve(&pending)),
        ("forbidden_scope", robot.keys()),
        ("forbidden_grant", publisher_admin.create_key(json!({"name": "x", "kind": "agent", "scopes": ["assets:write"]}))),
        ("self_approval", ann.approve(&own)),
        ("invalid_link", nobody.get("/p/x/y")),
        ("not_found", robot.history("01900000-0000-7000-8000-000000000000")),
        ("not_approved", robot.approved(&draft)),
        ("method_not_allowed", robot.ask(Method::PUT, assets)),
        ("illegal_transition", robot.submit(&pending)),
        ("stale_version", ann.act(&pending, "approve", json!({"version": 2}))),
        ("not_deletable", robot.delete(&pending)),
        ("link_gone", app.follow(&dead)),
        ("precondition_failed", robot.submit(&draft).header("if-match", "\"7.1\"")),
        ("too_large", robot.create(json!({"padding": "x".repeat(2 << 20)}))),
        ("unsupported_media_type", robot.ask(Method::POST, assets).header("content-type", "text/plain").body("Hello.")),
        ("range_not_satisfiable", robot.content(&draft, 1).header("range", "bytes=9-")),
        ("invalid_request", robot.list(&[("limit", "0"), ("colour", "red")])),
        ("content_mismatch", robot.create_file("copy", "hero.png", "image/png", hero)),
        ("digest_mismatch", robot.create_copy("x").header("repr-digest", "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:")),
        ("idempotency_mismatch", robot.create_copy("other").once("used")),
        ("internal", robot.content(&lost, 1)),
    ];
    let ids: Vec<_> = [&draft, &pending, &own, &archived, &damaged, &lost].map(|asset| asset["id"].as_str().unwrap()).to_vec();
    let mut told = String::new();
    for (code, ask) in provoked {
        write!(told, "{}", shown(&app, ask.await, code, &ids)).unwrap();
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn who_has_no_good_key_is_told_the_same_whatever_is_wrong_with_it() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let key = robot.secret();
    let first = app.stranger().whoami().await.status(401);
    assert_eq!(first.need("www-authenticate"), "Bearer");
    let last = if key.ends_with('A') { "B" } else { "A" };
    let wrong = format!("{}{last}", &key[..key.len() - 1]);
    let unknown = format!("tnx_00000000{}", &key[12..]);
    let headers = [
        format!("Bearer {wrong}"),
        format!("Bearer {unknown}"),
        format!("Basic {key}"),
        key.to_owned(),
        format!("Bearer {}", &key[..20]),
        "Bearer ".to_owned(),
        "Bearer tnx_".to_owned(),
        format!("Bearer {key} {key}"),
        format!("Bearer {}", "x".repeat(4000)),
    ];
    for header in headers {
        let refused = app.stranger().whoami().header("authorization", &header).await.status(401);
        assert_eq!(refused.bytes, first.bytes, "{header}");
    }
    app.stranger().whoami().header("authorization", format!("bearer {key}")).await.status(200);
    let twice =
        app.stranger().whoami().header("authorization", format!("Bearer {key}")).header("authorization", format!("Bearer {key}")).await;
    assert_eq!(twice.status(401).bytes, first.bytes);
    app.stranger().get(&format!("/api/v1/whoami?api_key={key}")).await.status(401);
    for path in ["/api/v1/assets", "/api/v1/admin/api-keys", "/metrics", "/api/v1/assets/not-a-uuid"] {
        app.stranger().get(path).await.status(401).problem("unauthenticated");
    }
}

#[tokio::test]
async fn what_the_framework_refuses_is_a_problem_as_well() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let asset = robot.create_copy("x").await.ok();
    let id = asset["id"].as_str().unwrap();
    let post =
        |content_type: &str, body: &'static str| robot.ask(Method::POST, "/api/v1/assets").header("content-type", content_type).body(body);
    let cases = [
        (robot.get("/nowhere"), 404, "not_found"),
        (robot.get("/api/v1/assets/"), 404, "not_found"),
        (robot.get("/api/v2/assets"), 404, "not_found"),
        (robot.ask(Method::DELETE, "/api/v1/assets"), 405, "method_not_allowed"),
        (robot.get(&format!("/api/v1/assets/{id}/approve")), 405, "method_not_allowed"),
        (robot.ask(Method::PUT, &format!("/api/v1/assets/{id}")), 405, "method_not_allowed"),
        (robot.ask(Method::POST, "/healthz"), 405, "method_not_allowed"),
        (post("application/json", "{\"type\": "), 400, "bad_request"),
        (post("application/json", ""), 400, "bad_request"),
        (post("application/json", "\"text\""), 422, "invalid_request"),
        (post("application/xml", "<asset/>"), 415, "unsupported_media_type"),
        (post("multipart/form-data", "--b--"), 400, "bad_request"),
        (post("application/json", "{}").header("content-encoding", "gzip"), 415, "unsupported_media_type"),
        (robot.get("/api/v1/assets/not-a-uuid"), 422, "invalid_request"),
        (robot.get(&format!("/api/v1/assets/{id}/versions/first")), 422, "invalid_request"),
        (robot.get(&format!("/api/v1/assets/{id}/versions/99999999999")), 422, "invalid_request"),
        (robot.get("/api/v1/assets?q=%ff%fe&type=%00"), 422, "invalid_request"),
    ];
    for (ask, status, code) in cases {
        ask.await.status(status).problem(code);
    }
}

#[tokio::test]
async fn a_method_that_is_not_allowed_is_told_which_are() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    for (path, allowed) in
        [("/api/v1/assets", "GET, HEAD, POST"), ("/api/v1/assets/x", "GET, HEAD, PATCH, DELETE"), ("/healthz", "GET, HEAD")]
    {
        assert_eq!(robot.ask(Method::PUT, path).await.status(405).need("allow"), allowed);
    }
}

#[tokio::test]
async fn refusals_are_judged_in_one_order() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let reader = app.key("person", &["assets:read"]).await;
    let nowhere = "01900000-0000-7000-8000-000000000000";
    let broken = |ask: assets_tests::Ask| ask.header("content-type", "application/json").body("{");
    broken(app.stranger().approve(nowhere)).await.problem("unauthenticated");
    broken(robot.approve(nowhere)).await.problem("human_required");
    broken(reader.approve(nowhere)).await.problem("forbidden_scope");
    broken(reader.submit("not-a-uuid")).await.problem("forbidden_scope");
    broken(ann.approve(nowhere)).await.problem("not_found");
    let asset = ann.create_copy("own").await.ok();
    ann.act(&asset, "approve", json!({"wrong": 1})).header("if-match", "\"9.1\"").await.problem("invalid_request");
    ann.approve(&asset).header("if-match", "\"9.1\"").await.problem("precondition_failed");
    ann.approve(&asset).await.problem("illegal_transition");
    ann.submit(&asset).await.ok();
    ann.act(&asset, "approve", json!({"version": 2})).await.problem("stale_version");
    ann.approve(&asset).await.problem("self_approval");
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let app = App::with(&[("ASSETS_RATE_LIMIT", "2")]).await;
    let robot = app.first_agent();
    let first = robot.whoami().await.status(200);
    assert_eq!(first.need("ratelimit-policy"), "\"default\";q=2;w=60");
    assert!(first.need("ratelimit").starts_with("\"default\";r=1;t="), "{first}");
    robot.whoami().await.status(200);
    let refused = robot.whoami().await.status(429);
    assert!((1..=30).contains(&refused.need("retry-after").parse::<u64>().unwrap()), "{refused}");
    refused.problem("rate_limited");
    app.owner().whoami().await.status(200);
}
