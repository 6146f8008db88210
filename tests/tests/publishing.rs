//! What publishers see: each asset as if its approved version were the only one.

use assets_tests::{App, Caller, Value, json};

struct Stage {
    robot: Caller,
    ann: Caller,
    publisher: Caller,
    asset: Value,
}

fn copy(title: &str, campaign: &str, text: &str) -> Value {
    let provenance = json!({"agent_slug": "copywriter", "campaign_id": campaign});
    json!({"type": "copy", "title": title, "tags": ["channel:email"], "provenance": provenance, "content": {"text": text}})
}

/// An asset whose second version is approved, whose third is a draft of another campaign, and whose title has changed since.
async fn stage(app: &App) -> Stage {
    let (robot, ann, publisher) = (app.agent("robot").await, app.person("ann").await, app.publisher().await);
    let asset = robot.create(copy("As approved", "spring", "first")).await.ok();
    robot.add_text_version(&asset, "approved words").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    let third = json!({"provenance": {"campaign_id": "summer"}, "content": {"text": "unfinished secrets"}});
    robot.act(&asset, "versions", third).await.ok();
    let asset = robot.update(&asset, json!({"title": "Not yet approved", "tags": ["channel:print"], "description": "New"})).await.ok();
    Stage { robot, ann, publisher, asset }
}

#[tokio::test]
async fn the_approved_version_is_all_there_is() {
    let app = App::start().await;
    let Stage { publisher, asset, .. } = stage(&app).await;
    let seen = publisher.history(&asset).await.ok();
    assert_eq!((&seen["status"], &seen["title"], &seen["description"]), (&json!("approved"), &json!("As approved"), &Value::Null));
    assert_eq!((&seen["tags"], &seen["provenance"]["campaign_id"]), (&json!(["channel:email"]), &json!("spring")));
    assert_eq!((&seen["latest_version"]["number"], &seen["approved_version"]["number"]), (&json!(2), &json!(2)));
    let numbers: Vec<_> = seen["versions"].as_array().unwrap().iter().map(|version| version["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [2]);
    assert!(!seen.to_string().contains("summer") && !seen.to_string().contains("Not yet"), "{seen}");
    assert!(seen["decisions"].as_array().unwrap().iter().all(|decision| decision["version"] == 2), "{seen}");
}

#[tokio::test]
async fn other_versions_do_not_exist() {
    let app = App::start().await;
    let Stage { publisher, asset, .. } = stage(&app).await;
    for number in [1, 3] {
        publisher.version(&asset, number).await.status(404).problem("not_found");
        publisher.content(&asset, number).await.status(404).problem("not_found");
        publisher.preview_url(&asset).query(&[("version", &number.to_string())]).await.status(404).problem("not_found");
    }
    assert_eq!(publisher.version(&asset, 2).await.ok()["number"], 2);
    assert_eq!(publisher.content(&asset, 2).await.text(), "approved words");
    assert_eq!(publisher.approved(&asset).await.ok()["number"], 2);
    assert_eq!(publisher.approved_content(&asset).await.text(), "approved words");
}

#[tokio::test]
async fn links_lead_to_the_approved_version() {
    let app = App::start().await;
    let Stage { publisher, robot, asset, .. } = stage(&app).await;
    let given = publisher.preview_url(&asset).await.ok();
    assert_eq!(app.follow(given["url"].as_str().unwrap()).await.text(), "approved words");
    let seen = publisher.history(&asset).await.ok();
    assert_eq!(app.follow(seen["preview_url"].as_str().unwrap()).await.text(), "approved words");
    let draft = robot.history(&asset).await.ok();
    assert_eq!(app.follow(draft["preview_url"].as_str().unwrap()).await.text(), "unfinished secrets");
}

#[tokio::test]
async fn lists_and_their_filters_look_at_what_is_approved_alone() {
    let app = App::start().await;
    let Stage { robot, publisher, asset, .. } = stage(&app).await;
    robot.create(copy("A draft", "spring", "words")).await.ok();
    let found = async |who: &Caller, filter: (&str, &str)| {
        let page = who.list(&[filter, ("include", "total")]).await.ok();
        assert_eq!(page["total"], page["items"].as_array().unwrap().len(), "{page}");
        page["items"].as_array().unwrap().iter().any(|item| item["id"] == asset["id"])
    };
    let approved = asset["approved_version"]["content"]["digest"].as_str().unwrap();
    let latest = asset["latest_version"]["content"]["digest"].as_str().unwrap();
    for (filter, for_publisher, for_robot) in [
        (("campaign_id", "spring"), true, false),
        (("campaign_id", "summer"), false, true),
        (("status", "approved"), true, false),
        (("status", "draft"), false, true),
        (("tag", "channel:email"), true, false),
        (("tag", "channel:print"), false, true),
        (("q", "approved words"), true, false),
        (("q", "secrets"), false, true),
        (("digest", approved), true, false),
        (("digest", latest), false, true),
        (("has_approved", "true"), true, true),
        (("has_approved", "false"), false, false),
    ] {
        assert_eq!(found(&publisher, filter).await, for_publisher, "{filter:?}");
        assert_eq!(found(&robot, filter).await, for_robot, "{filter:?}");
    }
    let page = publisher.list(&[]).await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert!(!page.to_string().contains("summer") && !page.to_string().contains("Not yet"), "{page}");
}

#[tokio::test]
async fn what_is_not_approved_or_no_longer_is_not_there() {
    let app = App::start().await;
    let Stage { robot, ann, publisher, asset } = stage(&app).await;
    let draft = robot.create(copy("A draft", "spring", "words")).await.ok();
    publisher.history(&draft).await.status(404).problem("not_found");
    publisher.approved(&draft).await.status(404);
    robot.approved(&draft).await.status(404).problem("not_approved");
    ann.revoke(&asset, "A wrong price.").await.ok();
    publisher.history(&asset).await.status(404).problem("not_found");
    publisher.approved_content(&asset).await.status(404);
    publisher.preview_url(&asset).await.status(404).problem("not_found");
    assert_eq!(publisher.list(&[]).await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_publisher_changes_nothing() {
    let app = App::start().await;
    let Stage { publisher, asset, .. } = stage(&app).await;
    let refused = publisher.submit(&asset).await.status(403).problem("forbidden_scope");
    assert_eq!(refused["required_scope"], "assets:write");
    publisher.create_copy("x").await.status(403).problem("forbidden_scope");
    publisher.update(&asset, json!({"title": "x"})).await.status(403).problem("forbidden_scope");
    publisher.delete(&asset).await.status(403).problem("forbidden_scope");
    publisher.keys().await.status(403).problem("forbidden_scope");
}
