//! The table of what can happen, cell by cell over REST.

use assets_tests::{App, Caller, Reply, Value, json};

const STATUSES: [&str; 4] = ["draft", "pending_review", "approved", "archived"];

/// What becomes of each status, in the order of [`STATUSES`]; empty where the move is refused.
const TABLE: [(&str, [&str; 4]); 12] = [
    ("submit", ["pending_review", "", "", ""]),
    ("withdraw", ["", "draft", "", ""]),
    ("approve", ["", "approved", "approved", ""]),
    ("request_changes", ["", "draft", "draft", ""]),
    ("revoke", ["", "", "draft", ""]),
    ("archive", ["archived", "archived", "archived", "archived"]),
    ("restore", ["", "", "", "draft"]),
    ("dismiss", ["", "", "", ""]),
    ("add_version", ["draft", "draft", "draft", ""]),
    ("rollback", ["draft", "draft", "approved", ""]),
    ("delete", ["gone", "", "", ""]),
    ("update", ["draft", "pending_review", "approved", ""]),
];

struct Stage {
    robot: Caller,
    ann: Caller,
}

impl Stage {
    async fn on(app: &App) -> Self {
        Self { robot: app.agent("robot").await, ann: app.person("ann").await }
    }

    async fn asset_in(&self, status: &str) -> Value {
        let asset = self.robot.create_copy("Plant something.").await.ok();
        match status {
            "draft" => asset,
            "pending_review" => self.robot.submit(&asset).await.ok(),
            "approved" => {
                self.robot.submit(&asset).await.ok();
                self.ann.approve(&asset).await.ok()
            }
            _ => self.robot.archive(&asset).await.ok(),
        }
    }

    /// Like [`Self::asset_in`], while the approval of an earlier version stands.
    async fn asset_over_an_approval(&self, status: &str) -> Value {
        let asset = self.asset_in("approved").await;
        let asset = self.robot.add_text_version(&asset, "Plant something else.").await.ok();
        if status == "draft" { asset } else { self.robot.submit(&asset).await.ok() }
    }
}

async fn perform(by: &Caller, asset: &Value, action: &str) -> Reply {
    match action {
        "add_version" => by.add_text_version(asset, "Plant something, today.").await,
        "rollback" => by.rollback(asset, 1).await,
        "delete" => by.delete(asset).await,
        "update" => by.update(asset, json!({"title": "Another title"})).await,
        _ => by.act(asset, &action.replace('_', "-"), json!({"comment": "because"})).await,
    }
}

#[tokio::test]
async fn every_cell_of_the_table_is_as_it_says() {
    let app = App::start().await;
    let stage = Stage::on(&app).await;
    for (action, outcomes) in TABLE {
        for (status, outcome) in STATUSES.into_iter().zip(outcomes) {
            let asset = stage.asset_in(status).await;
            let reply = perform(&stage.ann, &asset, action).await;
            if outcome.is_empty() {
                let refused = reply.status(409).problem(if action == "delete" { "not_deletable" } else { "illegal_transition" });
                assert_eq!(refused["current_status"], status, "{action} of {status}");
                let legal = refused["legal_actions"].as_array().unwrap();
                assert!(!legal.contains(&json!(action)), "{action} of {status}: {legal:?}");
                let after = stage.ann.history(&asset).await.ok();
                assert_eq!((&after["revision"], &after["status"]), (&asset["revision"], &json!(status)), "a refused call changes nothing");
            } else if outcome == "gone" {
                reply.status(204);
                stage.ann.history(&asset).await.status(404).problem("not_found");
            } else {
                assert_eq!(reply.ok()["status"], outcome, "{action} of {status}");
            }
        }
    }
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_trace() {
    let app = App::start().await;
    let stage = Stage::on(&app).await;
    for (status, action) in [("approved", "approve"), ("archived", "archive")] {
        let asset = stage.asset_in(status).await;
        let again = perform(&stage.ann, &asset, action).await.status(200).ok();
        assert_eq!(again["revision"], asset["revision"]);
        let (before, after) = (stage.ann.history(&asset).await.ok(), stage.ann.history(&asset).await.ok());
        assert_eq!(before["decisions"], after["decisions"]);
    }
}

#[tokio::test]
async fn new_work_beside_a_standing_approval_is_decided_on_its_own() {
    let app = App::start().await;
    let stage = Stage::on(&app).await;
    let cases = [
        ("revoke", "draft", "draft", 0),
        ("revoke", "pending_review", "pending_review", 0),
        ("approve", "pending_review", "approved", 2),
        ("request_changes", "pending_review", "draft", 1),
        ("withdraw", "pending_review", "draft", 1),
        ("add_version", "pending_review", "draft", 1),
        ("archive", "draft", "archived", 0),
        ("rollback", "draft", "approved", 3),
    ];
    for (action, status, then, approved) in cases {
        let asset = stage.asset_over_an_approval(status).await;
        let after = perform(&stage.ann, &asset, action).await.ok();
        let stands = after["approved_version"]["number"].as_u64().unwrap_or_default();
        assert_eq!((after["status"].as_str(), stands), (Some(then), approved), "{action} of {status}");
    }
}

#[tokio::test]
async fn what_is_said_to_be_legal_is_what_succeeds() {
    let app = App::start().await;
    let stage = Stage::on(&app).await;
    for status in STATUSES {
        for by in [&stage.robot, &stage.ann] {
            let refused = if status == "draft" { "withdraw" } else { "delete" };
            let asset = stage.asset_in(status).await;
            let told = perform(by, &asset, refused).await.status(409).json();
            let legal: Vec<&str> = told["legal_actions"].as_array().unwrap().iter().map(|action| action.as_str().unwrap()).collect();
            for (action, _) in TABLE {
                let asset = stage.asset_in(status).await;
                let reply = perform(by, &asset, action).await;
                let unchanged = matches!((action, status), ("approve", "approved") | ("archive", "archived"));
                if !unchanged {
                    assert_eq!(legal.contains(&action), reply.status < 300, "{action} of {status}, told {legal:?}: {reply}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_history_tells_who_did_what_on_which_bytes() {
    let app = App::start().await;
    let stage = Stage::on(&app).await;
    let asset = stage.asset_in("approved").await;
    stage.robot.update(&asset, json!({"title": "Later title"})).await.ok();
    stage.ann.revoke(&asset, "A wrong price.").await.ok();
    let history = stage.ann.history(&asset).await.ok();
    let decisions = history["decisions"].as_array().unwrap();
    let told: Vec<_> = decisions.iter().map(|one| (one["action"].as_str().unwrap(), one["by"]["name"].as_str().unwrap())).collect();
    assert_eq!(told, [("submit", "robot"), ("approve", "ann"), ("revoke", "ann")]);
    for decision in decisions {
        assert_eq!((&decision["version"], &decision["digest"]), (&json!(1), &asset["latest_version"]["content"]["digest"]));
    }
    assert_eq!((&decisions[1]["title"], &decisions[2]["comment"]), (&json!("A copy"), &json!("A wrong price.")));
}
