//! The policy of a workspace, and approvals that need several people: by every way in.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use assets_tests::{App, Caller, Reply, Value, json};
use futures_util::future::join_all;

/// A service where so many people must approve, and those who work with it.
struct Desk {
    app: App,
    robot: Caller,
    ann: Caller,
    bob: Caller,
    cleo: Caller,
}

impl Desk {
    async fn asking_for(people: u8) -> Self {
        let app = App::start().await;
        app.owner().set_policy(json!({"required_approvals": people})).await.status(200);
        let robot = app.agent("robot").await;
        let (ann, bob, cleo) = (app.person("ann").await, app.person("bob").await, app.person("cleo").await);
        Self { app, robot, ann, bob, cleo }
    }

    async fn pending(&self, text: &str) -> Value {
        let asset = self.robot.create_copy(text).await.ok();
        self.robot.submit(&asset).await.ok()
    }
}

fn names(review: &Value) -> Vec<&str> {
    review["approvals"].as_array().unwrap().iter().map(|approval| approval["by"]["name"].as_str().unwrap()).collect()
}

fn decision(asset: &Value, action: &str) -> Value {
    let latest = &asset["latest_version"];
    json!({"asset_id": asset["id"], "action": action, "version": latest["number"], "digest": latest["content"]["digest"]})
}

#[tokio::test]
async fn the_policy_is_looked_at_and_changed_by_admins() {
    let app = App::start().await;
    let usual = json!({
        "required_approvals": 1, "allow_self_approval": false, "require_digest": false, "rules": [], "notify": [], "revision": 0,
    });
    let seen = app.owner().policy().await.status(200);
    let tag = seen.header("etag").unwrap().to_owned();
    assert_eq!((seen.ok(), tag.as_str()), (usual, "\"0\""));
    app.owner().policy().header("if-none-match", &tag).await.status(304);
    let rule = json!({"types": ["video"], "tags": ["brand:acme"], "required_approvals": 3});
    let changed = app.owner().set_policy(json!({"required_approvals": 2, "rules": [rule], "notify": ["Ann"]})).await.status(200);
    assert_eq!(changed.header("etag"), Some("\"1\""));
    let changed = changed.ok();
    assert_eq!((&changed["required_approvals"], &changed["rules"], &changed["revision"]), (&json!(2), &json!([rule]), &json!(1)));
    assert_eq!(app.owner().policy().await.ok(), changed);
    app.owner().set_policy(json!({"required_approvals": 5})).header("if-match", &tag).await.status(412).problem("precondition_failed");
    let same = app.owner().set_policy(json!({"required_approvals": 2})).header("if-match", "\"1\"").await.status(200).ok();
    assert_eq!(same["revision"], 1, "what is so already is no change");
    let back = app.owner().set_policy(json!({"required_approvals": null, "rules": null, "notify": []})).await.ok();
    assert_eq!((&back["required_approvals"], &back["rules"], &back["notify"]), (&json!(1), &json!([]), &json!([])));
}

#[tokio::test]
async fn only_a_person_changes_the_policy() {
    let app = App::start().await;
    let machine = app.named_key("machine", "service", &["*"]).await;
    machine.policy().await.status(200);
    let refused = machine.set_policy(json!({"required_approvals": 2})).await.status(403).problem("human_required");
    assert!(refused["review_url"].is_string());
    app.person("ann").await.set_policy(json!({})).await.status(403).problem("forbidden_scope");
    app.person("ann").await.policy().await.status(403).problem("forbidden_scope");
}

