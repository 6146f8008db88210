//! The feed: what was committed is told once, in its order, to whoever may hear of it, whichever process they ask.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]
#![expect(clippy::print_stdout, reason = "how soon events came is worth knowing when all went well, too")]

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use assets_tests::{App, Caller, Cluster, Foundation, Method, Told, Value, json};
use futures_util::future::join_all;

/// How long an event may take to come at most, where nothing is slow but the machine.
const SOON: Duration = Duration::from_secs(20);

async fn soon<T>(something: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, something).await.expect("it comes in the end")
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

fn numbers(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["sequence"].as_u64().unwrap()).collect()
}

/// One asset through all that can become of it, and one that is thrown away. Answers both.
async fn live_through_everything(robot: &Caller, ann: &Caller) -> (Value, Value) {
    let asset = robot.create_copy("one").await.ok();
    robot.update(&asset, json!({"title": "Another"})).await.ok();
    robot.submit(&asset).await.ok();
    robot.withdraw(&asset).await.ok();
    robot.submit(&asset).await.ok();
    ann.request_changes(&asset, "louder").await.ok();
    robot.add_text_version(&asset, "ONE").await.ok();
    robot.submit(&asset).await.ok();
    ann.approve(&asset).await.ok();
    // What changes nothing is no event.
    ann.approve(&asset).await.ok();
    robot.update(&asset, json!({"title": "Another"})).await.ok();
    robot.submit(&asset).await.problem("illegal_transition");
    ann.release(&asset, json!({"channel": "email"})).await.ok();
    ann.export(json!({"asset_ids": [asset["id"]]})).await.ok();
    ann.revoke(&asset, "too loud").await.ok();
    robot.rollback(&asset, 1).await.ok();
    robot.archive(&asset).await.ok();
    robot.restore(&asset).await.ok();
    let gone = robot.create_copy("gone").await.ok();
    robot.delete(&gone).await.ok();
    (asset, gone)
}

