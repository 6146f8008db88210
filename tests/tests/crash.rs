//! The service is killed at random moments, and started again. What a client was told is the oracle, never the service.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use assets_tests::{App, Ask, Caller, Chance, Records, Value, json};
use futures_util::{StreamExt, future::join_all, stream};

/// How many clients write when the service dies.
const CLIENTS: usize = 16;
/// In which time the service must serve again.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// An asset as a client knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    revision: u64,
    status: String,
    /// The content of each version, in order.
    texts: Vec<String>,
    /// The decisions, in order.
    decisions: Vec<&'static str>,
    /// The version that may be published.
    approved: Option<usize>,
}

/// A request whose answer never came: it was carried out whole, or not at all.
enum Open {
    /// An asset of this title was to be created.
    Create(String, Known),
    /// This asset was to change; `None`: to go.
    Change(String, Option<Known>),
}

/// A client with what it was told.
struct Client {
    robot: Caller,
    ann: Caller,
    chance: Chance,
    place: usize,
    assets: BTreeMap<String, Known>,
    deleted: Vec<(String, u64)>,
    open: Option<Open>,
    made: usize,
    accepted: usize,
}

#[derive(Debug, Clone, Copy)]
enum Move {
    Add,
    Submit,
    Approve,
    RequestChanges,
    Rollback,
    Retitle,
    Delete,
}

impl Known {
    /// What may be done to it, and be accepted.
    fn moves(&self) -> &'static [Move] {
        match self.status.as_str() {
            "draft" if self.approved.is_none() && !self.decisions.contains(&"approve") => {
                &[Move::Add, Move::Submit, Move::Submit, Move::Rollback, Move::Retitle, Move::Delete]
            }
            "draft" => &[Move::Add, Move::Submit, Move::Submit, Move::Rollback, Move::Retitle],
            "pending_review" => &[Move::Add, Move::Approve, Move::Approve, Move::RequestChanges, Move::Rollback],
            _ => &[Move::Add, Move::RequestChanges, Move::Rollback, Move::Retitle],
        }
    }

    /// What it is after a move.
    fn after(&self, step: Move, text: &str) -> Option<Self> {
        let mut after = Self { revision: self.revision + 1, ..self.clone() };
        match step {
            Move::Add => after.append(text.to_owned()),
            Move::Rollback => after.append(self.texts[0].clone()),
            Move::Submit => after.decide("submit", "pending_review"),
            Move::Approve => {
                after.decide("approve", "approved");
                after.approved = Some(self.texts.len());
            }
            Move::RequestChanges => {
                after.decide("request_changes", "draft");
                // Taking back is about bytes: whatever version of them is approved.
                if self.approved.is_some_and(|approved| self.texts[approved - 1] == self.texts[self.texts.len() - 1]) {
                    after.approved = None;
                }
            }
            Move::Retitle => {}
            Move::Delete => return None,
        }
        Some(after)
    }

    fn append(&mut self, text: String) {
        self.texts.push(text);
        "draft".clone_into(&mut self.status);
    }

    fn decide(&mut self, action: &'static str, status: &str) {
        self.decisions.push(action);
        status.clone_into(&mut self.status);
    }
}

impl Client {
    fn ask(&self, id: &str, step: Move, text: &str) -> Ask {
        match step {
            Move::Add if text.len() > 1000 => self.robot.add_file_version(id, "long.txt", "text/plain", text.to_owned()),
            Move::Add => self.robot.add_text_version(id, text),
            Move::Submit => self.robot.submit(id),
            Move::Approve => self.ann.approve(id),
            Move::RequestChanges => self.ann.request_changes(id, "once more"),
            Move::Rollback => self.robot.rollback(id, 1),
            Move::Retitle => {
                self.robot.update(id, json!({"title": format!("Title {}", self.made), "tags": [format!("made:{}", self.made)]}))
            }
            Move::Delete => self.robot.delete(id),
        }
    }

