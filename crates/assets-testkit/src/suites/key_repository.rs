//! What [`KeyRepository`](assets_domain::ports::KeyRepository) promises: names and prefixes are unique, and a revoked key
//! stays revoked.

use assets_domain::{
    Act, Actor, AssetType, AuditActor, AuditEntry, Event, EventId, KeyKind, KeyPrefix, KeyRecord, Policy, PolicyChanged, PolicyRevision,
    Quorum, Rule, Scope, Tags, WorkspaceId,
    ports::{Beginning, Begun, Breakage, Clock, KeptPolicy, PolicyChange, Receipt, ReceiptId, Workspace},
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::{FixedClock, Repositories, fixtures};

/// Runs the clauses of [`suites::key_repository`](crate::suites::key_repository).
#[macro_export]
macro_rules! key_repository_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            key_repository,
            $make,
            [
                a_workspace_reads_back_as_it_was_added,
                an_unknown_workspace_is_absent,
                no_two_workspaces_have_one_name,
                workspaces_come_by_name,
                a_policy_is_changed_if_it_is_still_what_was_seen,
                a_change_of_a_policy_is_told,
                a_key_reads_back_as_it_was_added,
                an_unknown_key_is_absent,
                no_two_keys_have_one_prefix,
                prefixes_of_other_case_are_other_prefixes,
                keys_come_newest_first,
                keys_are_those_of_one_workspace,
                a_revoked_key_says_since_when,
                a_key_is_revoked_once,
                another_workspace_cannot_revoke,
                an_unknown_key_cannot_be_revoked,
                a_receipt_is_kept_with_the_key,
            ]
        );
    };
}

fn workspace(number: u128, name: &str) -> Workspace {
    Workspace {
        id: WorkspaceId::new(Uuid::from_u128(number)),
        name: name.parse().expect("the name of a workspace"),
        policy: Policy::default(),
        created_at: FixedClock::start(),
    }
}

/// Adds a workspace whose keys the clause is about.
async fn home(repositories: &Repositories) -> WorkspaceId {
    let home = workspace(1, "acme");
    assert!(repositories.keys.add_workspace(&home).await.unwrap());
    home.id
}

impl Repositories {
    /// Adds a key, as the operator does.
    async fn add_key(&self, key: &KeyRecord, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        self.keys.add_key(key, receipt, &fixtures::key_creation(key)).await
    }

    /// Revokes a key, as the operator does.
    async fn revoke_key(&self, workspace: WorkspaceId, prefix: &KeyPrefix, at: DateTime<Utc>) -> Result<bool, Breakage> {
        self.keys.revoke_key(workspace, prefix, at, &fixtures::revocation(workspace, prefix, at)).await
    }
}

fn prefix(text: &str) -> KeyPrefix {
    KeyPrefix::parse(text).expect("a prefix")
}

fn key(workspace: WorkspaceId, text: &str) -> KeyRecord {
    KeyRecord {
        workspace,
        actor: Actor { key_prefix: prefix(text), name: "Ána (laptop)".parse().expect("the name of a key"), kind: KeyKind::Person },
        scopes: [Scope::Read, Scope::Approve].into_iter().collect(),
        mac: [0xfe; 32],
        created_at: FixedClock::start(),
        expires_at: None,
        revoked_at: None,
    }
}

/// Id, name, policy and moment are kept.
pub async fn a_workspace_reads_back_as_it_was_added(repositories: Repositories) {
    for (place, (allow_self_approval, require_digest)) in [(false, false), (true, false), (false, true)].into_iter().enumerate() {
        let mut added = workspace(10 + u128::try_from(place).unwrap(), &format!("workspace-{place}"));
        added.policy = Policy { allow_self_approval, require_digest, ..Policy::default() };
        added.created_at += Duration::microseconds(1);
        assert!(repositories.keys.add_workspace(&added).await.unwrap());
        assert_eq!(repositories.keys.workspace(added.id).await.unwrap(), Some(added));
    }
}