#[tokio::test]
async fn what_makes_no_sense_in_a_policy_is_named() {
    let app = App::start().await;
    let rule = |rule: Value| json!({"rules": [{"types": ["copy"]}, rule]});
    for (patch, place) in [
        (json!({"required_approvals": 0}), json!(["body", "required_approvals"])),
        (json!({"required_approvals": 6}), json!(["body", "required_approvals"])),
        (json!({"quorum": 2}), json!(["body", "quorum"])),
        (json!({"revision": 2}), json!(["body", "revision"])),
        (rule(json!({"types": ["poem"]})), json!(["body", "rules", 1, "types", 0])),
        (rule(json!({"tags": ["nonsense"]})), json!(["body", "rules", 1, "tags", 0])),
        (rule(json!({"required_approvals": 9})), json!(["body", "rules", 1, "required_approvals"])),
        (json!({"notify": (0..21).map(|number| format!("name {number}")).collect::<Vec<_>>()}), json!(["body", "notify"])),
        (json!({"rules": vec![json!({}); 51]}), json!(["body", "rules"])),
    ] {
        let refused = app.owner().set_policy(patch.clone()).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], place, "{patch}");
    }
    assert_eq!(app.owner().policy().await.ok()["revision"], 0);
}

#[tokio::test]
async fn an_asset_shows_who_has_approved_until_enough_have() {
    let desk = Desk::asking_for(2).await;
    let asset = desk.pending("headline").await;
    assert_eq!(asset["review"], json!({"required_approvals": 2, "approvals": []}));
    let waiting = desk.ann.approve(&asset).await.status(200).ok();
    assert_eq!((&waiting["status"], &waiting["approved_version"]), (&json!("pending_review"), &json!(null)));
    assert_eq!(names(&waiting["review"]), ["ann"]);
    assert_eq!(desk.ann.approve(&asset).await.status(200).ok()["revision"], waiting["revision"], "the same person again changes nothing");
    let publisher = desk.app.publisher().await;
    publisher.approved(&asset).await.status(404).problem("not_approved");
    assert_eq!(desk.ann.list(&[("status", "pending_review")]).await.ok()["items"][0]["review"], waiting["review"]);
    assert_eq!(desk.ann.list(&[("has_approved", "true")]).await.ok()["items"], json!([]));
    let history = desk.ann.history(&asset).await.ok();
    assert_eq!(history["review"], waiting["review"]);
    assert_eq!(history["decisions"][1]["tally"], json!({"given": 1, "required": 2}));

    let approved = desk.bob.approve(&asset).await.status(200).ok();
    assert_eq!((&approved["status"], &approved["review"]), (&json!("approved"), &json!(null)));
    let last = desk.ann.history(&asset).await.ok()["decisions"][2].clone();
    assert_eq!(last["tally"], json!({"given": 2, "required": 2}));
    assert_eq!(last["approvers"].as_array().unwrap().len(), 2);
    publisher.approved_content(&asset).await.status(200);
    let seen = publisher.history(&asset).await.ok();
    assert_eq!((&seen["review"], seen["decisions"].as_array().unwrap().len()), (&json!(null), 1));
}

#[tokio::test]
async fn the_strictest_rule_of_type_and_tags_counts_and_a_request_for_changes_ends_the_round() {
    let desk = Desk::asking_for(1).await;
    let rules = json!([{"types": ["copy"], "tags": ["risk:high"], "required_approvals": 3}]);
    desk.app.owner().set_policy(json!({"rules": rules})).await.status(200);
    let easy = desk.pending("easy").await;
    assert_eq!(desk.ann.approve(&easy).await.ok()["status"], "approved");
    let hard = desk.robot.create_copy("hard").await.ok();
    desk.robot.update(&hard, json!({"tags": ["risk:high", "brand:acme"]})).await.ok();
    assert_eq!(desk.robot.submit(&hard).await.ok()["review"]["required_approvals"], 3);
    desk.ann.approve(&hard).await.status(200);
    assert_eq!(names(&desk.bob.approve(&hard).await.ok()["review"]), ["ann", "bob"]);
    let sent_back = desk.cleo.request_changes(&hard, "not like this").await.status(200).ok();
    assert_eq!((&sent_back["status"], &sent_back["review"]), (&json!("draft"), &json!(null)));
    assert_eq!(desk.robot.submit(&hard).await.ok()["review"]["approvals"], json!([]));
    for (by, status) in [(&desk.bob, "pending_review"), (&desk.cleo, "pending_review"), (&desk.ann, "approved")] {
        assert_eq!(by.approve(&hard).await.ok()["status"], status);
    }
}