    /// Works until an answer does not come.
    async fn work(mut self, stop: &AtomicBool) -> Self {
        while self.open.is_none() && !stop.load(Ordering::Relaxed) {
            self.made += 1;
            let text = match self.chance.below(4) {
                0 => format!("shared text {}", self.chance.below(6)),
                1 => format!("long text {} of {} ", self.made, self.place).repeat(5_000),
                _ => format!("text {} of {}", self.made, self.place),
            };
            let held = self.assets.keys().nth(usize::try_from(self.chance.below(6)).unwrap()).cloned();
            match held {
                None => self.create(text).await,
                Some(id) => self.change(id, &text).await,
            }
        }
        self
    }

    async fn create(&mut self, text: String) {
        let run = format!("run-{}-{}", self.place, self.made);
        let known = Known { revision: 1, status: "draft".to_owned(), texts: vec![text.clone()], ..Known::default() };
        let metadata = json!({"type": "copy", "title": "New", "provenance": {"agent_slug": "robot", "run_id": run}});
        match self.robot.upload("/api/v1/assets", metadata, "new.txt", "text/plain", text).attempt().await {
            Ok(reply) => {
                self.accepted += 1;
                self.assets.insert(reply.ok()["id"].as_str().unwrap().to_owned(), known);
            }
            Err(_) => self.open = Some(Open::Create(run, known)),
        }
    }

    async fn change(&mut self, id: String, text: &str) {
        let known = &self.assets[&id];
        let step = *self.chance.one_of(known.moves());
        let after = known.after(step, text);
        match self.ask(&id, step, text).attempt().await {
            Ok(reply) => {
                reply.ok();
                self.settle(id, after);
            }
            Err(_) => self.open = Some(Open::Change(id, after)),
        }
    }

    fn settle(&mut self, id: String, after: Option<Known>) {
        self.accepted += 1;
        match after {
            Some(after) => drop(self.assets.insert(id, after)),
            None => {
                let last = self.assets.remove(&id).unwrap();
                self.deleted.push((id, last.revision));
            }
        }
    }

    /// Finds out what became of the request whose answer never came.
    async fn reconcile(&mut self) {
        match self.open.take() {
            None => {}
            Some(Open::Create(run, known)) => {
                let found = self.robot.list(&[("run_id", &run)]).await.ok();
                match found["items"].as_array().unwrap().as_slice() {
                    [] => {}
                    [one] => {
                        self.accepted += 1;
                        self.assets.insert(one["id"].as_str().unwrap().to_owned(), known);
                    }
                    several => panic!("created {} times: {several:?}", several.len()),
                }
            }
            Some(Open::Change(id, after)) => {
                let reply = self.robot.history(&id).await;
                let found = (reply.status != 404).then(|| seen(&reply.ok()));
                let before = &self.assets[&id];
                if found.as_ref() != Some(&shape(before)) {
                    assert_eq!(found, after.as_ref().map(shape), "{id} is neither as before nor as after: {before:?}");
                    self.settle(id, after);
                }
            }
        }
    }

    /// Everything that was acknowledged is there, whole.
    async fn verify(&self, with_content: bool) {
        stream::iter(&self.assets)
            .for_each_concurrent(2, |(id, known)| async move {
                assert_eq!(seen(&self.robot.history(id).await.ok()), shape(known), "{id}");
                for (number, text) in (1..).zip(&known.texts).filter(|_| with_content) {
                    assert_eq!(self.robot.content(id, number).await.text(), *text, "version {number} of {id}");
                }
                match known.approved {
                    Some(approved) => assert_eq!(self.ann.approved_content(id).await.text(), known.texts[approved - 1], "{id}"),
                    None => drop(self.ann.approved_content(id).await.problem("not_approved")),
                }
            })
            .await;
        for (id, _) in &self.deleted {
            self.robot.history(id).await.status(404);
        }
    }
}

/// What of an asset is compared: revision, status, versions by size, decisions, what is approved.
type Shape = (u64, String, Vec<u64>, Vec<String>, Option<u64>);

fn shape(known: &Known) -> Shape {
    (
        known.revision,
        known.status.clone(),
        known.texts.iter().map(|text| u64::try_from(text.len()).unwrap()).collect(),
        known.decisions.iter().map(|action| (*action).to_owned()).collect(),
        known.approved.map(|number| u64::try_from(number).unwrap()),
    )
}