/// Absence is `None`.
pub async fn an_unknown_workspace_is_absent(repositories: Repositories) {
    home(&repositories).await;
    assert_eq!(repositories.keys.workspace(WorkspaceId::new(Uuid::from_u128(2))).await.unwrap(), None);
}

/// The second of one name is not added, and the first stays as it is.
pub async fn no_two_workspaces_have_one_name(repositories: Repositories) {
    let (first, second) = (workspace(1, "acme"), workspace(2, "acme"));
    assert!(repositories.keys.add_workspace(&first).await.unwrap());
    assert!(!repositories.keys.add_workspace(&second).await.unwrap());
    assert_eq!(repositories.keys.workspaces().await.unwrap(), [first]);
    assert_eq!(repositories.keys.workspace(second.id).await.unwrap(), None);
}

/// The order is that of names.
pub async fn workspaces_come_by_name(repositories: Repositories) {
    assert_eq!(repositories.keys.workspaces().await.unwrap(), []);
    let [b, c, a] = [workspace(1, "beta"), workspace(2, "gamma"), workspace(3, "alpha")];
    for added in [&b, &c, &a] {
        assert!(repositories.keys.add_workspace(added).await.unwrap());
    }
    assert_eq!(repositories.keys.workspaces().await.unwrap(), [a, b, c]);
}

fn change(workspace: WorkspaceId, before: u64, policy: Policy) -> PolicyChange {
    let before = PolicyRevision::new(before);
    let told = PolicyChanged { policy_revision: before.next(), before: Policy::default(), after: policy.clone() };
    let id = EventId::new(Uuid::from_u128(u128::from(before.get()) + 100));
    let (at, act) = (FixedClock::start(), Act::PolicyChanged(told.clone()));
    let entry = AuditEntry { workspace, at, by: AuditActor::Operator, request: None, act };
    let event = Event::policy_changed(id, workspace, Actor::operator(), at, told);
    PolicyChange { workspace, before, policy, event, entry }
}

/// Of two changes of the same policy one is made; another workspace keeps its own, and one that is not there has none.
pub async fn a_policy_is_changed_if_it_is_still_what_was_seen(repositories: Repositories) {
    let (home, other) = (home(&repositories).await, workspace(2, "other"));
    assert!(repositories.keys.add_workspace(&other).await.unwrap());
    let kept = async |id| repositories.keys.policy(id).await.unwrap();
    let usual = KeptPolicy { policy: Policy::default(), revision: PolicyRevision::new(0) };
    assert_eq!(kept(home).await, Some(usual.clone()));
    let rule = Rule {
        types: [AssetType::Video].into(),
        tags: Tags::collect([fixtures::tag("brand:acme")]).unwrap(),
        required_approvals: Some(Quorum::new(3).unwrap()),
        allow_self_approval: Some(false),
        notify: vec!["bob".parse().unwrap()],
    };
    let strict = Policy {
        required_approvals: Quorum::new(2).unwrap(),
        allow_self_approval: true,
        require_digest: true,
        rules: vec![rule],
        notify: vec!["Ána".parse().unwrap()],
    };
    assert!(repositories.keys.change_policy(&change(home, 0, strict.clone())).await.unwrap());
    let changed = KeptPolicy { policy: strict.clone(), revision: PolicyRevision::new(1) };
    assert_eq!(kept(home).await, Some(changed.clone()));
    assert_eq!(repositories.keys.workspace(home).await.unwrap().map(|home| home.policy), Some(strict));
    assert!(!repositories.keys.change_policy(&change(home, 0, Policy::default())).await.unwrap());
    assert!(!repositories.keys.change_policy(&change(home, 2, Policy::default())).await.unwrap());
    assert_eq!(kept(home).await, Some(changed));
    assert_eq!(kept(other.id).await, Some(usual));
    let nowhere = WorkspaceId::new(Uuid::from_u128(3));
    assert_eq!(kept(nowhere).await, None);
    assert!(!repositories.keys.change_policy(&change(nowhere, 0, Policy::default())).await.unwrap());
}

