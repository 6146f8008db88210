//! Keys: who makes them, what they open, and when no longer.

use std::time::Duration;

use assets_tests::{App, Use, json};

#[tokio::test]
async fn a_key_is_shown_once_and_opens_what_it_says() {
    let app = App::start().await;
    let made =
        app.owner().create_key(json!({"name": "site", "kind": "service", "scopes": ["assets:read:approved"]})).await.status(201).ok();
    let key = made["key"].as_str().unwrap();
    assert_eq!(key.split('_').nth(1).unwrap(), made["prefix"].as_str().unwrap());
    let who = app.holder(key).whoami().await.ok();
    assert_eq!((&who["name"], &who["kind"], &who["scopes"]), (&json!("site"), &json!("service"), &json!(["assets:read:approved"])));
    assert_eq!(who["workspace"], app.owner().whoami().await.ok()["workspace"]);
    let listed = app.owner().keys().await.status(200);
    assert!(!listed.text().contains(key) && !listed.text().contains(key.split('_').nth(2).unwrap()));
    let listed = listed.ok();
    assert_eq!((&listed["items"][0]["prefix"], &listed["items"][0]["revoked_at"]), (&made["prefix"], &json!(null)));
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    assert!(!app.log().contains(key), "the log holds a secret");
}

#[tokio::test]
async fn no_key_grants_what_it_has_not() {
    let app = App::start().await;
    let desk = app.named_key("desk", "person", &["admin", "assets:read"]).await;
    let machine = app.named_key("machine", "service", &["*"]).await;
    let key = |kind: &str, scopes: &[&str]| json!({"name": "new", "kind": kind, "scopes": scopes});
    desk.create_key(key("agent", &["assets:read"])).await.status(201);
    desk.create_key(key("agent", &["assets:read:approved"])).await.status(201);
    for beyond in ["assets:write", "assets:approve", "*"] {
        desk.create_key(key("agent", &["assets:read", beyond])).await.status(403).problem("forbidden_grant");
    }
    machine.create_key(key("agent", &["*"])).await.status(201);
    machine.create_key(key("person", &["assets:read"])).await.status(403).problem("human_required");
    app.first_agent().create_key(key("agent", &["assets:read"])).await.status(403).problem("forbidden_scope");
    app.owner().create_key(key("person", &["*"])).await.status(201);
}

#[tokio::test]
async fn what_makes_no_sense_is_named() {
    let app = App::start().await;
    for (body, place) in [
        (json!({"name": "x", "kind": "robot", "scopes": ["admin"]}), json!(["body", "kind"])),
        (json!({"name": "x", "kind": "agent", "scopes": []}), json!(["body", "scopes"])),
        (json!({"name": "x", "kind": "agent", "scopes": ["assets:everything"]}), json!(["body", "scopes", 0])),
        (json!({"name": "", "kind": "agent", "scopes": ["admin"]}), json!(["body", "name"])),
        (json!({"name": "x", "kind": "agent", "scopes": ["admin"], "expires_at": "2020-01-01T00:00:00Z"}), json!(["body", "expires_at"])),
        (json!({"name": "x", "kind": "agent", "scopes": ["admin"], "workspace": "y"}), json!(["body", "workspace"])),
    ] {
        let refused = app.owner().create_key(body).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], place);
    }
}

#[tokio::test]
async fn a_revoked_key_fails_on_its_next_request() {
    let app = App::start().await;
    let (robot, other) = (app.agent("robot").await, app.agent("other").await);
    robot.whoami().await.status(200);
    app.owner().revoke_key(robot.prefix()).await.status(204);
    robot.whoami().await.status(401).problem("unauthenticated");
    other.whoami().await.status(200);
    app.command(&["key", "revoke", other.prefix()]).ok();
    other.whoami().await.status(401).problem("unauthenticated");
    app.owner().revoke_key(robot.prefix()).await.status(204);
    let keys = app.owner().keys().await.ok();
    assert_eq!(keys["items"].as_array().unwrap().iter().filter(|key| key["revoked_at"].is_string()).count(), 2);
    app.owner().revoke_key("00000000").await.status(404).problem("not_found");
    app.owner().revoke_key("not-a-prefix").await.status(422).problem("invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_in_use_all_the_time_fails_from_the_answer_to_its_revocation_on() {
    let app = App::start().await;
    for by_command in [false, true] {
        let robot = app.agent("robot").await;
        let used = Use::begin(&robot);
        tokio::time::sleep(Duration::from_millis(300)).await;
        if by_command {
            app.command(&["key", "revoke", robot.prefix()]).ok();
        } else {
            app.owner().revoke_key(robot.prefix()).await.status(204);
        }
        robot.whoami().await.status(401).problem("unauthenticated");
        assert!(used.end().await > 0, "it was in use meanwhile");
    }
}

#[tokio::test]
async fn a_key_expires() {
    let app = App::start().await;
    let end = app
        .command(&["key", "create", "--name", "brief", "--kind", "agent", "--scope", "assets:read", "--expires-at", "2099-01-01T00:00:00Z"])
        .ok();
    app.holder(&end).whoami().await.status(200);
    let now = chrono::DateTime::parse_from_rfc2822(&app.owner().whoami().await.need("date")).unwrap();
    let soon = (now + chrono::TimeDelta::seconds(3)).to_rfc3339();
    let made = app.owner().create_key(json!({"name": "brief", "kind": "agent", "scopes": ["assets:read"], "expires_at": soon})).await.ok();
    let brief = app.holder(made["key"].as_str().unwrap());
    brief.whoami().await.status(200);
    tokio::time::sleep(Duration::from_millis(3200)).await;
    brief.whoami().await.status(401).problem("unauthenticated");
}

#[tokio::test]
async fn keys_are_made_listed_and_revoked_on_the_command_line_beside_the_server() {
    let app = App::start().await;
    let key =
        app.command(&["key", "create", "--name", "robot", "--kind", "agent", "--scope", "assets:read", "--scope", "assets:write"]).ok();
    assert_eq!(key.lines().count(), 1);
    let robot = app.holder(&key);
    robot.create_copy("made with it").await.status(201);
    let line = |state: &str| format!("{}\t{state}\tagent\trobot\tassets:read,assets:write", robot.prefix());
    assert!(app.command(&["key", "list"]).ok().contains(&line("live")));
    app.command(&["key", "revoke", robot.prefix()]).ok();
    assert!(app.command(&["key", "list"]).ok().contains(&line("revoked")));
    robot.whoami().await.status(401);
    assert!(app.command(&["key", "revoke", "00000000"]).failed().contains("no such key"));
    app.command(&["key", "create", "--name", "x", "--kind", "robot", "--scope", "admin"]).failed();
    app.command(&["key", "create", "--name", "x", "--kind", "agent"]).failed();
    assert!(
        app.command(&["key", "create", "--workspace", "nowhere", "--name", "x", "--kind", "agent", "--scope", "admin"])
            .failed()
            .contains("nowhere")
    );
}
