//! An installation moves to another place and back while people work in it. What it answered there it answers here.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use assets_tests::{App, Caller, Foundation, Records, Value, json, sample};
use futures_util::{StreamExt, future::join_all, stream};

/// How many requests are under way at a time.
const HANDS: usize = 8;
/// How long a copy may take to come far enough to be killed.
const PATIENCE: Duration = Duration::from_secs(120);
/// Of how many assets every version is looked at, at least; the lists tell of all of them.
const LOOKED_AT: usize = 500;

/// Who works in the installation that moves.
struct Staff {
    owner: Caller,
    robot: Caller,
    ann: Caller,
    publisher: Caller,
    dismissed: Caller,
}

impl Staff {
    async fn of(app: &App) -> Self {
        let staff = Self {
            owner: app.owner(),
            robot: app.agent("robot").await,
            ann: app.person("ann").await,
            publisher: app.publisher().await,
            dismissed: app.agent("dismissed").await,
        };
        staff.owner.revoke_key(staff.dismissed.prefix()).await.status(204);
        staff
    }

    fn at(&self, app: &App) -> Self {
        Self {
            owner: self.owner.at(app),
            robot: self.robot.at(app),
            ann: self.ann.at(app),
            publisher: self.publisher.at(app),
            dismissed: self.dismissed.at(app),
        }
    }

    /// One asset of each kind of history in turn.
    async fn make(&self, number: usize) {
        let text = format!("Text {number} about très {}", ["tulips", "daffodils", "crocuses"][number % 3]);
        let tags = json!([format!("brand:b{}", number % 5), "channel:web"]);
        let body = json!({"type": "copy", "title": format!("Title {number}"), "tags": tags,
            "provenance": {"agent_slug": "robot", "campaign_id": format!("c{}", number % 7)}, "content": {"text": text}});
        let asset = self.robot.create(body).await.ok();
        let kind = number % 10;
        if kind == 1 {
            self.robot.delete(&asset).await.status(204);
        }
        if kind < 2 {
            return;
        }
        self.robot.submit(&asset).await.ok();
        if kind == 3 {
            self.ann.request_changes(&asset, "not yet").await.ok();
        }
        if kind < 4 {
            return;
        }
        self.ann.approve(&asset).await.ok();
        match kind {
            5 => drop(self.ann.revoke(&asset, "no longer").await.ok()),
            6 => drop(self.ann.archive(&asset).await.ok()),
            7 => {
                self.robot.add_text_version(&asset, &format!("second text {number}")).await.ok();
                self.robot.submit(&asset).await.ok();
                self.ann.approve(&asset).await.ok();
                self.ann.rollback(&asset, 1).await.ok();
            }
            8 => {
                let deck = sample("deck.pdf");
                self.robot.create_sample(&deck).await.ok();
                self.robot.update(&asset, json!({"description": "Zwei\nZeilen", "tags": ["brand:other"]})).await.ok();
            }
            9 => {
                self.ann.archive(&asset).await.ok();
                self.ann.restore(&asset).await.ok();
                self.robot.add_file_version(&asset, "long.txt", "text/plain", format!("long {number} ").repeat(20_000)).await.ok();
            }
            _ => {}
        }
    }

    async fn fill(&self, assets: usize) {
        stream::iter(0..assets).for_each_concurrent(HANDS, |number| self.make(number)).await;
    }

    /// Goes on working until told to stop.
    async fn work(&self, from: usize, stop: &AtomicBool) {
        for number in (from..).step_by(2) {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            self.make(number).await;
        }
    }

