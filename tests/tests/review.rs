//! What is said on the way to a decision: changes that are asked for point by point, answers, and comments.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use assets_tests::{App, Caller, Value, json};

struct Desk {
    _app: App,
    robot: Caller,
    ann: Caller,
}

impl Desk {
    async fn set() -> Self {
        let app = App::start().await;
        Self { robot: app.agent("robot").await, ann: app.person("ann").await, _app: app }
    }

    /// A copy that Ann sent back with a point that blocks and a suggestion.
    async fn sent_back(&self) -> Value {
        let asset = self.robot.create_copy("Plant something.").await.ok();
        self.robot.submit(&asset).await.ok();
        let points = json!([
            {"text": "say what", "anchor": {"kind": "text", "start": 6, "end": 15, "quote": "something"}},
            {"text": "a shorter title would help", "severity": "suggestion"},
        ]);
        self.ann.send_back(&asset, points).await.ok();
        self.robot.history(&asset).await.ok()
    }

    /// The ids of the points of the newest request.
    async fn points(&self, asset: &Value) -> Vec<String> {
        let requests = self.robot.change_requests(asset).await.ok();
        let items = requests["items"][0]["items"].as_array().unwrap().iter();
        items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn answers(&self, asset: &Value, text: &str, point: &str) -> assets_tests::Reply {
        let body = json!({"content": {"text": text}, "answers": [{"item_id": point, "text": "an oak"}]});
        self.robot.act(asset, "versions", body).await
    }
}

#[tokio::test]
async fn an_agent_reads_what_is_wanted_answers_it_and_submits_again() {
    let desk = Desk::set().await;
    let asset = desk.sent_back().await;
    let refused = desk.robot.submit(&asset).await.status(409).problem("open_change_requests");
    assert_eq!(refused["open_items"].as_array().unwrap().len(), 1, "a suggestion blocks nothing: {refused}");
    assert_eq!(refused["open_items"][0]["anchor"], json!({"kind": "text", "start": 6, "end": 15, "quote": "something"}));
    assert!(!refused["legal_actions"].as_array().unwrap().contains(&json!("submit")), "{refused}");

    let points = desk.points(&asset).await;
    let answered = desk.answers(&asset, "Plant an oak.", &points[0]).await.status(201).ok();
    assert_eq!(answered["latest_version"].get("answers"), None, "lists stay small");
    assert_eq!(desk.robot.version(&asset, 2).await.ok()["answers"], json!([{"item_id": points[0], "text": "an oak"}]));
    let request = &desk.robot.change_requests(&asset).await.ok()["items"][0];
    assert_eq!((&request["comment"], &request["open"], &request["version"]), (&json!("not yet"), &json!(true), &json!(1)));
    let settled = &request["items"][0];
    assert_eq!(
        (&settled["state"], &settled["answer"]["version"], &settled["answer"]["by"]["name"]),
        (&json!("answered"), &json!(2), &json!("robot"))
    );
    assert_eq!(request["items"][1]["state"], "open");
    assert_eq!(desk.robot.submit(&asset).await.ok()["status"], "pending_review");
}

#[tokio::test]
async fn what_blocks_holds_in_bulk_as_well() {
    let desk = Desk::set().await;
    let asset = desk.sent_back().await;
    let digest = &asset["latest_version"]["content"]["digest"];
    let decision = |action| json!({"asset_id": asset["id"], "action": action, "version": 1, "digest": digest});
    let results = desk.robot.decide(&[decision("submit")]).await.ok();
    assert_eq!(results["results"][0]["problem"]["code"], "open_change_requests", "{results}");
    let results = desk.ann.decide(&[decision("dismiss"), decision("submit")]).await.ok();
    let statuses: Vec<_> = results["results"].as_array().unwrap().iter().map(|result| result["asset"]["status"].clone()).collect();
    assert_eq!(statuses, ["draft", "pending_review"]);
    let dismissed = desk.ann.history(&asset).await.ok()["decisions"][2].clone();
    assert_eq!((&dismissed["action"], dismissed["dismissed"].as_array().unwrap().len()), (&json!("dismiss"), 2));
}

#[tokio::test]
async fn bad_points_and_answers_are_named_by_their_place() {
    let desk = Desk::set().await;
    let asset = desk.sent_back().await;
    let points = desk.points(&asset).await;
    let place = |refused: Value| refused["errors"][0]["loc"].clone();
    let unknown = "0192f0c1-2345-7abc-8def-0123456789ab";
    let refused = desk.answers(&asset, "x", unknown).await.status(422).problem("invalid_request");
    assert_eq!(place(refused), json!(["body", "answers", 0, "item_id"]));
    let by_rollback = json!({"to_version": 1, "answers": [{"item_id": unknown, "text": "no"}]});
    assert_eq!(place(desk.robot.act(&asset, "rollback", by_rollback).await.status(422).json()), json!(["body", "answers", 0, "item_id"]));
    let refused = desk.ann.act(&asset, "dismiss", json!({"item_ids": [points[0], unknown]})).await.status(422).json();
    assert_eq!(place(refused), json!(["body", "item_ids", 1]));
    assert_eq!(place(desk.ann.act(&asset, "dismiss", json!({"item_ids": []})).await.status(422).json()), json!(["body", "item_ids"]));
    desk.ann.act(&asset, "dismiss", json!({"item_ids": [points[0]], "comment": "never mind"})).await.ok();
    desk.robot.submit(&asset).await.ok();
    for (items, wrong) in [
        (json!([{"text": "x", "anchor": {"kind": "page", "page": 1}}]), json!(["body", "items", 0, "anchor"])),
        (json!([{"text": "x"}, {"text": "x", "anchor": {"kind": "text", "start": 3, "end": 3}}]), json!(["body", "items", 1, "anchor"])),
        (json!([{"text": ""}]), json!(["body", "items", 0, "text"])),
        (json!([{"text": "x", "severity": "fatal"}]), json!(["body", "items", 0, "severity"])),
    ] {
        assert_eq!(place(desk.ann.send_back(&asset, items).await.status(422).json()), wrong);
    }
    let without = desk.ann.act(&asset, "approve", json!({"items": [{"text": "x"}]})).await.status(422).json();
    assert_eq!(place(without), json!(["body", "items"]));
}

#[tokio::test]
async fn a_file_answers_as_text_does() {
    let desk = Desk::set().await;
    let asset = desk.sent_back().await;
    let points = desk.points(&asset).await;
    let metadata = json!({"answers": [{"item_id": points[0], "text": "an oak"}]});
    let path = format!("/api/v1/assets/{}/versions", asset["id"].as_str().unwrap());
    desk.robot.upload(&path, metadata, "copy.md", "text/markdown", "Plant an oak.").await.status(201);
    assert_eq!(desk.robot.submit(&asset).await.ok()["status"], "pending_review");
}

#[tokio::test]
async fn requests_are_listed_page_by_page_and_the_open_ones_alone() {
    let desk = Desk::set().await;
    let asset = desk.sent_back().await;
    let points = desk.points(&asset).await;
    desk.ann.act(&asset, "dismiss", json!({})).await.ok();
    desk.robot.submit(&asset).await.ok();
    desk.ann.send_back(&asset, json!([])).await.ok();
    let path = format!("/api/v1/assets/{}/change-requests", asset["id"].as_str().unwrap());
    let first = desk.robot.get(&format!("{path}?limit=1")).await.ok();
    assert_eq!(first["items"][0]["items"], json!([]), "the newest comes first");
    let next = first["next_cursor"].as_str().unwrap();
    let second = desk.robot.get(&format!("{path}?limit=1&cursor={next}")).await.ok();
    assert_eq!((&second["items"][0]["items"][0]["id"], &second["next_cursor"]), (&json!(points[0]), &Value::Null));
    assert_eq!(second["items"][0]["items"][0]["state"], "dismissed");
    let open = desk.robot.get(&format!("{path}?state=open")).await.ok();
    assert_eq!(open["items"], first["items"]);
    desk.robot.get(&format!("{path}?state=open&cursor={next}")).await.status(400).problem("invalid_cursor");
    desk.robot.get(&format!("{path}?state=closed")).await.status(422);
}

#[tokio::test]
async fn a_comment_is_heard_by_all_who_work_on_it_and_changes_nothing() {
    let desk = Desk::set().await;
    let asset = desk.sent_back().await;
    let said = desk.robot.comment(&asset, "why not blue?").once("k").await.status(201);
    let again = desk.robot.comment(&asset, "why not blue?").once("k").await.status(201);
    assert_eq!(said.bytes, again.bytes, "what is sent twice is said once");
    let at = json!({"text": "here", "version": 1, "anchor": {"kind": "text", "start": 0, "end": 5}});
    desk.ann.act(&asset, "comments", at).await.status(201);
    let heard = desk.ann.get(&format!("/api/v1/assets/{}/comments", asset["id"].as_str().unwrap())).await.ok();
    let texts: Vec<_> = heard["items"].as_array().unwrap().iter().map(|comment| comment["text"].clone()).collect();
    assert_eq!(texts, ["here", "why not blue?"]);
    assert_eq!(desk.robot.history(&asset).await.ok()["revision"], asset["revision"]);
    desk.ann.act(&asset, "comments", json!({"text": "x", "version": 7})).await.status(422);
    let other = format!("sha256:{}", "ab".repeat(32));
    desk.ann.act(&asset, "comments", json!({"text": "x", "digest": other})).await.status(409).problem("stale_version");
}

#[tokio::test]
async fn publishers_hear_nothing_of_what_was_said_on_the_way() {
    let app = App::start().await;
    let (robot, ann, shop) = (app.agent("robot").await, app.person("ann").await, app.publisher().await);
    let desk = Desk { robot, ann, _app: app };
    let asset = desk.sent_back().await;
    let points = desk.points(&asset).await;
    desk.answers(&asset, "Plant an oak.", &points[0]).await.status(201);
    desk.robot.comment(&asset, "an oak, of all trees").await.status(201);
    desk.robot.submit(&asset).await.ok();
    desk.ann.approve(&asset).await.ok();
    let approved = format!("/api/v1/assets/{}/approved", asset["id"].as_str().unwrap());
    for seen in [shop.history(&asset), shop.list(&[]), shop.version(&asset, 2), shop.get(&approved), desk.ann.get(&approved)] {
        let seen = seen.await.status(200).text();
        assert!(!seen.contains("an oak") && !seen.contains(&points[0]), "{seen}");
    }
    shop.change_requests(&asset).await.status(403).problem("forbidden_scope");
}
