//! The same POST, sent again.

use std::future::IntoFuture;

use assets_tests::{App, json, sample};

#[tokio::test]
async fn a_repetition_has_one_effect_and_the_first_answer() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let first = robot.create_copy("once").once("k1").await.status(201);
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = robot.create_copy("once").once("k1").await.status(201);
    assert_eq!(again.need("idempotency-replayed"), "true");
    assert_eq!(again.bytes, first.bytes);
    for name in ["etag", "location", "content-type"] {
        assert_eq!(again.need(name), first.need(name));
    }
    assert_eq!(robot.list(&[("include", "total")]).await.ok()["total"], 1);
}

#[tokio::test]
async fn a_transition_is_repeated_as_it_was_answered_whatever_came_since() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let asset = robot.create_copy("once").await.ok();
    let first = robot.submit(&asset).once("k").await.status(200);
    robot.withdraw(&asset).await.ok();
    let again = robot.submit(&asset).once("k").await.status(200);
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(robot.history(&asset).await.ok()["status"], "draft");
    let version = robot.add_text_version(&asset, "two").once("v").await.status(201);
    assert_eq!(robot.add_text_version(&asset, "two").once("v").await.status(201).bytes, version.bytes);
    let back = robot.rollback(&asset, 1).once("r").await.status(201);
    assert_eq!(robot.rollback(&asset, 1).once("r").await.status(201).bytes, back.bytes);
    assert_eq!(robot.history(&asset).await.ok()["versions"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_key_is_not_used_for_another_body() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    robot.create_copy("once").once("k").await.status(201);
    robot.create_copy("twice").once("k").await.status(422).problem("idempotency_mismatch");
    assert_eq!(robot.list(&[("include", "total")]).await.ok()["total"], 1);
}

#[tokio::test]
async fn a_key_belongs_to_its_caller_and_path() {
    let app = App::start().await;
    let (robot, other) = (app.agent("robot").await, app.agent("other").await);
    let one = robot.create_copy("once").once("k").await.status(201).ok();
    let two = other.create_copy("once").once("k").await.status(201).ok();
    assert_ne!(one["id"], two["id"]);
    assert_eq!(robot.submit(&one).once("k").await.ok()["id"], one["id"]);
    assert_eq!(robot.submit(&two).once("k").await.ok()["id"], two["id"]);
}

#[tokio::test]
async fn an_upload_is_known_by_its_metadata_and_its_content() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let (hero, tulips) = (sample("hero.png"), sample("tulips.jpg"));
    let first = robot.create_sample(&hero).once("k").await.status(201);
    let files = app.stored().await;
    // Every client takes another boundary each time.
    let again = robot.create_sample(&hero).once("k").await.status(201);
    assert_eq!((again.need("idempotency-replayed"), again.bytes), ("true".to_owned(), first.bytes));
    let other = robot.create_file("image", "hero.png", "image/jpeg", tulips.bytes).once("k").await;
    other.status(422).problem("idempotency_mismatch");
    let renamed = robot.create_file("image", "other.png", "image/png", hero.bytes).once("k").await;
    renamed.status(422).problem("idempotency_mismatch");
    assert_eq!(app.stored().await, files);
}

#[tokio::test]
async fn a_secret_is_not_shown_again() {
    let app = App::start().await;
    let body = json!({"name": "site", "kind": "service", "scopes": ["assets:read"]});
    let first = app.owner().create_key(body.clone()).once("k").await.status(201).ok();
    let again = app.owner().create_key(body).once("k").await.status(201).ok();
    assert!(first["key"].is_string() && again.get("key").is_none(), "{again}");
    assert_eq!(again["prefix"], first["prefix"]);
    let keys = app.owner().keys().await.ok();
    assert_eq!(keys["items"].as_array().unwrap().iter().filter(|key| key["name"] == "site").count(), 1);
}

#[tokio::test]
async fn a_refusal_is_an_answer_too() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("once").await.ok();
    let first = ann.approve(&asset).once("k").await.status(409);
    robot.submit(&asset).await.ok();
    let again = ann.approve(&asset).once("k").await.status(409);
    assert_eq!((again.need("idempotency-replayed"), &again.bytes), ("true".to_owned(), &first.bytes));
    again.problem("illegal_transition");
    assert_eq!(ann.approve(&asset).once("k2").await.ok()["status"], "approved");
}

#[tokio::test]
async fn a_concurrent_duplicate_waits_for_the_first() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let ask = || robot.create_copy("at once").once("k").into_future();
    let replies = futures_util::future::join_all((0..8).map(|_| ask())).await;
    let ids: std::collections::BTreeSet<_> = replies.iter().map(|reply| reply.json()["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(replies.iter().filter(|reply| reply.header("idempotency-replayed").is_none()).count(), 1);
    assert_eq!(robot.list(&[("include", "total")]).await.ok()["total"], 1);
}

#[tokio::test]
async fn answers_are_remembered_across_a_restart() {
    let mut app = App::start().await;
    let robot = app.agent("robot").await;
    let first = robot.create_copy("once").once("k").await.status(201);
    app.restart().await;
    assert_eq!(robot.create_copy("once").once("k").await.status(201).bytes, first.bytes);
}

#[tokio::test]
async fn a_malformed_key_is_refused() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    for malformed in ["", "a b", &"x".repeat(256)] {
        let refused = robot.create_copy("x").once(malformed).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], json!(["header", "Idempotency-Key"]));
    }
    robot.create_copy("x").once("a").once("b").await.status(422).problem("invalid_request");
    assert_eq!(robot.list(&[("include", "total")]).await.ok()["total"], 0);
}
