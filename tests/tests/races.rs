//! Many at once: one history, one winner, and never an approval of bytes that its approver did not name.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{future::IntoFuture, sync::Arc, time::Duration};

use assets_tests::{App, Chance, Contest, Value, accepted, any_move, film, json};
use futures_util::{StreamExt, future::join_all, stream};
use tokio::sync::Barrier;

/// How many clients there are.
const CLIENTS: usize = 64;

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("not a number: {value}"))
}

fn digest_of(asset: &Value) -> String {
    asset["latest_version"]["content"]["digest"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_moves_on_one_asset_leave_one_history_without_a_gap() {
    let app = App::with(QUIET).await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("the first").await.ok();
    let id = asset["id"].as_str().unwrap();
    let mut chance = Chance::seeded(1);
    let contest = Contest::hold(&ann, &robot, id, 1000, CLIENTS, &mut chance).await;
    assert_eq!(contest.cut_off(), 0, "everybody was answered");
    contest.judge(&ann.history(id).await.ok());
    assert!(contest.made() > 100, "only {} of a thousand moves were made", contest.made());
    app.command(&["fsck"]).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_who_saw_one_revision_one_wins() {
    let app = App::with(QUIET).await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("the first").await.ok();
    let id = asset["id"].as_str().unwrap();
    let mut chance = Chance::seeded(2);
    for _ in 0..8 {
        if robot.history(id).await.ok()["status"] == "draft" {
            robot.submit(id).await.ok();
        }
        let revision = number(&robot.history(id).await.ok()["revision"]);
        let replies = join_all((0..CLIENTS).map(|place| {
            let (mut chance, ann, robot) = (chance.of(), &ann, &robot);
            async move { any_move(&mut chance, ann, robot, id, place).1.header("if-match", format!("\"{revision}.0\"")).await }
        }))
        .await;
        // Approving what is approved changes nothing, and takes the revision from nobody.
        let changed = |asset: &Value| number(&asset["revision"]) != revision;
        let winners: Vec<Value> = replies.into_iter().filter_map(accepted).filter(changed).collect();
        assert_eq!(winners.len(), 1, "{} won at revision {revision}", winners.len());
        assert_eq!(number(&winners[0]["revision"]), revision + 1);
        assert_eq!(number(&robot.history(id).await.ok()["revision"]), revision + 1);
    }
}

/// Rounds of an approval that names what was seen, while the author adds a version and asks for its review.
async fn approve_against_regeneration(rounds: usize) {
    let app = App::with(QUIET).await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let race = async |round: usize| {
        let asset = robot.create_copy(&format!("good text {round}")).await.ok();
        let id = asset["id"].as_str().unwrap();
        robot.submit(id).await.ok();
        let named = json!({"version": 1, "digest": digest_of(&asset)});
        let named = if round.is_multiple_of(2) { named } else { json!({"digest": digest_of(&asset)}) };
        let start = Barrier::new(2);
        let late = Duration::from_millis(Chance::seeded(u64::try_from(round).unwrap()).below(30));
        let approve = async {
            start.wait().await;
            tokio::time::sleep(late).await;
            accepted(ann.act(id, "approve", named).await)
        };
        let regenerate = async {
            start.wait().await;
            robot.add_text_version(id, &format!("bad text {round}")).await.ok();
            robot.submit(id).await.ok();
        };
        let (approved, ()) = tokio::join!(approve, regenerate);
        let after = ann.history(id).await.ok();
        let standing = &after["approved_version"];
        assert_eq!(standing.is_null(), approved.is_none(), "what was answered is what stands: {after}");
        if !standing.is_null() {
            assert_eq!(standing["content"]["digest"], asset["latest_version"]["content"]["digest"], "bytes that nobody named: {after}");
            assert_eq!(ann.approved_content(id).await.text(), format!("good text {round}"));
        }
        approved.is_some()
    };
    let won: Vec<bool> = stream::iter(0..rounds).map(race).buffer_unordered(8).collect().await;
    let approvals = won.iter().filter(|won| **won).count();
    assert!(approvals > 0 && approvals < rounds, "{approvals} of {rounds} races were won by the approval: there was no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_meets_a_new_version_is_never_of_the_new_bytes() {
    approve_against_regeneration(300).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_idempotency_key_has_one_effect_and_one_answer() {
    let app = App::with(QUIET).await;
    let robot = app.agent("robot").await;
    let body = json!({"type": "copy", "title": "Once", "provenance": {"agent_slug": "robot"}, "content": {"text": "only once"}});
    let replies = join_all((0..200).map(|_| robot.create(body.clone()).once("the-one").into_future())).await;
    let first = replies[0].bytes.clone();
    for reply in &replies {
        assert_eq!((reply.status, &reply.bytes), (201, &first), "{reply}");
        assert_eq!((reply.header("location"), reply.header("etag")), (replies[0].header("location"), replies[0].header("etag")));
    }
    let fresh = replies.iter().filter(|reply| reply.header("idempotency-replayed").is_none()).count();
    assert_eq!(fresh, 1, "one was the first, all others are told that they are repetitions");
    assert_eq!(robot.list(&[("include", "total")]).await.ok()["total"], 1);
    assert_eq!(app.stored().await.len(), 1, "what the repetitions brought is gone: {:?}", app.stored().await);

    let id = replies[0].json()["id"].as_str().unwrap().to_owned();
    let replies = join_all((0..200).map(|_| robot.submit(&id).once("the-other").into_future())).await;
    assert!(replies.iter().all(|reply| reply.status == 200 && reply.bytes == replies[0].bytes), "{}", replies[0]);
    assert_eq!(robot.history(&id).await.ok()["decisions"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_from_many_at_once_are_stored_once() {
    let app = App::with(QUIET).await;
    let robot = app.agent("robot").await;
    let content = film(500_000);
    let start = Arc::new(Barrier::new(32));
    let replies = join_all((0..32).map(|place| {
        let (robot, start, content) = (robot.clone(), start.clone(), content.clone());
        async move {
            start.wait().await;
            robot.create_file("video", &format!("{place}.mp4"), "video/mp4", content).await.ok()
        }
    }))
    .await;
    assert!(replies.iter().all(|asset| digest_of(asset) == digest_of(&replies[0])));
    assert_eq!(app.stored().await.len(), 1, "{:?}", app.stored().await);
    let said = app.command(&["fsck"]).ok();
    assert!(said.contains("1 blobs") && said.contains("0 orphaned files and 0 rests of uploads"), "{said}");
    for asset in &replies {
        assert_eq!(robot.content(asset, 1).await.status(200).bytes, content);
    }
}

#[tokio::test]
async fn an_upload_that_is_refused_leaves_no_file() {
    let app = App::with(QUIET).await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let asset = robot.create_copy("kept").await.ok();
    let kept = app.stored().await;
    robot.add_text_version(&asset, "too late").header("if-match", "\"99.0\"").await.problem("precondition_failed");
    let source = json!({"asset_id": "00000000-0000-7000-8000-000000000000", "version": 1});
    let derived = json!({"provenance": {"derived_from": [source]}, "content": {"text": "from nowhere"}});
    robot.act(&asset, "versions", derived).await.problem("invalid_request");
    ann.archive(&asset).await.ok();
    robot.add_text_version(&asset, "put away").await.problem("illegal_transition");
    assert_eq!(app.stored().await, kept);
}

/// Nobody reads these logs: what is logged of a thousand requests would only take time.
const QUIET: &[(&str, &str)] = &[("ASSETS_LOG", "warn,assets_server=info")];

/// The same for longer: not part of every run.
mod soak {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs ten minutes"]
    async fn ten_thousand_approvals_that_meet_a_new_version_are_never_of_the_new_bytes() {
        approve_against_regeneration(10_000).await;
    }
}
