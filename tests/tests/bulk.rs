//! Many decisions in one request.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use assets_tests::{App, Caller, Value, json};

fn decision(asset: &Value, action: &str) -> Value {
    let latest = &asset["latest_version"];
    json!({"asset_id": asset["id"], "action": action, "version": latest["number"], "digest": latest["content"]["digest"]})
}

async fn pending(robot: &Caller, text: &str) -> Value {
    let asset = robot.create_copy(text).await.ok();
    robot.submit(&asset).await.ok()
}

#[tokio::test]
async fn each_decision_stands_for_itself_and_the_results_are_in_order() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let own = ann.create_copy("own").await.ok();
    ann.submit(&own).await.ok();
    let (good, draft, stale) = (pending(&robot, "good").await, robot.create_copy("draft").await.ok(), pending(&robot, "stale").await);
    robot.add_text_version(&stale, "newer").await.ok();
    robot.submit(&stale).await.ok();
    let back = pending(&robot, "back").await;
    app.workspace("elsewhere");
    let theirs = pending(&app.key_in("elsewhere", "eve", "agent", &["assets:write", "assets:read"]), "theirs").await;
    let mut nowhere = decision(&good, "approve");
    nowhere["asset_id"] = json!("01900000-0000-7000-8000-000000000000");
    let mut commented = decision(&back, "request_changes");
    commented["comment"] = json!("Shorter.");
    let decisions = [
        decision(&good, "approve"),
        decision(&draft, "approve"),
        nowhere,
        decision(&theirs, "approve"),
        decision(&stale, "approve"),
        decision(&own, "approve"),
        decision(&back, "request_changes"),
        commented,
        decision(&good, "approve"),
    ];
    let results = ann.decide(&decisions).await.status(200).ok();
    let results = results["results"].as_array().unwrap();
    let told: Vec<_> =
        results.iter().map(|one| (one["status"].as_u64().unwrap(), one["problem"]["code"].as_str().unwrap_or_default())).collect();
    let expected = [
        (200, ""),
        (409, "illegal_transition"),
        (404, "not_found"),
        (404, "not_found"),
        (409, "stale_version"),
        (403, "self_approval"),
        (422, "invalid_request"),
        (200, ""),
        (200, ""),
    ];
    assert_eq!(told, expected);
    for (result, decision) in results.iter().zip(&decisions) {
        assert_eq!(result["asset_id"], decision["asset_id"]);
        assert_eq!(result.get("asset").is_some(), result["status"] == 200);
        assert_eq!(result.get("problem").is_some(), result["status"] != 200);
    }
    assert_eq!(results[0]["asset"]["status"], "approved");
    assert_eq!(ann.history(&good).await.ok()["decisions"][1]["bytes_named"], true);
    assert_eq!(ann.history(&stale).await.ok()["status"], "pending_review");
}

#[tokio::test]
async fn an_agent_decides_nothing_in_bulk_either() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let (one, two) = (robot.create_copy("one").await.ok(), pending(&robot, "two").await);
    let results = robot.decide(&[decision(&one, "submit"), decision(&two, "approve")]).await.status(200).ok();
    assert_eq!(results["results"][0]["asset"]["status"], "pending_review");
    assert_eq!(results["results"][1]["problem"]["code"], "human_required");
    let review = results["results"][1]["problem"]["review_url"].as_str().unwrap();
    assert!(review.ends_with(two["id"].as_str().unwrap()), "{review}");
}

#[tokio::test]
async fn one_to_five_hundred_are_taken() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = pending(&robot, "one").await;
    let all: Vec<_> = (0..500).map(|_| decision(&asset, "approve")).collect();
    let results = ann.decide(&all).await.status(200).ok();
    assert!(results["results"].as_array().unwrap().iter().all(|one| one["status"] == 200));
    assert_eq!(ann.history(&asset).await.ok()["decisions"].as_array().unwrap().len(), 2);
    let many: Vec<_> = (0..501).map(|_| decision(&asset, "approve")).collect();
    for wrong in [&[][..], &many] {
        let refused = ann.decide(wrong).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], json!(["body", "decisions"]));
    }
}

#[tokio::test]
async fn bytes_are_always_named() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = pending(&robot, "one").await;
    for missing in ["version", "digest", "action", "asset_id"] {
        let mut one = decision(&asset, "approve");
        one.as_object_mut().unwrap().remove(missing);
        let refused = ann.decide(&[one]).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], json!(["body", "decisions", 0, missing]));
    }
    assert_eq!(ann.history(&asset).await.ok()["status"], "pending_review");
}
