//! From a draft to what is published and back.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use assets_tests::{App, Value, json, sample};

fn standing(asset: &Value) -> (&str, u64) {
    (asset["status"].as_str().unwrap(), asset["approved_version"]["number"].as_u64().unwrap_or_default())
}

#[tokio::test]
async fn an_asset_is_created_submitted_approved_and_published() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("Open a window.").await.status(201).ok();
    assert_eq!(asset["status"], "draft");
    assert_eq!(robot.submit(&asset).await.status(200).ok()["status"], "pending_review");
    assert_eq!(standing(&ann.approve(&asset).await.ok()), ("approved", 1));
    assert_eq!(app.publisher().await.approved_content(&asset).await.text(), "Open a window.");
}

#[tokio::test]
async fn an_agent_never_decides_and_is_told_where_a_person_can() {
    let app = App::start().await;
    let robot = app.key("agent", &["*"]).await;
    let asset = robot.create_copy("Open a window.").await.ok();
    robot.submit(&asset).await.ok();
    for (action, body) in [("approve", json!({})), ("request-changes", json!({"comment": "no"})), ("revoke", json!({"comment": "no"}))] {
        let refused = robot.act(&asset, action, body).await.status(403).problem("human_required");
        assert_eq!(refused["review_url"], format!("{}/review/{}", app.base(), asset["id"].as_str().unwrap()));
    }
    app.person("ann").await.approve(&asset).await.ok();
    robot.archive(&asset).await.status(403).problem("human_required");
    assert_eq!(standing(&robot.history(&asset).await.ok()), ("approved", 1));
}

#[tokio::test]
async fn an_author_approves_neither_with_the_same_key_nor_with_another_of_the_same_name() {
    let app = App::start().await;
    let (ann, again, ben) = (app.person("ann").await, app.person("ann").await, app.person("ben").await);
    let asset = ann.create_copy("Mine.").await.ok();
    ann.submit(&asset).await.ok();
    ann.approve(&asset).await.status(403).problem("self_approval");
    again.approve(&asset).await.status(403).problem("self_approval");
    ben.add_text_version(&asset, "Yours.").await.ok();
    ben.add_text_version(&asset, "Mine.").await.ok();
    ben.submit(&asset).await.ok();
    ann.approve(&asset).await.status(403).problem("self_approval");
    ben.approve(&asset).await.status(403).problem("self_approval");
    assert_eq!(standing(&app.person("cleo").await.approve(&asset).await.ok()), ("approved", 3));
}

#[tokio::test]
async fn a_new_version_is_a_draft_and_publishers_still_get_the_approved_bytes() {
    let app = App::start().await;
    let (robot, ann, publisher) = (app.agent("robot").await, app.person("ann").await, app.publisher().await);
    let hero = sample("hero.png");
    let asset = robot.create_sample(&hero).await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    let again = robot.add_file_version(&asset, "hero-2.jpg", "image/jpeg", sample("tulips.jpg").bytes).await.status(201).ok();
    assert_eq!(standing(&again), ("draft", 1));
    assert_eq!(again["latest_version"]["number"], 2);
    assert_eq!(publisher.approved_content(&asset).await.status(200).bytes, hero.bytes);
    robot.submit(&asset).await.ok();
    let sent_back = ann.request_changes(&asset, "The other one was better.").await.ok();
    assert_eq!(standing(&sent_back), ("draft", 1));
    assert_eq!(sent_back["latest_version"]["status"], "changes_requested");
    assert_eq!(publisher.approved_content(&asset).await.status(200).bytes, hero.bytes);
}

#[tokio::test]
async fn the_next_approval_supersedes_the_one_before() {
    let app = App::start().await;
    let (robot, ann, publisher) = (app.agent("robot").await, app.person("ann").await, app.publisher().await);
    let asset = robot.create_copy("one").await.ok();
    for text in ["one", "two"] {
        if text != "one" {
            robot.add_text_version(&asset, text).await.ok();
        }
        robot.submit(&asset).await.ok();
        ann.approve(&asset).await.ok();
        assert_eq!(publisher.approved_content(&asset).await.text(), text);
    }
    let history = robot.history(&asset).await.ok();
    assert_eq!((&history["versions"][0]["status"], &history["versions"][1]["status"]), (&json!("approved"), &json!("superseded")));
}

#[tokio::test]
async fn a_rollback_by_a_person_carries_an_approval_that_holds() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("good").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    robot.add_text_version(&asset, "worse").await.ok();
    let back = ann.rollback(&asset, 1).await.status(201).ok();
    assert_eq!(standing(&back), ("approved", 3));
    assert_eq!(back["latest_version"]["restored_from"], 1);
    let history = ann.history(&asset).await.ok();
    let carried = history["decisions"].as_array().unwrap().last().unwrap();
    assert_eq!((&carried["action"], &carried["carried_from"], &carried["by"]["name"]), (&json!("approve"), &json!(1), &json!("ann")));
    let by_robot = robot.rollback(&asset, 1).await.status(201).ok();
    assert_eq!(standing(&by_robot), ("draft", 3));
}

