//! What a client was told, kept beside the service: the oracle of every test that breaks something on purpose.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt, future::join_all, stream};
use serde_json::{Value, json};

use crate::{
    Ask, Caller, Chance, Records, Reply,
    known::{Known, Move, seen},
};

/// How long a client waits that was put off or found nobody.
const PAUSE: Duration = Duration::from_millis(100);

/// How often clients were told what, for all of them together.
#[derive(Debug, Default)]
pub struct Tally {
    /// How often each status was answered; 0: the connection broke before an answer was whole; 1: nobody listened.
    pub statuses: BTreeMap<u16, usize>,
    /// How long the longest answer took.
    pub slowest: Duration,
}

/// A request of which nobody was told whether it was carried out: it was, whole, or it was not.
#[derive(Debug)]
enum Doubt {
    /// An asset of this run was to be created.
    Create(String, Known),
    /// This asset was to change; `None`: to go.
    Change(String, Known, Option<Known>),
}

/// A client who works on assets of its own and remembers all it was told.
#[derive(Debug)]
pub struct Client {
    robot: Caller,
    ann: Caller,
    chance: Chance,
    place: usize,
    tally: Arc<Mutex<Tally>>,
    assets: BTreeMap<String, Known>,
    deleted: Vec<String>,
    doubts: Vec<Doubt>,
    made: usize,
    accepted: usize,
}

impl Client {
    /// Several clients, who share two keys, one of an agent and one of a person.
    #[must_use]
    pub fn several(number: usize, robot: &Caller, ann: &Caller, chance: &mut Chance, tally: &Arc<Mutex<Tally>>) -> Vec<Self> {
        let client = |place| Self {
            robot: robot.clone(),
            ann: ann.clone(),
            chance: chance.of(),
            place,
            tally: tally.clone(),
            assets: BTreeMap::new(),
            deleted: Vec::new(),
            doubts: Vec::new(),
            made: 0,
            accepted: 0,
        };
        (0..number).map(client).collect()
    }

    /// How many requests were left without an answer that says what became of them.
    #[must_use]
    pub const fn doubts(&self) -> usize {
        self.doubts.len()
    }

    /// Works until it is told to stop.
    pub async fn work(mut self, stop: &AtomicBool) -> Self {
        while !stop.load(Ordering::Relaxed) {
            self.made += 1;
            let text = match self.chance.below(4) {
                0 => format!("shared text {}", self.chance.below(6)),
                1 => format!("long text {} of {} ", self.made, self.place).repeat(5_000),
                _ => format!("text {} of {}", self.made, self.place),
            };
            let held = self.assets.keys().nth(usize::try_from(self.chance.below(6)).unwrap()).cloned();
            match held {
                None => self.create(text).await,
                Some(id) if self.chance.below(4) == 0 => self.look(&id).await,
                Some(id) => self.change(id, &text).await,
            }
        }
        self
    }

    async fn create(&mut self, text: String) {
        let run = format!("run-{}-{}", self.place, self.made);
        let known = Known::new(&text);
        let metadata = json!({"type": "copy", "title": "New", "provenance": {"agent_slug": "robot", "run_id": run}});
        match self.told(self.robot.upload("/api/v1/assets", metadata, "new.txt", "text/plain", text)).await {
            Told::Done(reply) => {
                self.accepted += 1;
                self.assets.insert(reply.ok().get("id").and_then(Value::as_str).unwrap().to_owned(), known);
            }
            Told::Nothing => self.doubts.push(Doubt::Create(run, known)),
            Told::Unheard => {}
        }
    }

    async fn change(&mut self, id: String, text: &str) {
        let known = self.assets.remove(&id).unwrap();
        let step = *self.chance.one_of(known.moves());
        let after = known.after(step, text);
        match self.told(self.ask(&id, step, text)).await {
            Told::Done(reply) => {
                reply.ok();
                self.settle(id, after);
            }
            Told::Nothing => self.doubts.push(Doubt::Change(id, known, after)),
            Told::Unheard => drop(self.assets.insert(id, known)),
        }
    }

    /// Whoever may read it finds what was acknowledged, at any time; never something else, and never nothing.
    async fn look(&self, id: &str) {
        let known = self.assets.get(id).unwrap();
        if let Told::Done(reply) = self.told(self.robot.history(id)).await {
            assert_eq!(seen(&reply.ok()), known.shape(), "{id}");
        }
        let (number, text) = (known.texts.len(), known.texts.last().unwrap());
        if let Told::Done(reply) = self.told(self.robot.content(id, u32::try_from(number).unwrap())).await {
            assert_eq!(reply.status(200).text(), *text, "version {number} of {id}");
        }
    }

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

