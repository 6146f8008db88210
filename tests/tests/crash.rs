//! The service is killed at random moments, and started again. What a client was told is the oracle, never the service.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use assets_tests::{App, Chance, Client, Records, Tally, recorded, settled, working_until};

/// How many clients write when the service dies.
const CLIENTS: usize = 16;
/// In which time the service must serve again.
const READY_WITHIN: Duration = Duration::from_secs(2);

async fn survive(kills: usize, seed: u64) {
    let mut app = App::with(&[("ASSETS_LOG", "warn,assets_server=info")]).await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let mut chance = Chance::seeded(seed);
    let tally = Arc::new(Mutex::new(Tally::default()));
    let mut clients = Client::several(CLIENTS, &robot, &ann, &mut chance, &tally);
    let mut unanswered = 0;
    for kill in 1..=kills {
        let moment = Duration::from_millis(50 + chance.below(900));
        clients = working_until(clients, async {
            tokio::time::sleep(moment).await;
            app.kill();
        })
        .await;
        let began = Instant::now();
        app.begin().await;
        app.stranger().get("/readyz").await.ok();
        assert!(began.elapsed() < READY_WITHIN, "ready only after {:?}, at kill {kill}", began.elapsed());
        unanswered += settled(&mut clients, kill == kills).await;
        app.command(&["fsck"]).ok();
    }
    assert!(unanswered > kills, "only {unanswered} requests were cut off by {kills} kills");
    assert!(!tally.lock().unwrap().statuses.contains_key(&503), "somebody was put off: {tally:?}");
    recorded(&Records::of(&app).await, &clients).await;
    for _ in 0..2 {
        app.command(&["gc", "--older-than", "0s"]).ok();
    }
    let said = app.command(&["fsck"]).ok();
    assert!(said.contains("0 faults; 0 orphaned files and 0 rests of uploads"), "{said}");
    settled(&mut clients, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_lose_nothing_that_was_acknowledged() {
    survive(20, 5).await;
}

/// The same for longer: not part of every run.
mod soak {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs ten minutes"]
    async fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
        survive(200, 6).await;
    }
}