fn seen(history: &Value) -> Shape {
    let versions = history["versions"].as_array().unwrap().iter().rev();
    let (numbers, sizes): (Vec<u64>, Vec<u64>) =
        versions.map(|version| (version["number"].as_u64().unwrap(), version["content"]["size_bytes"].as_u64().unwrap())).unzip();
    assert!(numbers.iter().copied().eq(1..=u64::try_from(numbers.len()).unwrap()), "the versions have a gap: {history}");
    (
        history["revision"].as_u64().unwrap(),
        history["status"].as_str().unwrap().to_owned(),
        sizes,
        history["decisions"].as_array().unwrap().iter().map(|decision| decision["action"].as_str().unwrap().to_owned()).collect(),
        history["approved_version"]["number"].as_u64(),
    )
}

async fn survive(kills: usize, seed: u64) {
    let mut app = App::with(&[("ASSETS_LOG", "warn,assets_server=info")]).await;
    let (robot, ann) = (app.agent("robot").await, app.person("ann").await);
    let mut chance = Chance::seeded(seed);
    let mut client = |place| Client {
        robot: robot.clone(),
        ann: ann.clone(),
        chance: chance.of(),
        place,
        assets: BTreeMap::new(),
        deleted: Vec::new(),
        open: None,
        made: 0,
        accepted: 0,
    };
    let mut clients: Vec<Client> = (0..CLIENTS).map(&mut client).collect();
    let mut unanswered = 0;
    for kill in 1..=kills {
        let stop = AtomicBool::new(false);
        let moment = Duration::from_millis(50 + chance.below(900));
        let work = join_all(clients.into_iter().map(|client| client.work(&stop)));
        let (worked, ()) = tokio::join!(work, async {
            tokio::time::sleep(moment).await;
            app.kill();
            stop.store(true, Ordering::Relaxed);
        });
        clients = worked;
        unanswered += clients.iter().filter(|client| client.open.is_some()).count();
        let began = Instant::now();
        app.begin().await;
        app.stranger().get("/readyz").await.ok();
        assert!(began.elapsed() < READY_WITHIN, "ready only after {:?}, at kill {kill}", began.elapsed());
        for client in &mut clients {
            client.reconcile().await;
        }
        join_all(clients.iter().map(|client| client.verify(kill == kills))).await;
        app.command(&["fsck"]).ok();
    }
    assert!(unanswered > kills, "only {unanswered} requests were cut off by {kills} kills");
    recorded(&app, &clients).await;
    for _ in 0..2 {
        app.command(&["gc", "--older-than", "0s"]).ok();
    }
    let said = app.command(&["fsck"]).ok();
    assert!(said.contains("0 faults; 0 orphaned files and 0 rests of uploads"), "{said}");
    join_all(clients.iter().map(|client| client.verify(true))).await;
}

/// One event for each change that was accepted, numbered without a gap, and one decision for each that was one.
async fn recorded(app: &App, clients: &[Client]) {
    let records = Records::of(app).await;
    let accepted: usize = clients.iter().map(|client| client.accepted).sum();
    assert_eq!(records.number("SELECT COUNT(*) FROM events").await, i64::try_from(accepted).unwrap());
    assert_eq!(records.number("SELECT MAX(sequence) FROM events").await, i64::try_from(accepted).unwrap());
    assert_eq!(records.number("SELECT MAX(event_sequence) FROM workspaces").await, i64::try_from(accepted).unwrap());
    let decisions: usize = clients.iter().flat_map(|client| client.assets.values()).map(|known| known.decisions.len()).sum();
    assert_eq!(records.number("SELECT COUNT(*) FROM decisions").await, i64::try_from(decisions).unwrap());
    let odd = "SELECT COUNT(*) FROM assets a WHERE a.revision <> (SELECT COUNT(*) FROM events e WHERE e.asset_id = a.id)";
    assert_eq!(records.number(odd).await, 0, "each revision has one event");
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
