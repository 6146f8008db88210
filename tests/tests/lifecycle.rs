//! What can happen to an asset, over REST.

use assets_tests::{App, json};

#[tokio::test]
async fn an_asset_is_created_submitted_approved_and_published() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("Open a window.").await.ok();
    assert_eq!(asset["status"], "draft");
    assert_eq!(robot.submit(&asset).await.ok()["status"], "pending_review");
    let refused = robot.approve(&asset).await.status(403).problem("human_required");
    assert!(refused["review_url"].as_str().unwrap().contains(asset["id"].as_str().unwrap()));
    let approved = ann.approve(&asset).await.ok();
    assert_eq!((&approved["status"], &approved["approved_version"]["number"]), (&json!("approved"), &json!(1)));
    assert_eq!(app.publisher().await.approved_content(&asset).await.text(), "Open a window.");
}
