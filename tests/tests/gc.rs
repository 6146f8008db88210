//! The sweep beside everything else: what is in use stays, what nobody uses goes.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use assets_tests::{App, Caller, Chance, Finished, Reply};
use futures_util::future::join_all;

/// How many work beside the sweep.
const CLIENTS: usize = 8;

/// What a client knows to be kept: the texts of the versions of each asset, in order.
type Kept = BTreeMap<String, Vec<String>>;

/// Tries until the sweep does not interfere: content that lay for a whole second without a row is taken for an orphan and
/// refused, never half kept.
async fn insisted(ask: impl AsyncFn() -> Reply) -> Option<Reply> {
    for _ in 0..50 {
        let reply = ask().await;
        match reply.status {
            200..300 => return Some(reply),
            500 | 503 => {}
            _ => panic!("neither done nor put off: {reply}"),
        }
    }
    None
}

/// Creates, adds, repeats, rolls back and deletes at random.
async fn work(robot: Caller, mut chance: Chance, stop: &AtomicBool) -> Kept {
    let (mut kept, mut place) = (Kept::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        place += 1;
        // So few texts that bytes are shared, go and come back, and so many that some are nobody's for a while.
        let text = format!("text {}", chance.below(200));
        let id = match kept.keys().nth(usize::try_from(chance.below(8)).unwrap()) {
            Some(id) => id.clone(),
            None => {
                if let Some(created) = insisted(async || robot.create_copy(&text).await).await {
                    kept.insert(created.json()["id"].as_str().unwrap().to_owned(), vec![text]);
                }
                continue;
            }
        };
        match chance.below(3) {
            0 => {
                if insisted(async || robot.add_text_version(&id, &text).await).await.is_some() {
                    kept.get_mut(&id).unwrap().push(text);
                }
            }
            1 => {
                let first = kept[&id][0].clone();
                robot.rollback(&id, 1).await.ok();
                kept.get_mut(&id).unwrap().push(first);
            }
            _ => {
                robot.delete(&id).await.ok();
                kept.remove(&id);
            }
        }
        if place % 10 == 0 {
            readable(&robot, &kept).await;
        }
    }
    kept
}

async fn readable(reader: &Caller, kept: &Kept) {
    for (id, texts) in kept {
        for (number, text) in (1..).zip(texts) {
            assert_eq!(reader.content(id, number).await.status(200).text(), *text, "version {number} of {id}");
        }
    }
}

async fn sweep_beside_work(time: Duration) {
    let app = Arc::new(App::with(&[("ASSETS_LOG", "warn,assets_server=info")]).await);
    let robot = app.agent("robot").await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut chance = Chance::seeded(4);
    let sweeper = {
        let (app, stop) = (app.clone(), stop.clone());
        std::thread::spawn(move || {
            let began = Instant::now();
            let mut sweeps = Vec::new();
            // One that fails ends the work, which would go on for ever, and is told behind it.
            while began.elapsed() < time && sweeps.last().is_none_or(|last: &Finished| last.success) {
                sweeps.push(app.command(&["gc", "--older-than", "1s"]));
            }
            stop.store(true, Ordering::Relaxed);
            sweeps
        })
    };
    let kept = join_all((0..CLIENTS).map(|_| work(robot.clone(), chance.of(), &stop))).await;
    let sweeps: Vec<String> = sweeper.join().unwrap().into_iter().map(Finished::ok).collect();
    for kept in &kept {
        readable(&robot, kept).await;
    }
    assert!(sweeps.iter().any(|said| !said.starts_with("0 files")), "none of {} sweeps removed anything", sweeps.len());
    for _ in 0..3 {
        app.command(&["gc", "--older-than", "0s"]).ok();
    }
    let said = app.command(&["fsck"]).ok();
    assert!(said.contains("0 faults; 0 orphaned files and 0 rests of uploads"), "{said}");
    let texts: std::collections::BTreeSet<&String> = kept.iter().flat_map(BTreeMap::values).flatten().collect();
    assert_eq!(app.stored().await.len(), texts.len(), "one file for each text that is in use, and no other");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sweep_takes_what_is_in_use() {
    sweep_beside_work(Duration::from_secs(12)).await;
}

#[tokio::test]
async fn what_a_broken_upload_left_is_gone_after_two_sweeps() {
    let mut app = App::start().await;
    let robot = app.agent("robot").await;
    let kept = robot.create_copy("kept").await.ok();
    let gone = robot.create_copy("gone").await.ok();
    robot.delete(&gone).await.ok();
    // What a process leaves behind that dies between writing a file and its row.
    let (known, _) = app.stored().await.pop_first().unwrap();
    let orphan = format!("{}{}", &known[..known.len() - 32], "1".repeat(32));
    app.store().put(&orphan, b"left behind".to_vec()).await;
    assert_eq!(app.stored().await.len(), 3);
    app.restart().await;
    app.command(&["gc"]).ok();
    assert_eq!(app.stored().await.len(), 3, "what is young may still be on its way");
    app.command(&["gc", "--older-than", "0s"]).ok();
    app.command(&["gc", "--older-than", "0s"]).ok();
    assert_eq!(app.stored().await.len(), 1, "{:?}", app.stored().await);
    assert_eq!(robot.content(&kept, 1).await.text(), "kept");
}

#[tokio::test]
async fn the_rest_of_an_upload_that_a_process_died_over_is_gone_after_a_sweep() {
    let app = App::embedded(&[]).await;
    let robot = app.agent("robot").await;
    robot.create_copy("kept").await.ok();
    app.store().put(&format!(".tmp/{}", "2".repeat(32)), b"left behind".to_vec()).await;
    app.command(&["gc"]).ok();
    assert_eq!(app.stored().await.len(), 2, "what is young may still be on its way");
    app.command(&["gc", "--older-than", "0s"]).ok();
    assert_eq!(app.stored().await.len(), 1, "{:?}", app.stored().await);
}

/// The same for longer: not part of every run.
mod soak {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs five minutes"]
    async fn a_thousand_sweeps_take_nothing_that_is_in_use() {
        sweep_beside_work(Duration::from_secs(300)).await;
    }
}