    /// Everything that can be asked, and what was answered, without what is of the moment and the address.
    async fn portrait(&self) -> BTreeMap<String, String> {
        let mut portrait = BTreeMap::new();
        let mut ids = Vec::new();
        for (name, caller) in [("robot", &self.robot), ("publisher", &self.publisher)] {
            let filters: [&[(&str, &str)]; 6] = [
                &[],
                &[("q", "tres tulips")],
                &[("q", "zwei")],
                &[("tag", "brand:b2")],
                &[("has_approved", "true"), ("campaign_id", "c3")],
                &[("sort", "submitted_at")],
            ];
            for filter in filters {
                let listed = every_page(caller, filter).await;
                if filter.is_empty() && name == "robot" {
                    ids = listed.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
                }
                let listed: Vec<String> = listed.iter().map(|item| lasting(&item.to_string())).collect();
                portrait.insert(format!("{name} lists {filter:?}"), listed.join("\n"));
            }
        }
        let every = (ids.len() / LOOKED_AT).max(1);
        let seen = stream::iter(ids.iter().step_by(every)).map(|id| self.seen(id)).buffer_unordered(HANDS).collect::<Vec<_>>().await;
        portrait.extend(seen.into_iter().flatten());
        portrait.insert("keys".into(), self.owner.keys().await.text());
        for caller in [&self.owner, &self.robot, &self.ann, &self.publisher] {
            portrait.insert(format!("whoami {}", caller.prefix()), caller.whoami().await.status(200).text());
        }
        self.dismissed.whoami().await.status(401);
        portrait
    }

    async fn seen(&self, id: &str) -> Vec<(String, String)> {
        let history = self.robot.history(id).await.status(200);
        let versions = history.json()["latest_version"]["number"].as_u64().unwrap();
        let mut seen = vec![(id.to_owned(), lasting(&history.text()))];
        for number in 1..=u32::try_from(versions).unwrap() {
            let content = self.robot.content(id, number).await.status(200);
            seen.push((format!("{id} version {number}"), format!("{} {}", content.need("etag"), content.need("content-type"))));
            seen.push((format!("{id} bytes {number}"), format!("{:?}", content.bytes)));
        }
        let approved = self.publisher.approved_content(id).await;
        seen.push((format!("{id} approved"), format!("{} {:?}", approved.status, approved.header("etag"))));
        seen
    }
}

async fn every_page(caller: &Caller, filter: &[(&str, &str)]) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = [filter, &[("limit", "200")]].concat();
        if let Some(cursor) = &cursor {
            query.push(("cursor", cursor));
        }
        let page = caller.list(&query).await.ok();
        items.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return items,
        }
    }
}

/// An answer without its links, which hold the address of the service and the time of day.
fn lasting(answer: &str) -> String {
    let mut parts = answer.split("\"preview_url\":\"");
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        kept.push_str(part.split_once('"').unwrap().1);
    }
    kept
}

/// What cannot be asked for: how many rows there are, and of what.
async fn rows(app: &App) -> Vec<i64> {
    let records = Records::of(app).await;
    let mut rows = Vec::new();
    for query in [
        "SELECT COUNT(*) FROM events",
        "SELECT MAX(sequence) FROM events",
        "SELECT CAST(SUM(sequence * (occurred_at % 1000003)) AS BIGINT) FROM events",
        "SELECT CAST(SUM(length(body)) AS BIGINT) FROM events",
        "SELECT MAX(event_sequence) FROM workspaces",
        "SELECT COUNT(*) FROM authors",
        "SELECT COUNT(*) FROM decisions",
        "SELECT COUNT(*) FROM listing_text",
        "SELECT COUNT(*) FROM texts WHERE EXISTS (SELECT 1 FROM versions v WHERE v.workspace_id = texts.workspace_id AND v.digest = texts.digest)",
    ] {
        rows.push(records.number(query).await);
    }
    rows
}

/// The flags that lead a copy to an installation.
fn leading_to(foundation: &Foundation) -> Vec<String> {
    let named = |wanted: &str| foundation.settings().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
    match (named("ASSETS_DATABASE_URL"), named("ASSETS_STORE_URL")) {
        (Some(database), Some(store)) => vec!["copy".into(), "--to-database-url".into(), database, "--to-store-url".into(), store],
        (None, None) => vec!["copy".into(), "--to-data-dir".into(), foundation.data().to_str().unwrap().into()],
        _ => panic!("neither all of it nor none is elsewhere"),
    }
}

