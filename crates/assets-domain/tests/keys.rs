//! For how long a key is taken for good without asking whether it still is.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use assets_domain::{
    AuditEntry, Grantor, KEY_LEASE, KeyKind, KeyPrefix, KeyRecord, Keyring, NewKey, Scope, WorkspaceId,
    ports::{Breakage, Clock, KeptPolicy, KeyRepository, PolicyChange, Receipt, Workspace},
};
use assets_testkit::{FixedClock, InMemoryAssets, SequentialIds, TestMint, TestWorld, fixtures};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

/// What happens while a key is read.
#[derive(Debug, Clone, Copy, Default)]
struct Reading {
    /// How long it takes until it is read.
    before: Duration,
    /// Whether its revocation is committed right after it was read.
    revoked: bool,
    /// How long it takes until the answer is there.
    after: Duration,
}

/// A database that takes its time, and counts how often it was asked for a key.
struct SlowKeys {
    kept: Arc<InMemoryAssets>,
    clock: Arc<FixedClock>,
    readings: Mutex<VecDeque<Reading>>,
    /// When each key that was read was read.
    reads: Mutex<Vec<Duration>>,
    /// Since when the key is revoked, for good.
    committed: Mutex<Option<Duration>>,
}

impl SlowKeys {
    async fn commit(&self, record: &KeyRecord) {
        let (workspace, prefix, at) = (record.workspace, &record.actor.key_prefix, FixedClock::start());
        self.kept.revoke_key(workspace, prefix, at, &fixtures::revocation(workspace, prefix, at)).await.unwrap();
        self.committed.lock().unwrap().get_or_insert(self.clock.running());
    }
}

#[async_trait]
impl KeyRepository for SlowKeys {
    async fn add_workspace(&self, workspace: &Workspace) -> Result<bool, Breakage> {
        self.kept.add_workspace(workspace).await
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>, Breakage> {
        self.kept.workspaces().await
    }

    async fn workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>, Breakage> {
        self.kept.workspace(id).await
    }

    async fn policy(&self, workspace: WorkspaceId) -> Result<Option<KeptPolicy>, Breakage> {
        self.kept.policy(workspace).await
    }

    async fn change_policy(&self, change: &PolicyChange) -> Result<bool, Breakage> {
        self.kept.change_policy(change).await
    }

    async fn add_key(&self, key: &KeyRecord, receipt: Option<&Receipt>, entry: &AuditEntry) -> Result<bool, Breakage> {
        self.kept.add_key(key, receipt, entry).await
    }

    async fn key(&self, prefix: &KeyPrefix) -> Result<Option<KeyRecord>, Breakage> {
        let reading = self.readings.lock().unwrap().pop_front().unwrap_or_default();
        self.clock.wait(reading.before).await;
        let read = self.kept.key(prefix).await?;
        self.reads.lock().unwrap().push(self.clock.running());
        if let Some(record) = read.as_ref().filter(|_| reading.revoked) {
            self.commit(record).await;
        }
        self.clock.wait(reading.after).await;
        Ok(read)
    }

    async fn keys(&self, workspace: WorkspaceId) -> Result<Vec<KeyRecord>, Breakage> {
        self.kept.keys(workspace).await
    }

    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        prefix: &KeyPrefix,
        at: DateTime<Utc>,
        entry: &AuditEntry,
    ) -> Result<bool, Breakage> {
        self.kept.revoke_key(workspace, prefix, at, entry).await
    }
}

/// Two processes on one database, and one key.
struct Desk {
    clock: Arc<FixedClock>,
    keys: Arc<SlowKeys>,
    processes: [Keyring; 2],
    record: KeyRecord,
    key: String,
}

impl Desk {
    async fn with_key_until(expires_at: Option<DateTime<Utc>>) -> Self {
        let world = TestWorld::new();
        let clock = Arc::new(FixedClock::default());
        let keys = Arc::new(SlowKeys {
            kept: world.assets.clone(),
            clock: clock.clone(),
            readings: Mutex::default(),
            reads: Mutex::default(),
            committed: Mutex::default(),
        });
        let (mint, ids) = (Arc::new(TestMint::default()), Arc::new(SequentialIds::default()));
        let process = || Keyring::new(keys.clone(), mint.clone(), clock.clone(), ids.clone());
        let processes = [process(), process()];
        let new = NewKey { name: "robot".parse().unwrap(), kind: KeyKind::Agent, scopes: [Scope::Read].into_iter().collect(), expires_at };
        let [first, _] = &processes;
        let made = first.create(Grantor::Operator(world.workspace), new).await.unwrap();
        Self { clock, keys, processes, record: made.record, key: made.key }
    }

    async fn new() -> Self {
        Self::with_key_until(None).await
    }