/// The event comes with the change, and only with one that is made.
pub async fn a_change_of_a_policy_is_told(repositories: Repositories) {
    let home = home(&repositories).await;
    let made = change(home, 0, Policy { require_digest: true, ..Policy::default() });
    assert!(repositories.keys.change_policy(&made).await.unwrap());
    assert!(!repositories.keys.change_policy(&change(home, 0, Policy::default())).await.unwrap());
    let told: Vec<Event> = repositories.events.events(home).await.into_iter().map(|told| told.event).collect();
    assert_eq!(told, [made.event]);
}

/// All of a key is kept, whatever its kind and scopes.
pub async fn a_key_reads_back_as_it_was_added(repositories: Repositories) {
    let home = home(&repositories).await;
    for (kind, text) in KeyKind::ALL.into_iter().zip(["Agent001", "Person01", "Service1"]) {
        let mut added = key(home, text);
        added.actor.kind = kind;
        added.scopes = Scope::ALL.into_iter().collect();
        added.mac = std::array::from_fn(|place| u8::try_from(place * 8).unwrap());
        added.expires_at = Some(FixedClock::start() + Duration::microseconds(86_400_000_001));
        assert!(repositories.add_key(&added, None).await.unwrap());
        assert_eq!(repositories.keys.key(&added.actor.key_prefix).await.unwrap(), Some(added));
    }
}

/// Absence is `None`.
pub async fn an_unknown_key_is_absent(repositories: Repositories) {
    let home = home(&repositories).await;
    repositories.add_key(&key(home, "Known001"), None).await.unwrap();
    assert_eq!(repositories.keys.key(&prefix("Unknown1")).await.unwrap(), None);
}

/// A prefix is of one key in all workspaces: a caller's workspace comes from it.
pub async fn no_two_keys_have_one_prefix(repositories: Repositories) {
    let home = home(&repositories).await;
    let other = workspace(2, "other");
    assert!(repositories.keys.add_workspace(&other).await.unwrap());
    let first = key(home, "Taken001");
    assert!(repositories.add_key(&first, None).await.unwrap());
    for second in [key(home, "Taken001"), key(other.id, "Taken001")] {
        let second = KeyRecord { mac: [1; 32], ..second };
        assert!(!repositories.add_key(&second, None).await.unwrap());
    }
    assert_eq!(repositories.keys.key(&first.actor.key_prefix).await.unwrap(), Some(first));
    assert_eq!(repositories.keys.keys(other.id).await.unwrap(), []);
}

/// A database that compares without case would let one key in for another.
pub async fn prefixes_of_other_case_are_other_prefixes(repositories: Repositories) {
    let home = home(&repositories).await;
    assert!(repositories.add_key(&key(home, "abcdefgh"), None).await.unwrap());
    assert_eq!(repositories.keys.key(&prefix("ABCDEFGH")).await.unwrap(), None);
    assert!(repositories.add_key(&key(home, "ABCDEFGH"), None).await.unwrap());
    assert_eq!(repositories.keys.keys(home).await.unwrap().len(), 2);
}

/// The order is by creation, and revoked and expired keys are listed like others.
pub async fn keys_come_newest_first(repositories: Repositories) {
    let home = home(&repositories).await;
    let clock = FixedClock::stepping();
    let mut expected = Vec::new();
    for text in ["Bbbbbbbb", "Cccccccc", "Aaaaaaaa"] {
        let added = KeyRecord { created_at: clock.now(), expires_at: Some(clock.now()), ..key(home, text) };
        assert!(repositories.add_key(&added, None).await.unwrap());
        expected.insert(0, added.actor.key_prefix);
    }
    repositories.revoke_key(home, &expected[1], clock.now()).await.unwrap();
    let listed: Vec<KeyPrefix> = repositories.keys.keys(home).await.unwrap().into_iter().map(|key| key.actor.key_prefix).collect();
    assert_eq!(listed, expected);
}