/// What the source is asked with to copy there: its own settings, and how to get into the store of the destination.
fn settings_beside(foundation: &Foundation) -> Vec<(String, String)> {
    let is_access = |name: &str| name.starts_with("AWS_");
    foundation.settings().filter(|(name, _)| is_access(name)).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Kills the copy when so many files more have come over.
async fn kill_midway(source: &App, destination: &App, copy: &[&str], more: usize) {
    let wanted = destination.stored().await.len() + more;
    let mut copying = source.begin_command(copy);
    let began = Instant::now();
    while destination.stored().await.len() < wanted {
        assert!(began.elapsed() < PATIENCE, "the copy does not get on");
        assert_eq!(copying.try_wait().unwrap(), None, "the copy came to its end before it was killed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    copying.kill().unwrap();
    copying.wait().unwrap();
}

async fn moves(to: Foundation, assets: usize) {
    let to = Arc::new(to);
    let beside = settings_beside(&to);
    let beside: Vec<(&str, &str)> = beside.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut source = App::on(Foundation::embedded().into(), &beside);
    source.begin().await;
    let staff = Staff::of(&source).await;
    staff.fill(assets).await;
    let once = json!({"type": "copy", "title": "Once", "provenance": {"agent_slug": "robot"}, "content": {"text": "once"}});
    let made = staff.robot.create(once.clone()).once("a-key-of-its-own").await.ok();
    let signing_key = std::fs::read_to_string(source.data().join("signing.key")).unwrap();
    let mut destination = App::on(to.clone(), &[("ASSETS_SIGNING_KEY", signing_key.trim())]);

    let copy = leading_to(&to);
    let copy: Vec<&str> = copy.iter().map(String::as_str).collect();
    let stop = AtomicBool::new(false);
    let workers = join_all([assets, assets + 1].map(|from| staff.work(from, &stop)));
    let copying = async {
        for _ in 0..2 {
            kill_midway(&source, &destination, &copy, assets / 10).await;
        }
        let said = source.command(&copy).ok();
        assert!(said.contains(" 0 faults") && said.contains("next: "), "{said}");
        assert!(!said.contains(signing_key.trim()), "the signing key is printed");
        stop.store(true, Ordering::Relaxed);
    };
    tokio::join!(workers, copying);

    let (portrait, counted) = (staff.portrait().await, rows(&source).await);
    assert!(source.stop());
    let said = source.command(&copy).ok();
    assert!(said.contains(" 0 faults"), "{said}");
    let said = source.command(&copy).ok();
    assert!(said.starts_with("0 assets copied") && said.contains("; 0 files of 0 bytes and 0 events"), "{said}");
    assert!(destination.command(&["fsck"]).ok().contains(" 0 faults; "));
    for _ in 0..2 {
        destination.command(&["gc", "--older-than", "0s"]).ok();
    }
    let said = destination.command(&["fsck"]).ok();
    assert!(said.contains(" 0 faults; 0 orphaned files and 0 rests of uploads"), "{said}");
    destination.begin().await;
    compare(&staff.at(&destination).portrait().await, &portrait);
    assert_eq!(rows(&destination).await, counted);
    let repeated = staff.robot.at(&destination).create(once).once("a-key-of-its-own").await.ok();
    assert_eq!(repeated["id"], made["id"], "what was answered before the move is not done again after it");

    // And back, with what was done there.
    staff.at(&destination).make(7).await;
    let (portrait, counted) = (staff.at(&destination).portrait().await, rows(&destination).await);
    assert!(destination.stop());
    let back = source.folder().join("back");
    destination.command(&["copy", "--to-data-dir", back.to_str().unwrap()]).ok();
    let back = App::over(&back, &[]).await;
    assert!(back.command(&["fsck"]).ok().contains(" 0 faults; 0 orphaned files"));
    compare(&staff.at(&back).portrait().await, &portrait);
    assert_eq!(rows(&back).await, counted);
}

/// The same answers to the same questions. A difference is shown alone, not among thousands that agree.
fn compare(found: &BTreeMap<String, String>, expected: &BTreeMap<String, String>) {
    assert!(found.keys().eq(expected.keys()), "other things can be asked");
    for (question, answer) in expected {
        assert_eq!(found[question], *answer, "{question}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_moves_to_another_folder_and_on() {
    moves(Foundation::embedded(), 300).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and S3"]
async fn an_installation_moves_to_postgresql_and_s3_and_back() {
    moves(Foundation::postgres_and_s3(), 300).await;
}

#[tokio::test]
async fn a_copy_that_makes_no_sense_is_refused_before_anything_is_made() {
    let app = App::embedded(&[]).await;
    let (own, there) = (app.data().to_str().unwrap().to_owned(), app.folder().join("there"));
    let there = there.to_str().unwrap();
    let refused = |arguments: &[&str]| app.command(&[&["copy"], arguments].concat()).failed();
    assert!(refused(&[]).contains("--to-database-url"));
    assert!(refused(&["--to-data-dir", &own]).contains("the same database"));
    assert!(refused(&["--to-store-url", "file:x"]).contains("--to-database-url"));
    assert!(refused(&["--to-database-url", "sqlite:x"]).contains("--to-store-url"));
    assert!(refused(&["--to-data-dir", there, "--to-store-url", &format!("file:{own}/blobs")]).contains("the same store"));
    assert!(refused(&["--to-data-dir", there, "--from-data-dir", "nowhere"]).contains("nowhere"));
    assert!(!std::path::Path::new(there).exists());
}

#[tokio::test]
async fn a_destination_with_another_secret_or_another_life_is_left_alone() {
    let (source, other) = (App::embedded(&[]).await, App::embedded(&[]).await);
    let there = other.data().to_str().unwrap();
    assert!(source.command(&["copy", "--to-data-dir", there]).failed().contains("another signing key"));
    let secret = source.data().join("signing.key");
    std::fs::copy(other.data().join("signing.key"), secret).unwrap();
    let complaint = source.command(&["copy", "--to-data-dir", there]).failed();
    assert!(complaint.contains("no copy of this source") && complaint.contains("default"), "{complaint}");
}

#[tokio::test]
async fn damaged_content_is_named_and_the_rest_moves() {
    let app = App::embedded(&[]).await;
    let robot = app.agent("robot").await;
    let whole = robot.create_copy("whole").await.ok();
    let damaged = robot.create_copy("damaged").await.ok();
    let digest = damaged["latest_version"]["content"]["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    let key = app.stored().await.into_keys().find(|key| key.contains(&digest)).unwrap();
    std::fs::write(app.data().join("blobs").join(key), b"dAmaged").unwrap();
    let there = app.folder().join("there");
    let finished = app.command(&["copy", "--to-data-dir", there.to_str().unwrap()]);
    let named = format!("not copied: asset {}", damaged["id"].as_str().unwrap());
    assert!(!finished.success && finished.stdout.contains(&named) && finished.stdout.contains("1 faults"), "{finished:?}");
    let copy = App::over(&there, &[]).await;
    assert_eq!(robot.at(&copy).content(&whole, 1).await.text(), "whole");
    robot.at(&copy).history(&damaged).await.status(404);
    copy.command(&["fsck"]).ok();
}

/// The same with as many assets as a team has: not part of every run.
mod soak {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs PostgreSQL, S3 and twenty minutes"]
    async fn ten_thousand_assets_move_to_postgresql_and_s3_and_back() {
        moves(Foundation::postgres_and_s3(), 10_000).await;
    }
}
