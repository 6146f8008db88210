//! A walk through a long list, while others add and remove.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use assets_tests::{App, Caller, Chance, Value, json};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};

/// How many write at once.
const WRITERS: usize = 16;

/// Creates so many copies; every third is filed under `campaign`, every other one submitted.
async fn fill(robot: &Caller, count: usize) -> Vec<Member> {
    let create = async |place: usize| {
        let campaign = place.is_multiple_of(3).then_some("spring");
        let body = json!({
            "type": "copy", "title": format!("Number {place}"), "content": {"text": format!("text {place}")},
            "provenance": {"agent_slug": "robot", "campaign_id": campaign},
        });
        let id = robot.create(body).await.ok()["id"].as_str().unwrap().to_owned();
        let submitted = place.is_multiple_of(2);
        if submitted {
            robot.submit(&id).await.ok();
        }
        Member { id, in_campaign: campaign.is_some(), submitted }
    };
    stream::iter(0..count).map(create).buffer_unordered(WRITERS).collect().await
}

struct Member {
    id: String,
    in_campaign: bool,
    submitted: bool,
}

/// An item as it was come by: when it was made, and which it is.
type Walked = (DateTime<Utc>, String);

/// Every item from the first page to the last, in order.
async fn walk(reader: &Caller, filters: &[(&str, &str)], limit: &str) -> Vec<Walked> {
    let walked = |item: &Value| (item["created_at"].as_str().unwrap().parse().unwrap(), item["id"].as_str().unwrap().to_owned());
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut asked = vec![("limit", limit)];
        asked.extend_from_slice(filters);
        asked.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = reader.list(&asked).await.ok();
        let items = page["items"].as_array().unwrap();
        all.extend(items.iter().map(walked));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return all,
        }
        assert!(!items.is_empty(), "an empty page that is not the last");
    }
}

#[track_caller]
fn each_once(walked: &[Walked], were_there_all_along: impl Iterator<Item = String>, what: &str) {
    let seen: BTreeSet<&String> = walked.iter().map(|(_, id)| id).collect();
    assert_eq!(seen.len(), walked.len(), "{what}: some came twice");
    let missing: Vec<String> = were_there_all_along.filter(|id| !seen.contains(id)).collect();
    assert!(missing.is_empty(), "{what}: {} are missing, the first is {}", missing.len(), missing[0]);
}

/// Adds assets, and deletes some of those that may go, until it is told to stop.
async fn disturb(robot: &Caller, goers: &[Member], stop: &AtomicBool) -> usize {
    let (mut goers, mut chance, mut moves) = (goers.iter(), Chance::seeded(3), 0);
    while !stop.load(Ordering::Relaxed) {
        let new = json!({
            "type": "copy", "title": "Late", "content": {"text": format!("late {}", chance.number())},
            "provenance": {"agent_slug": "robot", "campaign_id": "spring"},
        });
        let late = robot.create(new).await.ok();
        robot.submit(&late).await.ok();
        if let Some(goer) = goers.next() {
            if goer.submitted {
                robot.withdraw(&goer.id).await.ok();
            }
            robot.delete(&goer.id).await.ok();
        }
        moves += 1;
    }
    moves
}

async fn every_walk_is_whole(count: usize, limit: &str) {
    let app = App::with(&[("ASSETS_LOG", "warn,assets_server=info")]).await;
    let robot = app.agent("robot").await;
    let (goers, stayers) = (fill(&robot, count / 10).await, fill(&robot, count - count / 10).await);
    let stop = AtomicBool::new(false);
    let walks = async {
        let (all, queue, campaign) = tokio::join!(
            walk(&robot, &[], limit),
            walk(&robot, &[("sort", "submitted_at")], limit),
            walk(&robot, &[("campaign_id", "spring"), ("type", "copy")], limit),
        );
        stop.store(true, Ordering::Relaxed);
        (all, queue, campaign)
    };
    let ((all, queue, campaign), moves) = tokio::join!(walks, disturb(&robot, &goers, &stop));
    assert!(moves >= 3, "nobody disturbed the walk");

    let those = |wanted: fn(&Member) -> bool| stayers.iter().filter(move |member| wanted(member)).map(|member| member.id.clone());
    each_once(&all, those(|_| true), "newest first");
    each_once(&queue, those(|member| member.submitted), "longest waiting first");
    each_once(&campaign, those(|member| member.in_campaign), "of a campaign");
    assert!(all.is_sorted_by(|one, next| one > next), "newest first, and of one moment the greater id first");
    let outside: BTreeSet<String> = those(|member| !member.in_campaign).collect();
    assert!(!campaign.iter().any(|(_, id)| outside.contains(id)), "a filter holds on every page");
    assert!(
        !queue.iter().any(|(_, id)| stayers.iter().any(|member| member.id == *id && !member.submitted)),
        "what was not submitted is not in the queue"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_repeats_and_drops_nothing_while_others_add_and_remove() {
    every_walk_is_whole(2_000, "50").await;
}

/// The same for longer: not part of every run.
mod soak {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs two minutes"]
    async fn a_walk_through_ten_thousand_repeats_and_drops_nothing() {
        every_walk_is_whole(10_000, "200").await;
    }
}
