//! Approvals are taken back together: all that match, nothing else, and to the end.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use assets_tests::{App, Caller, Value, json};

/// People who make and approve things.
struct Studio {
    app: App,
    robot: Caller,
    ann: Caller,
    bob: Caller,
}

impl Studio {
    async fn open() -> Self {
        let app = App::start().await;
        let (robot, ann, bob) = (app.agent("robot").await, app.person("ann").await, app.person("bob").await);
        Self { app, robot, ann, bob }
    }

    async fn approved_by(&self, who: &Caller, text: &str, run: &str) -> Value {
        let body = json!({
            "type": "copy", "title": text, "tags": [format!("text:{}", text.len())],
            "provenance": {"agent_slug": "robot", "run_id": run, "model": "large", "campaign_id": "spring"}, "content": {"text": text},
        });
        let asset = self.robot.create(body).await.ok();
        self.robot.submit(&asset).await.ok();
        who.approve(&asset).await.ok()
    }
}

fn ids(assets: &Value) -> BTreeSet<String> {
    assets.as_array().unwrap().iter().map(|one| one["asset_id"].as_str().unwrap().to_owned()).collect()
}

fn id(asset: &Value) -> String {
    asset["id"].as_str().unwrap().to_owned()
}

async fn stands(who: &Caller, asset: &Value) -> bool {
    who.approved(asset).await.status == 200
}

