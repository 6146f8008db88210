//! The database or the store is away for a while: clients are put off, nothing is lost, and nobody needs to restart anything.

#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]
#![expect(clippy::print_stdout, reason = "what clients saw is worth knowing when all went well, too")]

use std::{
    future::IntoFuture,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use assets_tests::{
    Caller, Chance, Client, Cluster, FaultyStore, Foundation, PostgresServer, Tally, Value, film, recorded, s3_url, settled, working_until,
};
use futures_util::future::join_all;

/// How many clients work meanwhile.
const CLIENTS: usize = 16;
/// How long everybody works before and after.
const WELL: Duration = Duration::from_secs(3);

/// Nobody was told anything but that it was done, or to come again later.
#[track_caller]
fn assert_put_off(tally: &Tally, what: &str) {
    println!("{what}: {tally:?}");
    assert!(tally.statuses.keys().all(|status| [200, 201, 204, 503].contains(status)), "{tally:?}");
    assert!(tally.statuses.contains_key(&503), "nobody has noticed: {tally:?}");
}

async fn database_is_away(time: Duration) {
    let server = PostgresServer::start();
    let cluster = Cluster::start(Foundation::postgres_at(&server.url()), 3).await;
    let (robot, ann) = (cluster.agent("robot").await, cluster.person("ann").await);
    let tally = Arc::new(Mutex::new(Tally::default()));
    let mut clients = Client::several(CLIENTS, &robot, &ann, &mut Chance::seeded(41), &tally);
    clients = working_until(clients, async {
        tokio::time::sleep(WELL).await;
        tokio::task::block_in_place(|| server.stop());
        tokio::time::sleep(time).await;
        cluster.process(0).stranger().get("/healthz").await.ok();
        cluster.process(0).stranger().get("/readyz").await.status(503);
        tokio::task::block_in_place(|| server.begin());
        tokio::time::sleep(WELL).await;
    })
    .await;
    assert_put_off(&tally.lock().unwrap(), &format!("the database away for {time:?}"));
    assert!(tally.lock().unwrap().slowest < Duration::from_secs(10), "{tally:?}");
    let before = tally.lock().unwrap().statuses.clone();
    clients = working_until(clients, tokio::time::sleep(WELL)).await;
    assert_eq!(tally.lock().unwrap().statuses.get(&503), before.get(&503), "all is well again");
    settled(&mut clients, true).await;
    recorded(&cluster.records().await, &clients).await;
    cluster.assert_nothing_is_left_behind().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn who_asks_while_the_database_is_away_is_put_off_and_nothing_is_lost() {
    database_is_away(Duration::from_secs(5)).await;
}

/// Sends large files until it is told to stop; answers the assets that were made, by the size of their content.
async fn send_films(robot: &Caller, place: usize, stop: &std::sync::atomic::AtomicBool, tally: &Mutex<Tally>) -> Vec<(Value, usize)> {
    let mut made = Vec::new();
    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
        let size_bytes = (12 << 20) + 10_000 * place + made.len();
        let answer = robot.create_file("video", "long.mp4", "video/mp4", film(size_bytes)).attempt().await;
        let status = answer.as_ref().map_or(0, |reply| reply.status);
        *tally.lock().unwrap().statuses.entry(status).or_default() += 1;
        match answer {
            Ok(reply) if reply.status == 503 => {
                reply.need("retry-after");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Ok(reply) => made.push((reply.status(201).ok(), size_bytes)),
            Err(error) => panic!("an upload was not answered: {error:?}"),
        }
    }
    made
}

async fn store_is_away(time: Duration) {
    let url: reqwest::Url = s3_url().parse().unwrap();
    let endpoint = url.query_pairs().find(|(name, _)| name == "endpoint").unwrap().1.into_owned();
    let real: SocketAddr = endpoint.trim_start_matches("http://").parse().unwrap();
    let store = FaultyStore::before(real).await;
    let through = url.as_str().replace(&real.to_string(), &store.address().to_string());
    assert_ne!(through, url.as_str());
    let cluster = Cluster::start(Foundation::postgres().on_s3(&through), 2).await;
    let (robot, ann) = (cluster.agent("robot").await, cluster.person("ann").await);
    let tally = Arc::new(Mutex::new(Tally::default()));
    let mut clients = Client::several(CLIENTS, &robot, &ann, &mut Chance::seeded(43), &tally);
    let (stop, films) = (std::sync::atomic::AtomicBool::new(false), Mutex::new(Tally::default()));
    let large = join_all((0..3).map(|place| send_films(&robot, place, &stop, &films)));
    let outage = async {
        tokio::time::sleep(WELL).await;
        store.goes_away();
        tokio::time::sleep(time).await;
        cluster.process(0).stranger().get("/readyz").await.status(503);
        store.comes_back();
        tokio::time::sleep(WELL).await;
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    let (worked, made) = tokio::join!(working_until(clients, outage), large);
    clients = worked;
    println!("large files meanwhile: {:?}", films.lock().unwrap());
    // Content that was being delivered when the store went away ends before its end.
    let cut_off = tally.lock().unwrap().statuses.remove(&0);
    println!("cut off: {cut_off:?}");
    assert_put_off(&tally.lock().unwrap(), &format!("the store away for {time:?}"));
    for (asset, size_bytes) in made.into_iter().flatten() {
        assert_eq!(robot.content(&asset, 1).await.status(200).bytes, film(size_bytes));
        robot.delete(&asset).await.status(204);
    }
    settled(&mut clients, true).await;
    cluster.assert_nothing_is_left_behind().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and S3"]
async fn who_asks_while_the_store_is_away_is_put_off_and_nothing_is_left_behind() {
    store_is_away(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and S3"]
async fn memory_stays_bounded_while_large_files_go_up_and_down() {
    const FILES: usize = 16;
    let cluster = Cluster::start(Foundation::postgres_and_s3(), 1).await;
    let robot = cluster.agent("robot").await;
    let films: Vec<_> = (0..FILES).map(|place| film((64 << 20) + place)).collect();
    let made =
        join_all(films.iter().map(|film| async { robot.create_file("video", "long.mp4", "video/mp4", film.clone()).await.ok() })).await;
    let after_upload = peak_mebibytes(cluster.process(0).process_id());
    let delivered = join_all(made.iter().map(|asset| robot.content(asset, 1).into_future())).await;
    assert!(delivered.iter().zip(&films).all(|(reply, film)| reply.bytes == film), "other bytes came down than went up");
    let peak = peak_mebibytes(cluster.process(0).process_id());
    println!("{FILES} files of 64 MiB at once: {after_upload} MiB at most while they went up, {peak} MiB in all");
    assert!(peak < 600, "{peak} MiB");
}

/// The most memory that a process ever had, in MiB.
fn peak_mebibytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// The same for longer: not part of every run.
mod soak {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs PostgreSQL and two minutes"]
    async fn who_asks_while_the_database_is_away_for_a_minute_is_put_off_and_nothing_is_lost() {
        database_is_away(Duration::from_secs(60)).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs PostgreSQL, S3 and two minutes"]
    async fn who_asks_while_the_store_is_away_for_half_a_minute_is_put_off_and_nothing_is_left_behind() {
        store_is_away(Duration::from_secs(30)).await;
    }
}