#[tokio::test]
async fn an_approval_that_was_taken_back_is_never_carried() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("good").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    robot.add_text_version(&asset, "better").await.ok();
    assert_eq!(standing(&ann.revoke(&asset, "It was not.").await.ok()), ("draft", 0));
    assert_eq!(standing(&ann.rollback(&asset, 1).await.ok()), ("draft", 0));
    ann.archive(&asset).await.ok();
    ann.restore(&asset).await.ok();
    assert_eq!(standing(&ann.rollback(&asset, 1).await.ok()), ("draft", 0));
}

#[tokio::test]
async fn revoking_never_falls_back_to_an_earlier_version() {
    let app = App::start().await;
    let (robot, ann, publisher) = (app.agent("robot").await, app.person("ann").await, app.publisher().await);
    let asset = robot.create_copy("one").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    robot.add_text_version(&asset, "two").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    assert_eq!(standing(&ann.revoke(&asset, "A wrong price.").await.ok()), ("draft", 0));
    ann.approved_content(&asset).await.status(404).problem("not_approved");
    publisher.history(&asset).await.status(404).problem("not_found");
}

#[tokio::test]
async fn changes_requested_of_approved_bytes_end_their_approval() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("same").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    robot.add_text_version(&asset, "same").await.ok();
    robot.submit(&asset).await.ok();
    assert_eq!(standing(&ann.request_changes(&asset, "No longer.").await.ok()), ("draft", 0));
    ann.approved(&asset).await.status(404).problem("not_approved");
}

#[tokio::test]
async fn archiving_ends_the_approval_and_restoring_does_not_bring_it_back() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("good").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    let archived = ann.archive(&asset).await.ok();
    assert_eq!((standing(&archived), &archived["preview_url"]), (("archived", 0), &Value::Null));
    ann.approved_content(&asset).await.status(404).problem("not_approved");
    assert_eq!(standing(&robot.restore(&asset).await.ok()), ("draft", 0));
    robot.submit(&asset).await.ok();
    assert_eq!(standing(&ann.approve(&asset).await.ok()), ("approved", 1));
}

#[tokio::test]
async fn a_decision_names_the_bytes_it_was_made_on() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("seen").await.ok();
    let digest = asset["latest_version"]["content"]["digest"].clone();
    robot.add_text_version(&asset, "came in meanwhile").await.ok();
    robot.submit(&asset).await.ok();
    for seen in [json!({"version": 1}), json!({"digest": digest}), json!({"version": 2, "digest": digest})] {
        let stale = ann.act(&asset, "approve", seen).await.status(409).problem("stale_version");
        assert_eq!(stale["current_version"], 2);
        assert_ne!(stale["current_digest"], digest);
    }
    ann.approve(&asset).await.ok();
    let named = json!({"version": 1, "digest": digest, "comment": "that one"});
    ann.act(&asset, "revoke", named).await.status(409).problem("stale_version");
    let history = ann.history(&asset).await.ok();
    assert_eq!(history["decisions"].as_array().unwrap().len(), 2, "{history}");
    assert_eq!(history["decisions"][1]["bytes_named"], false);
}

#[tokio::test]
async fn taking_back_needs_a_comment() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("good").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    for action in ["request-changes", "revoke"] {
        let refused = ann.act(&asset, action, json!({})).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], json!(["body", "comment"]));
    }
    assert_eq!(standing(&ann.history(&asset).await.ok()), ("approved", 1));
}

#[tokio::test]
async fn a_draft_that_was_never_approved_can_be_deleted_and_nothing_else() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let gone = robot.create_copy("a mistake").await.ok();
    robot.delete(&gone).await.status(204).ok();
    robot.history(&gone).await.status(404).problem("not_found");
    robot.content(&gone, 1).await.status(404).problem("not_found");

    let kept = robot.create_copy("not a mistake").await.ok();
    robot.submit(&kept).await.ok();
    let refused = robot.delete(&kept).await.status(409).problem("not_deletable");
    assert_eq!(refused["current_status"], "pending_review");
    assert_eq!(refused["legal_actions"], json!(["withdraw", "archive", "add_version", "rollback", "update"]));
    ann.approve(&kept).await.ok();
    ann.revoke(&kept, "no").await.ok();
    let refused = ann.delete(&kept).await.status(409).problem("not_deletable");
    assert_eq!(refused["current_status"], "draft");
}

#[tokio::test]
async fn what_was_done_survives_a_restart() {
    let mut app = App::start().await;
    let (robot, ann, publisher) = (app.agent("robot").await, app.person("ann").await, app.publisher().await);
    let asset = robot.create_copy("Here to stay.").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    app.restart().await;
    assert_eq!(publisher.approved_content(&asset).await.text(), "Here to stay.");
    assert_eq!(robot.history(&asset).await.ok()["decisions"].as_array().unwrap().len(), 2);
}