/// A list is of one workspace.
pub async fn keys_are_those_of_one_workspace(repositories: Repositories) {
    let home = home(&repositories).await;
    let other = workspace(2, "other");
    assert!(repositories.keys.add_workspace(&other).await.unwrap());
    let (ours, theirs) = (key(home, "Ours0001"), key(other.id, "Theirs01"));
    assert!(repositories.add_key(&ours, None).await.unwrap() && repositories.add_key(&theirs, None).await.unwrap());
    assert_eq!(repositories.keys.keys(home).await.unwrap(), [ours]);
    assert_eq!(repositories.keys.keys(other.id).await.unwrap(), [theirs]);
}

/// Nothing else of the key changes, and no other key.
pub async fn a_revoked_key_says_since_when(repositories: Repositories) {
    let home = home(&repositories).await;
    let (revoked, stays) = (key(home, "Revoked1"), key(home, "Stays001"));
    assert!(repositories.add_key(&revoked, None).await.unwrap() && repositories.add_key(&stays, None).await.unwrap());
    let at = FixedClock::start() + Duration::microseconds(1);
    assert!(repositories.revoke_key(home, &revoked.actor.key_prefix, at).await.unwrap());
    let read = repositories.keys.key(&revoked.actor.key_prefix).await.unwrap();
    assert_eq!(read, Some(KeyRecord { revoked_at: Some(at), ..revoked }));
    assert_eq!(repositories.keys.key(&stays.actor.key_prefix).await.unwrap(), Some(stays));
}

/// To revoke again is no error, and does not change since when.
pub async fn a_key_is_revoked_once(repositories: Repositories) {
    let home = home(&repositories).await;
    let added = key(home, "Revoked1");
    assert!(repositories.add_key(&added, None).await.unwrap());
    let at = FixedClock::start() + Duration::hours(1);
    assert!(repositories.revoke_key(home, &added.actor.key_prefix, at).await.unwrap());
    assert!(repositories.revoke_key(home, &added.actor.key_prefix, at + Duration::hours(1)).await.unwrap());
    let read = repositories.keys.key(&added.actor.key_prefix).await.unwrap().expect("the key is kept");
    assert_eq!(read.revoked_at, Some(at));
}

/// The key of another workspace is no key.
pub async fn another_workspace_cannot_revoke(repositories: Repositories) {
    let home = home(&repositories).await;
    let other = workspace(2, "other");
    assert!(repositories.keys.add_workspace(&other).await.unwrap());
    let ours = key(home, "Ours0001");
    assert!(repositories.add_key(&ours, None).await.unwrap());
    assert!(!repositories.revoke_key(other.id, &ours.actor.key_prefix, FixedClock::start()).await.unwrap());
    assert_eq!(repositories.keys.key(&ours.actor.key_prefix).await.unwrap(), Some(ours));
}

/// What is not there cannot be revoked.
pub async fn an_unknown_key_cannot_be_revoked(repositories: Repositories) {
    let home = home(&repositories).await;
    assert!(!repositories.revoke_key(home, &prefix("Unknown1"), FixedClock::start()).await.unwrap());
}

/// Whoever asks again for a key is told what was kept with it, and gets no second one; of a key that was not added nothing
/// is kept.
pub async fn a_receipt_is_kept_with_the_key(repositories: Repositories) {
    let home = home(&repositories).await;
    let (id, now) = (ReceiptId::new([1; 32]), FixedClock::start());
    let begin = async || {
        repositories
            .receipts
            .begin(Beginning { workspace: home, id, body: [2; 32], now, stale_before: now, forget_before: now })
            .await
            .unwrap()
    };
    assert!(repositories.add_key(&key(home, "Taken001"), None).await.unwrap());
    begin().await;
    let receipt = Receipt { id, answer: b"made".to_vec() };
    assert!(!repositories.add_key(&key(home, "Taken001"), Some(&receipt)).await.unwrap());
    assert_eq!(begin().await, Begun::Running);
    assert!(repositories.add_key(&key(home, "Free0001"), Some(&receipt)).await.unwrap());
    assert_eq!(begin().await, Begun::Answered(b"made".to_vec()));
}