    /// Whether a process accepts the key.
    async fn is_good_at(&self, process: usize) -> bool {
        self.processes.get(process).unwrap().authenticate(&self.key).await.unwrap().is_ok()
    }

    fn reads(&self) -> usize {
        self.keys.reads.lock().unwrap().len()
    }
}

#[tokio::test]
async fn a_key_is_read_once_a_lease() {
    let desk = Desk::new().await;
    for _ in 0..10 {
        assert!(desk.is_good_at(0).await);
    }
    assert_eq!(desk.reads(), 1);
    desk.clock.wait(KEY_LEASE).await;
    assert!(desk.is_good_at(0).await && desk.is_good_at(0).await);
    assert_eq!(desk.reads(), 2);
}

#[tokio::test]
async fn each_secret_is_compared_each_time() {
    let desk = Desk::new().await;
    assert!(desk.is_good_at(0).await);
    let [first, _] = &desk.processes;
    let forged = desk.key.replace("secret", "guess");
    assert!(first.authenticate(&forged).await.unwrap().is_err());
    assert!(desk.is_good_at(0).await);
    assert_eq!(desk.reads(), 1);
}

#[tokio::test]
async fn a_key_that_is_not_there_is_not_remembered() {
    let desk = Desk::new().await;
    let [first, _] = &desk.processes;
    for reads in 1..4 {
        assert!(first.authenticate("tnx_00000000_secret").await.unwrap().is_err());
        assert_eq!(desk.reads(), reads);
    }
}

#[tokio::test]
async fn a_key_expires_in_the_midst_of_a_lease() {
    let end = FixedClock::start() + TimeDelta::milliseconds(1);
    let desk = Desk::with_key_until(Some(end)).await;
    assert!(desk.is_good_at(0).await);
    desk.clock.set(end);
    assert!(!desk.is_good_at(0).await);
    assert_eq!(desk.reads(), 1);
}

#[tokio::test]
async fn a_calendar_that_is_put_back_makes_no_lease_longer() {
    let desk = Desk::new().await;
    assert!(desk.is_good_at(0).await);
    desk.keys.commit(&desk.record).await;
    desk.clock.set(FixedClock::start() - TimeDelta::hours(1));
    desk.clock.wait(KEY_LEASE).await;
    desk.clock.set(FixedClock::start());
    assert!(!desk.is_good_at(0).await);
}

#[tokio::test]
async fn a_key_whose_revocation_is_acknowledged_fails_at_every_process() {
    let desk = Desk::new().await;
    assert!(desk.is_good_at(0).await && desk.is_good_at(1).await);
    let [first, _] = &desk.processes;
    let before = desk.clock.running();
    first.revoke(Grantor::Operator(desk.record.workspace), &desk.record.actor.key_prefix).await.unwrap();
    assert!(desk.clock.running() >= before + KEY_LEASE);
    assert!(!desk.is_good_at(0).await && !desk.is_good_at(1).await);
}

#[tokio::test]
async fn to_revoke_a_key_that_is_not_there_takes_no_time() {
    let desk = Desk::new().await;
    let [first, _] = &desk.processes;
    let nobody = KeyPrefix::parse("00000000").unwrap();
    assert!(first.revoke(Grantor::Operator(desk.record.workspace), &nobody).await.is_err());
    assert_eq!(desk.clock.running(), Duration::ZERO);
}

/// A request at one of the processes, some time after the one before.
#[derive(Debug, Clone, Copy)]
struct Request {
    pause: Duration,
    process: usize,
}

fn up_to(millis: u64) -> impl Strategy<Value = Duration> {
    (0..=millis).prop_map(Duration::from_millis)
}

proptest! {
    #[test]
    fn whoever_asks_a_lease_after_the_revocation_is_refused_however_slow_the_database(
        requests in prop::collection::vec((up_to(120), 0..2_usize).prop_map(|(pause, process)| Request { pause, process }), 1..40),
        readings in prop::collection::vec(
            (up_to(400), prop::bool::weighted(0.2), up_to(400)).prop_map(|(before, revoked, after)| Reading { before, revoked, after }),
            0..20,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let desk = Desk::new().await;
            desk.keys.readings.lock().unwrap().extend(readings);
            for Request { pause, process } in requests {
                desk.clock.wait(pause).await;
                let asked = desk.clock.running();
                let good = desk.is_good_at(process).await;
                match *desk.keys.committed.lock().unwrap() {
                    Some(committed) if asked >= committed + KEY_LEASE => assert!(!good, "asked at {asked:?}, revoked at {committed:?}"),
                    Some(_) => {}
                    None => assert!(good, "nobody revoked it"),
                }
            }
        });
    }
}