/// What became of a recall, once it is done.
async fn done(who: &Caller, recall: &Value) -> Value {
    let began = Instant::now();
    loop {
        let now = who.get(&format!("/api/v1/assets/recalls/{}", id(recall))).await.ok();
        if now["status"] == "done" {
            return now;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "nobody goes on with {now}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn all_that_matches_is_taken_back_and_nothing_else() {
    let studio = Studio::open().await;
    let Studio { robot, ann, bob, .. } = &studio;
    let (one, two) = (studio.approved_by(ann, "one", "run-1").await, studio.approved_by(ann, "two", "run-1").await);
    let other = studio.approved_by(ann, "other", "run-2").await;
    let of_bob = studio.approved_by(bob, "of bob", "run-1").await;
    // New work on one of them says nothing of what is approved.
    robot.add_text_version(&one, "newer").await.ok();
    let export = ann.export(json!({"asset_ids": [one["id"], other["id"]]})).await.ok();
    let spared = ann.export(json!({"asset_ids": [other["id"]]})).await.ok();
    ann.release(&two, json!({"channel": "email"})).await.ok();
    ann.release(&other, json!({"channel": "email"})).await.ok();

    let asked = json!({"run_id": "run-1", "approved_by": "ANN", "comment": "the run was wrong", "dry_run": true});
    let proposed = bob.recall(asked.clone()).await.status(200).ok();
    assert_eq!((&proposed["id"], &proposed["status"], &proposed["count"]), (&Value::Null, &json!("proposed"), &json!(2)));
    assert_eq!(ids(&proposed["assets"]), [id(&one), id(&two)].into());
    let consumers = &proposed["consumers"];
    assert_eq!((&consumers["exports"], &consumers["releases"]), (&json!(1), &json!(1)));
    let told: BTreeSet<_> =
        consumers["items"].as_array().unwrap().iter().map(|one| (one["kind"].clone().to_string(), one["by"]["name"].to_string())).collect();
    assert_eq!(told, [(r#""export""#.to_owned(), r#""ann""#.to_owned()), (r#""ticket""#.to_owned(), r#""ann""#.to_owned())].into());
    assert!(stands(ann, &one).await && stands(ann, &two).await, "a dry run changes nothing");
    assert_eq!(bob.get("/api/v1/assets/recalls").await.ok()["items"], json!([]));

    let mut act = asked;
    act["dry_run"] = json!(false);
    act["expected_count"] = json!(3);
    bob.recall(act.clone()).await.status(409).problem("count_mismatch");
    assert!(stands(ann, &one).await, "nobody takes back more than they saw");
    act["expected_count"] = proposed["count"].clone();
    let reply = bob.recall(act.clone()).once("recall").await.status(201);
    let recall = reply.json();
    assert!(reply.need("location").ends_with(&id(&recall)));
    assert_eq!((&recall["status"], &recall["revoked"], &recall["left_over"]["count"]), (&json!("done"), &json!(2), &json!(0)));
    assert_eq!((&recall["created_by"]["name"], &recall["filters"][0]["name"]), (&json!("bob"), &json!("approved_by")));
    for gone in [&one, &two] {
        ann.approved(gone).await.status(404).problem("not_approved");
        let history = ann.history(gone).await.ok();
        let last = history["decisions"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            (&last["action"], &last["by"]["name"], &last["comment"]),
            (&json!("revoke"), &json!("bob"), &json!("the run was wrong"))
        );
        assert_eq!(last["bytes_named"], json!(true));
    }
    for kept in [&other, &of_bob] {
        assert!(stands(ann, kept).await);
    }
    ann.download(&export).await.status(410).problem("export_recalled");
    ann.download(&spared).await.status(200);
    assert!(ann.releases(&two).await.ok()["items"][0]["recalled_at"].is_string());
    assert!(ann.releases(&other).await.ok()["items"][0]["recalled_at"].is_null());

    // It stays on record, and a repetition does nothing again.
    let again = bob.recall(act.clone()).once("recall").await;
    assert_eq!((again.status, &again.json()["id"]), (201, &recall["id"]));
    assert_eq!(done(ann, &recall).await, recall);
    assert_eq!(ann.get("/api/v1/assets/recalls").await.ok()["items"].as_array().unwrap().len(), 1);
    act["expected_count"] = json!(0);
    assert_eq!(bob.recall(act).await.ok()["count"], json!(0), "there is nothing left to take back");
}

#[tokio::test]
async fn a_carried_approval_rests_on_the_word_of_both() {
    let studio = Studio::open().await;
    let Studio { robot, ann, bob, .. } = &studio;
    let asset = studio.approved_by(ann, "first", "run-1").await;
    robot.add_text_version(&asset, "second").await.ok();
    robot.submit(&asset).await.ok();
    bob.approve(&asset).await.ok();
    let count = async |who: &str| bob.recall(json!({"approved_by": who, "comment": "?", "dry_run": true})).await.ok()["count"].clone();
    assert_eq!((count("ann").await, count("bob").await), (json!(0), json!(1)));
    assert_eq!(bob.rollback(&asset, 1).await.ok()["status"], json!("approved"));
    assert_eq!((count("ann").await, count("bob").await, count(ann.prefix()).await), (json!(1), json!(1), json!(1)));
    bob.recall(json!({"approved_by": "ann", "comment": "she left"})).await.ok();
    assert!(!stands(ann, &asset).await);
}

#[tokio::test]
async fn a_recall_must_say_of_what_and_why() {
    let studio = Studio::open().await;
    let bob = &studio.bob;
    studio.approved_by(&studio.ann, "one", "run-1").await;
    for (body, loc) in [
        (json!({"comment": "all of it"}), json!(["body"])),
        (json!({"run_id": "run-1"}), json!(["body", "comment"])),
        (json!({"approved_by": "nobody", "comment": "?"}), json!(["body", "approved_by"])),
        (json!({"digest": "md5:1", "comment": "?"}), json!(["body", "digest"])),
        (json!({"type": ["jingle"], "comment": "?"}), json!(["body", "type"])),
        (json!({"q": "words", "comment": "?"}), json!(["body", "q"])),
    ] {
        let refused = bob.recall(body.clone()).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], loc, "{body}");
    }
    let robot = &studio.robot;
    let refused = robot.recall(json!({"run_id": "run-1", "comment": "?"})).await.status(403).problem("human_required");
    assert!(refused["review_url"].is_string());
    let reader = studio.app.key("person", &["assets:read"]).await;
    reader.recall(json!({"run_id": "run-1", "comment": "?"})).await.problem("forbidden_scope");
    let publisher = studio.app.publisher().await;
    publisher.get("/api/v1/assets/recalls").await.problem("forbidden_scope");
}

/// Killed in the middle: whoever starts next finishes it, exactly once for each.
#[tokio::test]
async fn a_recall_that_is_cut_off_is_gone_on_with() {
    let mut studio = Studio::open().await;
    let mut assets = Vec::new();
    for number in 0..450 {
        let text = format!("text {number}");
        assets.push(
            studio
                .robot
                .create(json!({
                    "type": "copy", "title": text, "provenance": {"agent_slug": "robot", "run_id": "run-1"}, "content": {"text": text},
                }))
                .await
                .ok(),
        );
    }
    let decision = |asset: &Value, action: &str| {
        let latest = &asset["latest_version"];
        json!({"asset_id": asset["id"], "action": action, "version": latest["number"], "digest": latest["content"]["digest"]})
    };
    for action in ["submit", "approve"] {
        studio.ann.decide(&assets.iter().map(|asset| decision(asset, action)).collect::<Vec<_>>()).await.ok();
    }
    let body = json!({"run_id": "run-1", "comment": "the run was wrong"});
    let asked = studio.bob.recall(body.clone()).once("recall").attempt();
    let recall = async {
        // As soon as it is on record, before it is done.
        loop {
            let seen = studio.ann.get("/api/v1/assets/recalls").await.ok();
            if let Some(recall) = seen["items"].as_array().unwrap().first() {
                return recall.clone();
            }
        }
    };
    let recall = tokio::select! {
        recall = recall => recall,
        reply = asked => reply.unwrap().json(),
    };
    studio.app.kill();
    assert_eq!(recall["status"], "running", "it was not done when it was killed");
    studio.app.begin().await;
    let finished = done(&studio.ann, &recall).await;
    assert_eq!((&finished["count"], &finished["revoked"], &finished["left_over"]["count"]), (&json!(450), &json!(450), &json!(0)));
    for asset in &assets {
        let history = studio.ann.history(asset).await.ok();
        let revoked = history["decisions"].as_array().unwrap().iter().filter(|made| made["action"] == "revoke").count();
        assert_eq!((revoked, &history["approved_version"]), (1, &Value::Null));
    }
    // The caller, who heard nothing, asks again.
    let again = studio.bob.recall(body).once("recall").await;
    assert_eq!((again.status, &again.json()["id"]), (201, &finished["id"]));
}
