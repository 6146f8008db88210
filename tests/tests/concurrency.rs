//! Changing what was seen, and nothing else.

use assets_tests::{App, Caller, Value, json};

async fn stage(app: &App) -> (Caller, Value, String) {
    let robot = app.agent("robot").await;
    let created = robot.create_copy("one").await.status(201);
    let etag = created.need("etag");
    (robot, created.ok(), etag)
}

#[tokio::test]
async fn a_tag_is_the_revision_and_the_window_of_links() {
    let app = App::start().await;
    let (robot, asset, etag) = stage(&app).await;
    let (revision, window) = etag.trim_matches('"').split_once('.').unwrap();
    assert_eq!((revision, asset["revision"].as_u64()), ("1", Some(1)));
    assert!(window.parse::<u64>().is_ok(), "{etag}");
    let submitted = robot.submit(&asset).await;
    assert!(submitted.need("etag").starts_with("\"2."));
    assert_eq!(submitted.ok()["revision"], 2);
}

#[tokio::test]
async fn a_change_can_insist_on_what_was_seen() {
    let app = App::start().await;
    let (robot, asset, seen) = stage(&app).await;
    robot.update(&asset, json!({"title": "Changed meanwhile"})).await.ok();
    let id = asset["id"].as_str().unwrap();
    let stale = [
        robot.submit(id),
        robot.archive(id),
        robot.update(id, json!({"title": "Lost"})),
        robot.add_text_version(id, "two"),
        robot.rollback(id, 1),
        robot.delete(id),
    ];
    for ask in stale {
        ask.header("if-match", &seen).await.status(412).problem("precondition_failed");
    }
    let now = robot.history(id).await;
    assert_eq!((now.json()["title"].as_str(), now.json()["revision"].as_u64()), (Some("Changed meanwhile"), Some(2)));
    robot.submit(id).header("if-match", now.need("etag")).await.status(200);
    robot.withdraw(id).header("if-match", "\"3.0\"").await.status(200);
    robot.submit(id).header("if-match", "*").await.status(200);
    for malformed in ["5", "\"5.0", "\"5.0\" \"4.0\""] {
        robot.withdraw(id).header("if-match", malformed).await.status(422).problem("invalid_request");
    }
    for foreign in ["\"x\"", "W/\"5.0\"", "\"3.0\", \"4.0\""] {
        robot.withdraw(id).header("if-match", foreign).await.status(412).problem("precondition_failed");
    }
    robot.withdraw(id).header("if-match", "\"x\", \"4.1\", \"5.1\"").await.status(200);
}

#[tokio::test]
async fn what_the_caller_has_is_not_sent_again() {
    let app = App::start().await;
    let (robot, asset, etag) = stage(&app).await;
    let same = robot.history(&asset).header("if-none-match", &etag).await;
    let fresh = robot.history(&asset).await.need("etag");
    if fresh == etag {
        assert_eq!(same.need("etag"), etag);
        assert!(same.status(304).bytes.is_empty());
    }
    let window = fresh.split_once('.').unwrap().1;
    robot.history(&asset).header("if-none-match", format!("\"1.0{window}")).await.status(200);
    robot.submit(&asset).await.ok();
    robot.history(&asset).header("if-none-match", &etag).await.status(200);
}

#[tokio::test]
async fn a_merge_patch_changes_what_it_names() {
    let app = App::start().await;
    let (robot, asset, _) = stage(&app).await;
    let all = json!({"title": "Title", "description": "About", "tags": ["brand:fern", "channel:email"]});
    assert_eq!(robot.update(&asset, all).await.ok()["description"], "About");
    let patched = robot.update(&asset, json!({"title": "Other"})).header("content-type", "application/merge-patch+json").await.ok();
    assert_eq!((&patched["title"], &patched["description"]), (&json!("Other"), &json!("About")));
    let cleared = robot.update(&asset, json!({"description": null, "tags": null})).await.ok();
    assert_eq!((&cleared["description"], &cleared["tags"]), (&Value::Null, &json!([])));
    let unchanged = robot.update(&asset, json!({})).await.ok();
    assert_eq!(unchanged["revision"], cleared["revision"]);
    for (patch, place) in [
        (json!({"title": null}), "title"),
        (json!({"title": ""}), "title"),
        (json!({"status": "approved"}), "status"),
        (json!({"type": "blog"}), "type"),
        (json!({"tags": ["x"]}), "tags"),
    ] {
        let refused = robot.update(&asset, patch).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"][1], place, "{refused}");
    }
    robot.archive(&asset).await.ok();
    robot.update(&asset, json!({"title": "Too late"})).await.status(409).problem("illegal_transition");
}