    /// Sends, and notes what came back. Who is put off is told so in the form that every problem has.
    async fn told(&self, ask: Ask) -> Told {
        let began = Instant::now();
        let answer = ask.attempt().await;
        let took = began.elapsed();
        let (status, told) = match answer {
            Ok(reply) if reply.status == 503 => {
                reply.need("retry-after");
                reply.problem("unavailable");
                (503, Told::Nothing)
            }
            Ok(reply) => (reply.status, Told::Done(reply)),
            Err(error) if error.is_connect() => (1, Told::Unheard),
            Err(_) => (0, Told::Nothing),
        };
        {
            let mut tally = self.tally.lock().unwrap();
            *tally.statuses.entry(status).or_default() += 1;
            tally.slowest = tally.slowest.max(took);
        }
        if !matches!(told, Told::Done(_)) {
            tokio::time::sleep(PAUSE).await;
        }
        told
    }

    fn settle(&mut self, id: String, after: Option<Known>) {
        self.accepted += 1;
        match after {
            Some(after) => drop(self.assets.insert(id, after)),
            None => self.deleted.push(id),
        }
    }

    /// Finds out what became of the requests of which nothing was told, now that the service is well.
    pub async fn reconcile(&mut self) {
        for doubt in std::mem::take(&mut self.doubts) {
            match doubt {
                Doubt::Create(run, known) => {
                    let found = self.robot.list(&[("run_id", &run)]).await.ok();
                    match found.get("items").and_then(Value::as_array).unwrap().as_slice() {
                        [] => {}
                        [one] => {
                            self.accepted += 1;
                            self.assets.insert(one.get("id").and_then(Value::as_str).unwrap().to_owned(), known);
                        }
                        several => panic!("created {} times: {several:?}", several.len()),
                    }
                }
                Doubt::Change(id, before, after) => {
                    let reply = self.robot.history(&id).await;
                    let found = (reply.status != 404).then(|| seen(&reply.ok()));
                    if found.as_ref() == Some(&before.shape()) {
                        self.assets.insert(id, before);
                    } else {
                        assert_eq!(found, after.as_ref().map(Known::shape), "{id} is neither as before nor as after: {before:?}");
                        self.settle(id, after);
                    }
                }
            }
        }
    }

    /// Everything that was acknowledged is there, whole.
    pub async fn verify(&self, with_content: bool) {
        stream::iter(&self.assets)
            .for_each_concurrent(2, |(id, known)| async move {
                assert_eq!(seen(&self.robot.history(id).await.ok()), known.shape(), "{id}");
                for (number, text) in (1..).zip(&known.texts).filter(|_| with_content) {
                    assert_eq!(self.robot.content(id, number).await.text(), *text, "version {number} of {id}");
                }
                match known.approved_text() {
                    Some(approved) => assert_eq!(self.ann.approved_content(id).await.text(), approved, "{id}"),
                    None => drop(self.ann.approved_content(id).await.problem("not_approved")),
                }
            })
            .await;
        for id in &self.deleted {
            self.robot.history(id).await.status(404);
        }
    }
}

/// What a request came to.
enum Told {
    /// It was answered.
    Done(Reply),
    /// The answer never came, or says only that it may not have been done.
    Nothing,
    /// Nobody was there to hear it.
    Unheard,
}

/// All clients work until something has happened.
pub async fn working_until(clients: Vec<Client>, happened: impl Future<Output = ()>) -> Vec<Client> {
    let stop = AtomicBool::new(false);
    let work = join_all(clients.into_iter().map(|client| client.work(&stop)));
    let (worked, ()) = tokio::join!(work, async {
        happened.await;
        stop.store(true, Ordering::Relaxed);
    });
    worked
}

/// All clients find out what became of their doubts, and find what was acknowledged. Answers how many doubts there were.
pub async fn settled(clients: &mut [Client], with_content: bool) -> usize {
    let doubts = clients.iter().map(Client::doubts).sum();
    join_all(clients.iter_mut().map(Client::reconcile)).await;
    join_all(clients.iter().map(|client| client.verify(with_content))).await;
    doubts
}

/// One event for each change that was accepted, numbered without a gap, and one decision for each that was one. Nobody but
/// these clients has changed anything.
pub async fn recorded(records: &Records, clients: &[Client]) {
    let accepted = i64::try_from(clients.iter().map(|client| client.accepted).sum::<usize>()).unwrap();
    for query in ["SELECT COUNT(*) FROM events", "SELECT MAX(sequence) FROM events", "SELECT MAX(event_sequence) FROM workspaces"] {
        assert_eq!(records.number(query).await, accepted, "{query}");
    }
    let decisions: usize = clients.iter().flat_map(|client| client.assets.values()).map(|known| known.decisions.len()).sum();
    assert_eq!(records.number("SELECT COUNT(*) FROM decisions").await, i64::try_from(decisions).unwrap());
    let odd = "SELECT COUNT(*) FROM assets a WHERE a.revision <> (SELECT COUNT(*) FROM events e WHERE e.asset_id = a.id)";
    assert_eq!(records.number(odd).await, 0, "each revision has one event");
}