const EVERYTHING: [&str; 18] = [
    "asset.created",
    "asset.updated",
    "asset.submitted",
    "asset.withdrawn",
    "asset.submitted",
    "asset.changes_requested",
    "asset.version_added",
    "asset.submitted",
    "asset.approved",
    "asset.released",
    "export.created",
    "asset.revoked",
    "asset.rolled_back",
    "asset.archived",
    "asset.restored",
    "asset.created",
    "asset.deleted",
    "asset.created",
];

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_one_event_of_its_type_and_what_changes_nothing_is_none() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let mut tail = robot.follow(&[]).await;
    let (asset, gone) = live_through_everything(&robot, &ann).await;
    robot.create_copy("the last").await.ok();
    let feed = robot.whole_feed(&[]).await;
    assert_eq!(types(&feed), EVERYTHING);
    assert_eq!(numbers(&feed), (1..=18).collect::<Vec<u64>>());
    assert_eq!(soon(tail.events(18)).await, feed, "the stream tells the same");

    let workspace = robot.whoami().await.ok()["workspace"].clone();
    for event in &feed {
        assert!(event["id"].as_str().unwrap().starts_with("evt_"), "{event}");
        assert_eq!(event["workspace_id"], workspace, "{event}");
        assert!(event["occurred_at"].as_str().unwrap().ends_with('Z'), "{event}");
        assert!(event["data"]["by"]["name"].is_string(), "{event}");
    }
    let approved = &feed[8]["data"];
    let digest = ann.history(&asset).await.ok()["versions"].as_array().unwrap()[1]["content"]["digest"].clone();
    let by = json!({"key_prefix": ann.prefix(), "name": "ann", "kind": "person"});
    assert_eq!(
        *approved,
        json!({"asset_id": asset["id"], "asset_type": "copy", "campaign_id": null, "brand_id": null, "version": 2, "digest": digest, "status": "approved", "approved_version": 2,
            "approval_changed": true, "by": by})
    );
    let (released, exported) = (&feed[9]["data"], &feed[10]["data"]);
    assert_eq!((&released["asset_id"], &released["version"], &released["channel"]), (&asset["id"], &json!(2), &json!("email")));
    assert_eq!(exported["count"], 1);
    assert_eq!(feed[16]["data"]["asset_id"], gone["id"]);
    let changed: Vec<_> = feed.iter().filter(|event| event["data"]["approval_changed"] == true).map(|event| &event["type"]).collect();
    assert_eq!(changed, ["asset.approved", "asset.revoked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_and_filters_lead_on_and_what_is_not_known_is_refused() {
    let app = App::start().await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let (asset, _) = live_through_everything(&robot, &ann).await;
    let page = async |query: &[(&str, &str)]| {
        let page = robot.events(query).await.ok();
        (numbers(page["items"].as_array().unwrap()), page["next_after"].as_u64().unwrap())
    };
    assert_eq!(page(&[("limit", "3")]).await, (vec![1, 2, 3], 3));
    assert_eq!(page(&[("limit", "3"), ("after", "3")]).await, (vec![4, 5, 6], 6));
    assert_eq!(page(&[("after", "16")]).await, (vec![17], 17));
    assert_eq!(page(&[("after", "17")]).await, (vec![], 17));
    assert_eq!(page(&[("after", "500")]).await, (vec![], 500));
    assert_eq!(page(&[("type", "asset.approved"), ("type", "asset.revoked")]).await, (vec![9, 12], 17));
    assert_eq!(page(&[("type", "export.created"), ("after", "11")]).await, (vec![], 17));
    let id = asset["id"].as_str().unwrap();
    assert_eq!(page(&[("asset_id", id), ("limit", "200")]).await.0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15]);
    assert_eq!(page(&[("asset_id", id), ("type", "asset.released")]).await, (vec![10], 17));

    for wrong in ["after=-1", "after=x", "after=1&after=2", "limit=0", "type=asset.sold", "asset_id=7", "cursor=abc", "status=draft"] {
        for path in ["/api/v1/assets/events", "/api/v1/assets/events/stream"] {
            let problem = robot.get(&format!("{path}?{wrong}")).await.problem("invalid_request");
            let named = problem["errors"][0]["loc"][1].as_str().unwrap();
            assert!(wrong.starts_with(named) || (path.ends_with("stream") && named == "limit"), "{wrong}: {problem}");
        }
    }
    for wrong in ["x", "-1", ""] {
        let problem = robot.get("/api/v1/assets/events/stream").header("last-event-id", wrong).await.problem("invalid_request");
        assert_eq!(problem["errors"][0]["loc"], json!(["header", "Last-Event-ID"]), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_where_it_was_cut_off() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    for text in ["one", "two", "three"] {
        robot.create_copy(text).await.ok();
    }
    let mut tail = robot.follow(&[("after", "0")]).await;
    assert_eq!(tail.header("content-type"), Some("text/event-stream"));
    assert_eq!(tail.header("cache-control"), Some("private, no-store"));
    let greeting = soon(tail.told()).await.unwrap();
    assert_eq!(greeting, Told { id: Some(0), retry: Some(2000), ..Told::default() });
    assert_eq!(numbers(&soon(tail.events(2)).await), [1, 2]);
    drop(tail);
    robot.create_copy("four").await.ok();

    let resumed = robot.get("/api/v1/assets/events/stream?after=0").header("last-event-id", "2");
    let mut tail = resumed.open().await.unwrap();
    assert_eq!(numbers(&soon(tail.events(2)).await), [3, 4]);
    robot.create_copy("five").await.ok();
    assert_eq!(numbers(&soon(tail.events(1)).await), [5]);

    // Without a place, from now on; and of what is wanted alone.
    let mut fresh = robot.follow(&[("type", "asset.submitted")]).await;
    assert_eq!(soon(fresh.told()).await.unwrap().id, Some(5));
    let asset = robot.create_copy("six").await.ok();
    robot.submit(&asset).await.ok();
    assert_eq!(numbers(&soon(fresh.events(1)).await), [7]);

    let head = robot.ask(Method::HEAD, "/api/v1/assets/events/stream").await.status(200);
    assert!(head.bytes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_hears_what_is_approved_and_nothing_of_how_it_came_to_that() {
    let app = App::start().await;
    let (robot, ann, publisher) = (app.agent("robot").await, app.person("ann").await, app.publisher().await);
    let mut tail = publisher.follow(&[("after", "0")]).await;
    let (asset, _) = live_through_everything(&robot, &ann).await;
    let draft = robot.create_copy("never approved").await.ok();
    ann.archive(&draft).await.ok();
    let again = robot.create_copy("approved, and put away").await.ok();
    robot.submit(&again).await.ok();
    ann.approve(&again).await.ok();
    ann.archive(&again).await.ok();

    let feed = publisher.whole_feed(&[]).await;
    assert_eq!(types(&feed), ["asset.approved", "asset.revoked", "asset.approved", "asset.archived"]);
    assert_eq!(soon(tail.events(4)).await, feed);
    let digest = ann.history(&asset).await.ok()["versions"].as_array().unwrap()[1]["content"]["digest"].clone();
    let data = |approved: Value, digest: Value| {
        json!({"asset_id": asset["id"], "asset_type": "copy", "campaign_id": null, "brand_id": null, "version": approved, "digest": digest, "status": null,
            "approved_version": approved, "approval_changed": true, "by": null})
    };
    assert_eq!(feed[0]["data"], data(json!(2), digest));
    assert_eq!(feed[1]["data"], data(Value::Null, Value::Null));
    let said = json!(feed).to_string();
    assert!(!said.contains(draft["id"].as_str().unwrap()) && !said.contains("ann"), "{said}");
    let page = publisher.events(&[("type", "asset.created")]).await.ok();
    assert_eq!((&page["items"], &page["next_after"]), (&json!([]), &json!(23)));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenant_hears_nothing() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    app.workspace("other");
    let other = app.key_in("other", "robot", "agent", &["assets:read", "assets:write"]);
    let mut tail = other.follow(&[("after", "0")]).await;
    let asset = robot.create_copy("ours").await.ok();
    let id = asset["id"].as_str().unwrap();
    assert_eq!(other.events(&[]).await.ok(), json!({"items": [], "next_after": 0}));
    assert_eq!(other.events(&[("asset_id", id)]).await.ok(), json!({"items": [], "next_after": 0}));
    let theirs = other.create_copy("theirs").await.ok();
    let first = soon(tail.event()).await.unwrap();
    assert_eq!((&first["data"]["asset_id"], &first["sequence"]), (&theirs["id"], &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_key_and_with_the_service() {
    let mut app = App::start().await;
    let owner = app.owner();
    let (robot, spare) = (app.agent("robot").await, app.agent("spare").await);
    let (mut tail, mut ended) = (robot.follow(&[]).await, spare.follow(&[]).await);
    soon(tail.told()).await.unwrap();
    soon(ended.told()).await.unwrap();
    owner.revoke_key(spare.prefix()).await.ok();
    let revoked = Instant::now();
    while soon(ended.told()).await.is_some() {}
    assert!(revoked.elapsed() < Duration::from_secs(10), "it ended after {:?}", revoked.elapsed());
    robot.create_copy("still here").await.ok();
    soon(tail.event()).await.unwrap();

    let stopped = Instant::now();
    assert!(app.stop(), "it ends well");
    assert!(stopped.elapsed() < Duration::from_secs(8), "it took {:?} to stop", stopped.elapsed());
    while soon(tail.told()).await.is_some() {}
}

/// So many writers, over as many processes as there are: what they were told was accepted is in the feed, once, and nothing else is.
async fn write_and_follow(foundation: Foundation, processes: usize) {
    const WRITERS: usize = 16;
    const EACH: usize = 8;
    let cluster = Cluster::start(foundation, processes).await;
    let owner = cluster.owner();
    let key = owner.made_key("robot", "agent", &["assets:read", "assets:write"]).await;
    let mut tails = Vec::new();
    for place in 0..processes {
        tails.push(cluster.process(place).holder(&key).follow(&[("after", "0")]).await);
    }
    let robot = cluster.holder(&key);
    let write = async |writer: usize| {
        let mut accepted = Vec::new();
        for place in 0..EACH {
            let asset = robot.create_copy(&format!("{writer} {place}")).await.ok();
            accepted.push(("asset.created".to_owned(), asset["id"].clone()));
            robot.submit(&asset).await.ok();
            accepted.push(("asset.submitted".to_owned(), asset["id"].clone()));
        }
        accepted
    };
    let mut accepted: Vec<_> = join_all((0..WRITERS).map(write)).await.into_iter().flatten().collect();
    let count = accepted.len();
    let told = |event: &Value| (event["type"].as_str().unwrap().to_owned(), event["data"]["asset_id"].clone());
    let feed = robot.whole_feed(&[]).await;
    assert_eq!(numbers(&feed), (1..=u64::try_from(count).unwrap()).collect::<Vec<_>>());
    for tail in &mut tails {
        assert_eq!(soon(tail.events(count)).await, feed, "each process tells the same");
    }
    let mut heard: Vec<_> = feed.iter().map(told).collect();
    let order = |one: &(String, Value)| (one.0.clone(), one.1.to_string());
    heard.sort_by_key(order);
    accepted.sort_by_key(order);
    assert_eq!(heard, accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_leave_no_gap() {
    write_and_follow(Foundation::of_this_run(), 1).await;
}

/// Two processes on one file hear of each other by looking.
#[tokio::test(flavor = "multi_thread")]
async fn processes_on_one_file_tell_what_the_other_wrote() {
    write_and_follow(Foundation::embedded(), 2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn three_processes_on_postgres_tell_what_the_others_wrote() {
    write_and_follow(Foundation::postgres(), 3).await;
}

/// Others hear of a commit by being told, not by looking every second.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn another_process_hears_of_a_commit_at_once() {
    let cluster = Cluster::start(Foundation::postgres(), 2).await;
    let key = cluster.owner().made_key("robot", "agent", &["assets:read", "assets:write"]).await;
    let (writer, reader) = (cluster.process(0).holder(&key), cluster.process(1).holder(&key));
    let mut tail = reader.follow(&[("after", "0")]).await;
    let mut took = Vec::new();
    for number in 0..20 {
        writer.create_copy(&format!("number {number}")).await.ok();
        let committed = Instant::now();
        soon(tail.event()).await.unwrap();
        took.push(committed.elapsed());
    }
    took.sort();
    // By looking alone, half of them would take half a second and more.
    assert!(took[took.len() / 2] < Duration::from_millis(250), "{took:?}");
}

/// How many assets one writer decides about at once.
const AT_ONCE: usize = 50;

/// Somebody who submits and withdraws the same assets over and over, and remembers what they were told.
struct Writer {
    robot: Caller,
    assets: Vec<Moved>,
    cut_off: usize,
}

/// An asset as its writer knows it.
struct Moved {
    id: String,
    digest: Value,
    is_pending: bool,
    /// How many changes of it were accepted.
    changes: u64,
}

impl Writer {
    async fn of(robot: Caller, place: usize) -> Self {
        let mut assets = Vec::new();
        for number in 0..AT_ONCE {
            let asset = robot.create_copy(&format!("{number} of {place}")).await.ok();
            let digest = asset["latest_version"]["content"]["digest"].clone();
            assets.push(Moved { id: asset["id"].as_str().unwrap().to_owned(), digest, is_pending: false, changes: 1 });
        }
        Self { assets, robot, cut_off: 0 }
    }

    fn changes(&self) -> u64 {
        self.assets.iter().map(|asset| asset.changes).sum()
    }

    /// Takes every asset one step further. What an answer that was cut off was about is asked for.
    async fn step(&mut self) {
        let action = |asset: &Moved| if asset.is_pending { "withdraw" } else { "submit" };
        let decision = |asset: &Moved| json!({"asset_id": asset.id, "action": action(asset), "version": 1, "digest": asset.digest});
        let decisions: Vec<Value> = self.assets.iter().map(decision).collect();
        match self.robot.decide(&decisions).attempt().await {
            Ok(reply) if reply.status == 200 => {
                let told = reply.json();
                for (asset, result) in self.assets.iter_mut().zip(told["results"].as_array().unwrap()) {
                    assert_eq!(result["status"], 200, "{result}");
                    asset.is_pending = !asset.is_pending;
                    asset.changes += 1;
                }
            }
            Ok(reply) => assert!(reply.status == 503, "{reply}"),
            Err(_) => {
                self.cut_off += 1;
                self.look().await;
            }
        }
    }

    async fn look(&mut self) {
        for asset in &mut self.assets {
            let seen = loop {
                match self.robot.history(&asset.id).attempt().await {
                    Ok(reply) if reply.status == 200 => break reply.json(),
                    _ => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            };
            let revision = seen["revision"].as_u64().unwrap();
            assert!(revision == asset.changes || revision == asset.changes + 1, "a change was lost, or made twice: {seen}");
            asset.changes = revision;
            asset.is_pending = seen["status"] == "pending_review";
        }
    }
}

/// Sixteen writers at three processes, one of which is killed every now and then, until there are so many events: the feed is complete,
/// and has one event for each change that was accepted.
async fn complete_through_kills(events: u64, pause: Duration) {
    const WRITERS: usize = 16;
    let mut cluster = Cluster::start(Foundation::postgres(), 3).await;
    let robot = cluster.agent("robot").await;
    let mut writers = join_all((0..WRITERS).map(|place| Writer::of(robot.clone(), place))).await;
    let began = Instant::now();
    let (done, each) = (AtomicBool::new(false), events.div_ceil(u64::try_from(WRITERS).unwrap()));
    let writing = async {
        join_all(writers.iter_mut().map(async |writer| {
            while writer.changes() < each {
                writer.step().await;
            }
        }))
        .await;
        done.store(true, Ordering::Relaxed);
    };
    let reader = robot.clone();
    let following = async {
        // All the while, by pages, at whichever process: what is seen has no gap at any time.
        let (mut after, mut heard) = (0, BTreeMap::<String, Vec<bool>>::new());
        loop {
            let is_last = done.load(Ordering::Relaxed);
            let Ok(page) = reader.events(&[("after", &after.to_string()), ("limit", "200")]).attempt().await else { continue };
            if page.status != 200 {
                continue;
            }
            let page = page.json();
            let items = page["items"].as_array().unwrap();
            assert_eq!(numbers(items), (after + 1..).take(items.len()).collect::<Vec<_>>());
            for event in items {
                let asset = event["data"]["asset_id"].as_str().unwrap().to_owned();
                heard.entry(asset).or_default().push(event["type"] == "asset.submitted");
            }
            let next = page["next_after"].as_u64().unwrap();
            if next == after && is_last {
                return (after, heard);
            }
            after = next;
        }
    };
    let mut kills = 0;
    let killing = async {
        while !done.load(Ordering::Relaxed) {
            tokio::time::sleep(pause).await;
            cluster.kill(kills % 3);
            cluster.begin(kills % 3).await;
            kills += 1;
        }
    };
    let ((), (last, heard), ()) = tokio::join!(writing, following, killing);
    let (seconds, cut_off) = (began.elapsed().as_secs_f64(), writers.iter().map(|writer| writer.cut_off).sum::<usize>());
    println!("{last} events in {seconds:.0} s, {kills} kills, {cut_off} answers cut off");
    assert_eq!(last, writers.iter().map(Writer::changes).sum::<u64>(), "one event for each change");
    assert!(last >= events && kills > 0);
    for asset in writers.iter().flat_map(|writer| &writer.assets) {
        let told = &heard[&asset.id];
        assert_eq!(u64::try_from(told.len()).unwrap(), asset.changes, "{}", asset.id);
        // Created, and then submitted and withdrawn in turn.
        assert!(told.iter().enumerate().all(|(place, submitted)| *submitted == (place % 2 == 1)), "{}: {told:?}", asset.id);
    }
    let records = cluster.records().await;
    for query in ["SELECT COUNT(*) FROM events", "SELECT MAX(sequence) FROM events", "SELECT MAX(event_sequence) FROM workspaces"] {
        assert_eq!(records.number(query).await, i64::try_from(last).unwrap(), "{query}");
    }
}

/// How much memory a process has, in MiB.
fn memory_mib(app: &App) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", app.process_id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// So many readers at two processes, and one writer at the first: everybody hears everything, and it is said how soon.
async fn many_hear_at_once(readers: usize, events: usize) {
    let cluster = Cluster::start(Foundation::postgres(), 2).await;
    let key = cluster.owner().made_key("robot", "agent", &["assets:read", "assets:write"]).await;
    let robots: Vec<Caller> = (0..2).map(|place| cluster.process(place).holder(&key)).collect();
    robots[0].create_copy("warm").await.ok();
    let before: Vec<f64> = (0..2).map(|place| memory_mib(cluster.process(place))).collect();
    let mut tails = Vec::new();
    for place in 0..readers {
        let mut tail = robots[place % 2].follow(&[("after", "1")]).await;
        soon(tail.told()).await.unwrap();
        tails.push(tail);
    }
    let reading: Vec<_> = tails
        .into_iter()
        .map(|mut tail| {
            tokio::spawn(async move {
                let mut heard = Vec::with_capacity(events);
                for number in 0..events {
                    let event = tail.event().await.unwrap();
                    assert_eq!(event["sequence"], number + 2);
                    heard.push(Instant::now());
                }
                heard
            })
        })
        .collect();
    let mut committed = Vec::with_capacity(events);
    for number in 0..events {
        robots[0].create_copy(&format!("number {number}")).await.ok();
        committed.push(Instant::now());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let after: Vec<f64> = (0..2).map(|place| memory_mib(cluster.process(place))).collect();
    let mut took = [Vec::new(), Vec::new()];
    for (place, reader) in reading.into_iter().enumerate() {
        let heard = tokio::time::timeout(Duration::from_secs(60), reader).await.unwrap().unwrap();
        took[place % 2].extend(heard.iter().zip(&committed).map(|(heard, committed)| heard.saturating_duration_since(*committed)));
    }
    for (place, took) in took.iter_mut().enumerate() {
        took.sort();
        let part = |hundredth: usize| took[(took.len() - 1) * hundredth / 100];
        let (was, is) = (before[place], after[place]);
        println!(
            "process {place}: {} deliveries, behind the writer's answer p50 {:?}, p99 {:?}, last {:?}; memory {was:.1} MiB, then {is:.1} MiB",
            took.len(),
            part(50),
            part(99),
            part(100)
        );
        assert_eq!(took.len(), readers / 2 * events);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn the_feed_is_complete_through_kills() {
    complete_through_kills(5_000, Duration::from_secs(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_hundred_readers_at_two_processes_hear_everything() {
    many_hear_at_once(100, 20).await;
}

/// The same for longer: not part of every run.
mod soak {
    use super::*;

    /// What the environment says, or else this.
    fn number(name: &str, otherwise: u64) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "how long it takes depends on the machine")]
        std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs PostgreSQL and an hour"]
    async fn a_million_events_are_complete_through_kills() {
        complete_through_kills(number("ASSETS_SOAK_EVENTS", 1_000_000), Duration::from_secs(5)).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs PostgreSQL and some thousand open files"]
    async fn a_thousand_readers_at_two_processes_hear_everything() {
        many_hear_at_once(usize::try_from(number("ASSETS_SOAK_READERS", 1000)).unwrap(), 100).await;
    }
}