#[tokio::test]
async fn a_key_that_is_revoked_meanwhile_does_not_count() {
    let desk = Desk::asking_for(2).await;
    let asset = desk.pending("headline").await;
    desk.ann.approve(&asset).await.status(200);
    desk.app.owner().revoke_key(desk.ann.prefix()).await.status(204);
    let waiting = desk.bob.approve(&asset).await.status(200).ok();
    assert_eq!((&waiting["status"], names(&waiting["review"])), (&json!("pending_review"), vec!["bob"]));
    let again = desk.app.named_key("ÁNN", "person", &["assets:read", "assets:approve"]).await;
    assert_eq!(again.approve(&asset).await.ok()["status"], "approved");
}

#[tokio::test]
async fn lowering_approves_nothing_by_itself_and_raising_holds_what_is_under_way() {
    let desk = Desk::asking_for(2).await;
    let (lowered, raised) = (desk.pending("lowered").await, desk.pending("raised").await);
    for asset in [&lowered, &raised] {
        desk.ann.approve(asset).await.status(200);
    }
    desk.app.owner().set_policy(json!({"required_approvals": 1})).await.status(200);
    assert_eq!(desk.ann.approve(&lowered).await.ok()["status"], "pending_review");
    assert_eq!(desk.bob.approve(&lowered).await.ok()["status"], "approved");
    desk.app.owner().set_policy(json!({"required_approvals": 3})).await.status(200);
    assert_eq!(desk.bob.approve(&raised).await.ok()["status"], "pending_review");
    assert_eq!(desk.cleo.approve(&raised).await.ok()["status"], "approved");
}

#[tokio::test]
async fn authors_may_approve_where_the_policy_says_so_and_digests_are_named_where_it_asks() {
    let app = App::start().await;
    let ann = app.person("ann").await;
    let own = ann.create_copy("own").await.ok();
    ann.submit(&own).await.ok();
    ann.approve(&own).await.status(403).problem("self_approval");
    app.owner().set_policy(json!({"allow_self_approval": true, "require_digest": true})).await.status(200);
    ann.withdraw(&own).await.status(422).problem("digest_required");
    let named = json!({"digest": own["latest_version"]["content"]["digest"]});
    ann.act(&own, "approve", named.clone()).await.status(403).problem("self_approval");
    ann.act(&own, "withdraw", named.clone()).await.status(200);
    ann.act(&own, "submit", named.clone()).await.status(200);
    assert_eq!(ann.act(&own, "approve", named).await.ok()["status"], "approved", "it was submitted under the policy that allows it");
}

#[tokio::test]
async fn all_who_approve_agree_to_the_same_terms() {
    let desk = Desk::asking_for(2).await;
    let asset = desk.pending("headline").await;
    desk.ann.act(&asset, "approve", json!({"channels": ["email"]})).await.status(200);
    desk.bob.act(&asset, "approve", json!({"channels": ["print"]})).await.status(409).problem("other_terms");
    assert_eq!(desk.bob.act(&asset, "approve", json!({"channels": ["email"]})).await.ok()["status"], "approved");
}

