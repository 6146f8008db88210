//! Several processes on one database and one store: together they are one service, whoever of them dies.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]
#![expect(clippy::print_stdout, reason = "what clients saw is worth knowing when all went well, too")]

use std::{
    future::IntoFuture,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use assets_tests::{App, Caller, Chance, Client, Cluster, Contest, Foundation, Tally, Use, json, recorded, sample, settled, working_until};
use futures_util::future::join_all;

/// How many processes there are.
const PROCESSES: usize = 3;

/// How often the race is held at most before it has to have seen enough.
const RACES: usize = 10;

/// Races on one asset while one process is killed every second, until a thousand moves were answered, and enough of them made.
async fn race_through_kills(foundation: Foundation) {
    let mut cluster = Cluster::start(foundation, PROCESSES).await;
    let (robot, ann) = (cluster.agent("robot").await, cluster.person("ann").await);
    let asset = robot.create_copy("the first").await.ok();
    let id = asset["id"].as_str().unwrap();
    let (mut chance, mut contest, mut kills) = (Chance::seeded(31), Contest::default(), 0);
    let enough = |contest: &Contest, kills: usize| contest.answered() >= 1000 && contest.made() > 100 && kills >= 5;
    for _ in 0..RACES {
        if enough(&contest, kills) {
            break;
        }
        let over = AtomicBool::new(false);
        let race = async {
            let contest = Contest::hold(&ann, &robot, id, 1000, 64, &mut chance).await;
            over.store(true, Ordering::Relaxed);
            contest
        };
        let killing = async {
            while !over.load(Ordering::Relaxed) {
                let began = Instant::now();
                cluster.kill(kills % PROCESSES);
                cluster.begin(kills % PROCESSES).await;
                kills += 1;
                tokio::time::sleep(Duration::from_secs(1).saturating_sub(began.elapsed())).await;
            }
        };
        let (held, ()) = tokio::join!(race, killing);
        contest.add(held);
    }
    let history = ann.history(id).await.ok();
    contest.judge(&history);
    let records = cluster.records().await;
    for query in ["SELECT COUNT(*) FROM events", "SELECT MAX(sequence) FROM events", "SELECT MAX(event_sequence) FROM workspaces"] {
        assert_eq!(records.number(query).await, history["revision"].as_i64().unwrap(), "{query}");
    }
    cluster.command(&["fsck"]).ok();
    println!("{kills} kills; answered: {:?}; cut off: {}", contest.answers, contest.cut_off());
    assert!(enough(&contest, kills), "only {} moves were made, {kills} kills", contest.made());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_thousand_racing_moves_over_three_processes_leave_one_history() {
    race_through_kills(Foundation::postgres()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and S3"]
async fn a_thousand_racing_moves_over_three_processes_and_a_bucket_leave_one_history() {
    race_through_kills(Foundation::postgres_and_s3()).await;
}

/// Kills one process after the other at random moments, and checks after each that nothing is lost.
async fn survive(foundation: Foundation, kills: usize, seed: u64) {
    let mut cluster = Cluster::start(foundation, PROCESSES).await;
    let (robot, ann) = (cluster.agent("robot").await, cluster.person("ann").await);
    let mut chance = Chance::seeded(seed);
    let tally = Arc::new(Mutex::new(Tally::default()));
    let mut clients = Client::several(16, &robot, &ann, &mut chance, &tally);
    let mut unanswered = 0;
    for kill in 1..=kills {
        let moment = Duration::from_millis(50 + chance.below(900));
        let dies = usize::try_from(chance.below(3)).unwrap();
        clients = working_until(clients, async {
            tokio::time::sleep(moment).await;
            cluster.kill(dies);
            // The others go on meanwhile.
            cluster.begin(dies).await;
        })
        .await;
        unanswered += settled(&mut clients, kill == kills).await;
    }
    println!("{kills} kills, {unanswered} requests cut off: {:?}", tally.lock().unwrap());
    assert!(unanswered > kills, "only {unanswered} requests were cut off by {kills} kills");
    assert!(!tally.lock().unwrap().statuses.contains_key(&503), "somebody was put off: {tally:?}");
    recorded(&cluster.records().await, &clients).await;
    cluster.assert_nothing_is_left_behind().await;
    settled(&mut clients, true).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn twenty_kills_among_three_processes_lose_nothing_that_was_acknowledged() {
    survive(Foundation::postgres(), 20, 7).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_key_whose_revocation_was_answered_fails_at_every_process_on_its_next_request() {
    let cluster = Cluster::start(Foundation::postgres(), PROCESSES).await;
    // The last is revoked on the command line.
    for revoked_by in 0..=PROCESSES {
        let key = cluster.agent("soon gone").await;
        let holders: Vec<Caller> = (0..PROCESSES).map(|process| key.at(cluster.process(process))).collect();
        let uses: Vec<Use> = holders.iter().map(Use::begin).collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        if revoked_by == PROCESSES {
            cluster.command(&["key", "revoke", key.prefix()]).ok();
        } else {
            cluster.owner().at(cluster.process(revoked_by)).revoke_key(key.prefix()).await.status(204);
        }
        for holder in &holders {
            holder.whoami().await.problem("unauthenticated");
        }
        for used in uses {
            assert!(used.end().await > 0, "it was in use meanwhile");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn one_idempotency_key_at_three_processes_has_one_effect_and_one_answer() {
    let cluster = Cluster::start(Foundation::postgres(), PROCESSES).await;
    let robot = cluster.agent("robot").await;
    for round in 0..10 {
        let body =
            json!({"type": "copy", "title": "Once", "provenance": {"agent_slug": "robot"}, "content": {"text": format!("once {round}")}});
        let key = format!("the-one-{round}");
        let replies = join_all((0..60).map(|_| robot.create(body.clone()).once(&key).into_future())).await;
        for reply in &replies {
            assert_eq!((reply.status, &reply.bytes), (201, &replies[0].bytes), "{reply}");
            assert_eq!((reply.header("location"), reply.header("etag")), (replies[0].header("location"), replies[0].header("etag")));
        }
        assert_eq!(replies.iter().filter(|reply| reply.header("idempotency-replayed").is_none()).count(), 1, "one was the first");
        assert_eq!(robot.list(&[("include", "total")]).await.ok()["total"], round + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn what_one_process_made_is_good_at_another() {
    let cluster = Cluster::start(Foundation::postgres(), 2).await;
    let (one, other) = (cluster.process(0), cluster.process(1));
    let robot = cluster.agent("robot").await;
    let asset = robot.at(one).create_sample(&sample("hero.png")).await.ok();
    for place in 0..5 {
        robot.at(one).create_copy(&format!("text {place}")).await.ok();
    }
    let (here, there) = (robot.at(one).history(&asset).await, robot.at(other).history(&asset).await);
    assert_eq!((here.header("etag"), &here.bytes), (there.header("etag"), &there.bytes));
    let (here, there) = (robot.at(one).content(&asset, 1).await, robot.at(other).content(&asset, 1).await);
    assert_eq!((here.header("etag"), &here.bytes), (there.header("etag"), &there.bytes));
    other.follow(asset["preview_url"].as_str().unwrap()).await.status(200);

    let first = robot.at(one).list(&[("limit", "2")]).await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = robot.at(other).list(&[("limit", "2"), ("cursor", cursor)]).await.ok();
    assert_eq!(second["items"], robot.at(one).list(&[("limit", "2"), ("cursor", cursor)]).await.ok()["items"]);
    // A condition that one gave is heeded by the other.
    let tag = robot.at(one).history(&asset).await.need("etag");
    robot.at(other).submit(&asset).header("if-match", &tag).await.ok();
    robot.at(one).withdraw(&asset).header("if-match", &tag).await.problem("precondition_failed");
    cluster.person("ann").await.at(one).archive(&asset).await.ok();
    other.follow(asset["preview_url"].as_str().unwrap()).await.problem("link_gone");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn ten_processes_may_start_at_once_on_an_empty_database() {
    let mut cluster = Cluster::prepare(Foundation::postgres(), 10, &[("ASSETS_DATABASE_CONNECTIONS", "4")]);
    join_all(cluster.processes().iter_mut().map(App::begin)).await;
    let shown = cluster.processes().iter().filter(|process| process.shown_owner().is_some()).count();
    assert_eq!(shown, 1, "one of them has printed the first keys");
    let owner = cluster.owner();
    for process in cluster.processes() {
        owner.at(process).whoami().await.status(200);
        process.stranger().get("/readyz").await.ok();
        owner.at(process).create_copy("hello").await.status(201);
    }
    assert_eq!(owner.list(&[("include", "total")]).await.ok()["total"], 10);
    let records = cluster.records().await;
    assert_eq!(records.number("SELECT COUNT(*) FROM workspaces").await, 1);
    assert_eq!(records.number("SELECT COUNT(*) FROM keys").await, 2);
    assert_eq!(records.number("SELECT COUNT(*) - COUNT(DISTINCT version) FROM seaql_migrations").await, 0);
}

/// Waits until a query answers another number than 0.
async fn soon(records: &assets_tests::Records, query: &str, within: Duration) {
    let began = Instant::now();
    while records.number(query).await == 0 {
        assert!(began.elapsed() < within, "still nothing after {within:?}: {query}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const SWEPT: &str = "SELECT COUNT(*) FROM leases WHERE work = 'sweep' AND holder IS NULL AND due_at > 0";
const SWEEPING: &str = "SELECT COUNT(*) FROM leases WHERE work = 'sweep' AND holder IS NOT NULL";

/// So many files that nobody refers to and that are old enough to go, so that a sweep takes a while.
async fn leave_orphans(robot: &Caller, app: &App, number: usize) {
    robot.create_copy("kept").await.ok();
    let (known, _) = app.stored().await.pop_first().unwrap();
    let two_days_ago = SystemTime::now() - Duration::from_secs(48 * 3600);
    for place in 0..number {
        let orphan = format!("{}{place:032x}", &known[..known.len() - 32]);
        app.store().put(&orphan, b"left behind".to_vec()).await;
        let file = std::fs::File::options().write(true).open(app.data().join("blobs").join(orphan)).unwrap();
        file.set_modified(two_days_ago).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn one_process_sweeps_for_all_and_another_goes_on_when_it_dies() {
    let mut cluster = Cluster::prepare(Foundation::postgres(), 2, &[]);
    cluster.begin(0).await;
    let records = cluster.records().await;
    leave_orphans(&cluster.owner(), cluster.process(0), 20_000).await;
    records.change("UPDATE leases SET due_at = 0 WHERE work = 'sweep'").await;
    soon(&records, SWEEPING, Duration::from_secs(15)).await;
    cluster.begin(1).await;
    cluster.kill(0);
    assert_eq!(records.number(SWEEPING).await, 1, "it died in the midst of it");
    cluster.begin(0).await;
    // A lease passes on half a minute after its holder was heard of last, and a process looks every ten seconds.
    soon(&records, SWEPT, Duration::from_secs(120)).await;
    let sweeps = |app: &App| app.log().lines().filter(|line| line.contains("\"swept\"")).count();
    assert_eq!(sweeps(cluster.process(0)) + sweeps(cluster.process(1)), 1, "one has done it for both");
    assert_eq!(records.number("SELECT COUNT(*) FROM tombstones").await, 20_000);
}

/// The same for longer: not part of every run.
mod soak {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs PostgreSQL and ten minutes"]
    async fn two_hundred_kills_among_three_processes_lose_nothing_that_was_acknowledged() {
        survive(Foundation::postgres(), 200, 8).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs PostgreSQL, S3 and ten minutes"]
    async fn two_hundred_kills_among_three_processes_and_a_bucket_lose_nothing_that_was_acknowledged() {
        survive(Foundation::postgres_and_s3(), 200, 9).await;
    }
}
