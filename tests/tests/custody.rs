//! How much a workspace may have, and what goes by itself.

use assets_tests::{App, Method, Records, json};
use futures_util::future::join_all;

async fn usage(app: &App) -> assets_tests::Value {
    app.owner().get("/api/v1/admin/usage").await.ok()
}

#[tokio::test]
async fn what_there_is_is_counted_and_what_would_be_too_much_is_refused() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let asset = robot.create_copy("12345").await.ok();
    let now = usage(&app).await;
    assert_eq!(now, json!({"assets": 1, "bytes": 5, "uploading_bytes": 0, "quota": {"assets": null, "bytes": null}}));
    let said = app.command(&["workspace", "quota", "default", "--bytes", "12", "--assets", "3"]).ok();
    assert!(said.contains("1 of 3 assets") && said.contains("5 of 12 bytes"), "{said}");

    robot.create_copy("67890").await.ok();
    for refused in [robot.create_copy("abc").await, robot.add_text_version(&asset, "abcdefgh").await] {
        refused.status(403).problem("quota_exceeded");
    }
    let file = robot.create_file("copy", "long.txt", "text/plain", "x".repeat(100)).await;
    file.status(403).problem("quota_exceeded");
    robot.create_copy("ab").await.ok();
    app.command(&["workspace", "quota", "default", "--bytes", "none"]).ok();
    robot.create_copy("one asset more").await.status(403).problem("quota_exceeded");
    app.command(&["workspace", "quota", "default", "--bytes", "14"]).ok();
    robot.rollback(&asset, 1).await.ok();
    let begin = robot.ask(Method::POST, "/api/v1/assets/uploads").header("tus-resumable", "1.0.0").header("upload-length", "3");
    begin.await.status(403).problem("quota_exceeded");
    let begin = robot.ask(Method::POST, "/api/v1/assets/uploads").header("tus-resumable", "1.0.0").header("upload-length", "2");
    let begin = begin.header("content-type", "application/offset+octet-stream").body("ab").await.status(201);
    assert_eq!(usage(&app).await["uploading_bytes"], json!(2));
    let path = format!("/api/v1/assets/uploads/{}", begin.need("location").rsplit('/').next().unwrap());
    robot.ask(Method::DELETE, &path).header("tus-resumable", "1.0.0").await.status(204);
    assert_eq!(usage(&app).await, json!({"assets": 3, "bytes": 12, "uploading_bytes": 0, "quota": {"assets": 3, "bytes": 14}}));

    // Others are not touched, and more room is at once.
    app.workspace("elsewhere");
    app.key_in("elsewhere", "eve", "agent", &["assets:write"]).create_copy("a text of theirs").await.ok();
    app.command(&["workspace", "quota", "default", "--bytes", "none", "--assets", "none"]).ok();
    robot.create_copy("abc").await.ok();
    robot.get("/api/v1/admin/usage").await.problem("forbidden_scope");
}

#[tokio::test]
async fn a_race_of_many_does_not_pass_the_quota() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    app.command(&["workspace", "quota", "default", "--bytes", "60", "--assets", "50"]).ok();
    let texts: Vec<String> = (0..40).map(|number| format!("text {number:5}")).collect();
    let replies = join_all(texts.iter().map(|text| async { robot.create_copy(text).await.status })).await;
    assert_eq!(replies.iter().filter(|status| **status == 201).count(), 6, "{replies:?}");
    assert!(replies.iter().all(|status| matches!(status, 201 | 403)), "{replies:?}");
    assert_eq!(usage(&app).await["bytes"], json!(60));
}

#[tokio::test]
async fn drafts_go_with_the_sweep_when_their_time_is_over_and_not_before() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let draft = robot.create_copy("a draft").await.ok();
    let pending = robot.create_copy("pending").await.ok();
    let pending = robot.submit(&pending).await.ok();
    let refused = app.command(&["workspace", "retention", "default", "--drafts", "0"]).failed();
    assert!(refused.contains("1 to 3660"), "{refused}");
    app.command(&["workspace", "retention", "default", "--drafts", "1"]).ok();
    let said = app.command(&["gc"]).ok();
    assert!(said.contains("0 drafts past their time"), "{said}");
    assert_eq!(robot.list(&[]).await.ok()["items"].as_array().unwrap().len(), 2);

    // As if nobody had come near either of them since 2020.
    let records = Records::to_tamper(&app).await;
    for asset in [&draft, &pending] {
        let which = format!("body LIKE '%{}%'", asset["id"].as_str().unwrap());
        let at = records.number(&format!("SELECT updated_at FROM listing WHERE {which}")).await;
        let aged = format!("replace(body, '\"updated_at\":{at}', '\"updated_at\":1577836800000000')");
        records.change(&format!("UPDATE listing SET updated_at = 1577836800000000, body = {aged} WHERE {which}")).await;
    }
    let said = app.command(&["gc"]).ok();
    assert!(said.contains("1 drafts past their time"), "{said}");
    robot.get(&format!("/api/v1/assets/{}", draft["id"].as_str().unwrap())).await.problem("not_found");
    assert_eq!(robot.list(&[]).await.ok()["items"][0]["id"], pending["id"], "what waits for a person stays");
    let told = app.owner().get("/api/v1/assets/events?type=asset.deleted").await.ok();
    assert_eq!(told["items"][0]["data"]["by"]["name"], "retention");
}