#[tokio::test]
async fn many_decisions_in_one_request_are_counted_like_single_ones() {
    let desk = Desk::asking_for(2).await;
    let (one, two) = (desk.pending("one").await, desk.pending("two").await);
    let both = [decision(&one, "approve"), decision(&two, "approve"), decision(&one, "approve")];
    let first = desk.ann.decide(&both).await.status(200).ok();
    let statuses = |reply: &Value| -> Vec<String> {
        reply["results"].as_array().unwrap().iter().map(|one| one["asset"]["status"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(statuses(&first), ["pending_review"; 3]);
    assert_eq!(statuses(&desk.bob.decide(&both).await.ok()), ["approved"; 3]);
    assert_eq!(desk.ann.history(&one).await.ok()["decisions"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn two_who_approve_at_once_complete_it_once() {
    let desk = Desk::asking_for(2).await;
    for round in 0..20 {
        let asset = desk.pending(&format!("text {round}")).await;
        let replies: Vec<Reply> = join_all([&desk.ann, &desk.bob].map(|by| async { by.approve(&asset).await })).await;
        let statuses: Vec<Value> = replies.into_iter().map(|reply| reply.status(200).ok()["status"].clone()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == "approved").count(), 1, "exactly one completes: {statuses:?}");
        let history = desk.ann.history(&asset).await.ok();
        let tallies: Vec<_> = history["decisions"].as_array().unwrap().iter().skip(1).map(|made| made["tally"]["given"].clone()).collect();
        assert_eq!((&history["status"], tallies), (&json!("approved"), vec![json!(1), json!(2)]));
    }
}

#[tokio::test]
async fn the_last_of_many_at_once_is_the_one_that_is_needed() {
    let desk = Desk::asking_for(3).await;
    let others = [desk.app.person("dora").await, desk.app.person("eve").await];
    let people: Vec<&Caller> = [&desk.ann, &desk.bob, &desk.cleo].into_iter().chain(&others).collect();
    for round in 0..5 {
        let asset = desk.pending(&format!("text {round}")).await;
        let replies: Vec<Reply> = join_all(people.iter().map(|by| async { by.approve(&asset).await })).await;
        assert!(replies.into_iter().all(|reply| reply.status == 200), "who comes late finds it approved");
        let history = desk.ann.history(&asset).await.ok();
        assert_eq!((&history["status"], history["decisions"].as_array().unwrap().len()), (&json!("approved"), 4));
        assert_eq!(history["decisions"][3]["approvers"].as_array().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn the_command_line_shows_and_sets_the_policy_beside_the_service() {
    let app = App::start().await;
    let shown = |printed: String| -> Value { serde_json::from_str(&printed).unwrap() };
    assert_eq!(shown(app.command(&["policy", "show"]).ok())["required_approvals"], 1);
    let set = shown(app.command(&["policy", "set", "--required-approvals", "2"]).ok());
    assert_eq!((&set["required_approvals"], &set["revision"]), (&json!(2), &json!(1)));
    app.command(&["policy", "set", r#"{"rules": [{"types": ["video"], "required_approvals": 3}], "notify": ["ann"]}"#]).ok();
    let seen = app.owner().policy().await.ok();
    assert_eq!(
        (&seen["required_approvals"], &seen["rules"][0]["required_approvals"], &seen["revision"]),
        (&json!(2), &json!(3), &json!(2))
    );
    assert!(app.command(&["policy", "set", "--required-approvals", "1", "--if-revision", "1"]).failed().contains("revision 2"));
    assert!(app.command(&["policy", "set", "--required-approvals", "9"]).failed().contains("1 to 5"));
    assert!(app.command(&["policy", "set", r#"{"quorum": 2}"#]).failed().contains("quorum"));
    app.command(&["policy", "set"]).failed();
    app.workspace("acme");
    assert_eq!(shown(app.command(&["policy", "show", "--workspace", "acme"]).ok())["required_approvals"], 1);
}

#[tokio::test]
async fn an_archive_of_what_several_people_approved_checks_out() {
    let desk = Desk::asking_for(2).await;
    let asset = desk.pending("headline").await;
    desk.ann.approve(&asset).await.status(200);
    let left_out = desk.ann.export(json!({"asset_ids": [asset["id"]]})).await.status(201).ok();
    assert_eq!(left_out["count"], 0, "what waits for more people does not leave");
    desk.bob.approve(&asset).await.status(200);
    let export = desk.ann.export(json!({"asset_ids": [asset["id"]]})).await.status(201).ok();
    assert_eq!(export["count"], 1);
    let archive = desk.app.folder().join("approved.zip");
    std::fs::write(&archive, desk.ann.download(&export).await.status(200).bytes).unwrap();
    desk.app.command(&["verify", archive.to_str().unwrap()]).ok();
}
