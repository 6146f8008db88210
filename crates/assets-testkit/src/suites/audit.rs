//! What [`AuditTrail`](assets_domain::ports::AuditTrail) promises: each change has its entry, numbered without gaps, which is there
//! with the change or not at all; what is sealed stays as it is; nobody sees another tenant's.

use std::sync::{Arc, Mutex};

use assets_domain::{
    Act, AssetId, AuditActor, AuditEntry, AuditFinding, AuditLine, AuditQuery, AuditReport, Auditor, Checkpoint, Digest, KeyPrefix, Scope,
    SignedCheckpoint, Transition, WorkspaceId,
    ports::{AuditExtent, CommitError},
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{FixedClock, PlainNotary, Repositories, fixtures};

use super::bench::Bench;

/// Runs the clauses of [`suites::audit`](crate::suites::audit).
#[macro_export]
macro_rules! audit_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            audit,
            $make,
            [
                each_decision_has_its_entry,
                what_is_no_decision_has_none,
                a_change_that_is_not_saved_has_no_entry,
                a_removed_draft_is_told_of,
                keys_are_told_of_once,
                entries_are_found_by_what_they_are_about,
                entries_come_page_by_page,
                what_is_open_is_sealed_and_noted,
                what_is_sealed_stays_as_it_is,
                checkpoints_come_in_both_directions,
                nothing_is_found_where_nothing_is_wrong,
                a_hash_that_is_wrong_is_found,
                another_tenant_sees_nothing,
            ]
        );
    };
}

fn all() -> AuditQuery {
    AuditQuery { limit: 100, ..AuditQuery::default() }
}

/// Actions of a workspace, oldest first, each with its number.
async fn told(bench: &Bench) -> Vec<(u64, &'static str)> {
    let mut records = bench.repositories.audit.entries(bench.workspace, &all()).await.unwrap();
    records.reverse();
    records.iter().map(|record| (record.sequence, record.entry.act.action())).collect()
}

fn auditor(bench: &Bench) -> Auditor {
    Auditor::new(bench.repositories.audit.clone(), Arc::new(PlainNotary), Arc::new(FixedClock::default()))
}

/// What a check tells, where a signature is what the [`PlainNotary`] writes.
async fn checked(bench: &Bench, elsewhere: Vec<Checkpoint>) -> (AuditReport, Vec<AuditFinding>) {
    let believed = |signed: &SignedCheckpoint| Ok(signed.checkpoint);
    let found = Mutex::new(Vec::new());
    let mut tell = |finding| found.lock().unwrap().push(finding);
    let report = auditor(bench).check(bench.workspace, elsewhere, &believed, &mut tell).await.unwrap();
    (report, found.into_inner().unwrap())
}

/// Whoever decided, what, about what, and in which order.
pub async fn each_decision_has_its_entry(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let asset = bench.submit_and_approve(&asset).await;
    let asset = bench.decide(&asset, Transition::Revoke).await;
    assert_eq!(told(&bench).await, [(1, "decision.submit"), (2, "decision.approve"), (3, "decision.revoke")]);
    let records = bench.repositories.audit.entries(bench.workspace, &all()).await.unwrap();
    let decisions = bench.history(&asset).await.decisions;
    for (record, decision) in records.iter().rev().zip(&decisions) {
        assert_eq!((record.entry.at, &record.entry.by), (decision.at, &AuditActor::Key(decision.by.clone())));
        let Act::Decided(told) = &record.entry.act else { panic!("{record:?}") };
        assert_eq!((told.asset, told.revision, told.action), (asset.id(), decision.revision.get(), decision.action));
        assert_eq!((told.version, told.digest, told.bytes_named), (decision.version, decision.digest, decision.bytes_named));
        assert_eq!(record.hash, None, "nothing is sealed yet");
    }
}

/// Of those the events tell.
pub async fn what_is_no_decision_has_none(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    bench.add_version(&asset, "two").await;
    assert_eq!(told(&bench).await, []);
    assert_eq!(bench.repositories.audit.extent(bench.workspace).await.unwrap(), AuditExtent::default());
}

/// Who is overtaken leaves no entry, and no gap.
pub async fn a_change_that_is_not_saved_has_no_entry(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let lost = bench.commit(bench.decision(&asset, Transition::Archive), None);
    let asset = bench.decide(&asset, Transition::Submit).await;
    assert!(matches!(bench.try_save(&lost).await, Err(CommitError::Conflict)));
    bench.decide(&asset, Transition::Withdraw).await;
    assert_eq!(told(&bench).await, [(1, "decision.submit"), (2, "decision.withdraw")]);
}

/// It is what is left of it.
pub async fn a_removed_draft_is_told_of(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let trail = bench.repositories.audit.clone();
    assert!(!trail.tells_deletion(bench.workspace, asset.id()).await.unwrap());
    bench.delete(&asset).await;
    assert_eq!(told(&bench).await, [(1, "asset.deleted")]);
    assert!(trail.tells_deletion(bench.workspace, asset.id()).await.unwrap());
}

/// A key that is revoked already is not told of again.
pub async fn keys_are_told_of_once(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let key = assets_domain::KeyRecord {
        workspace: bench.workspace,
        actor: bench.writer().actor,
        scopes: [Scope::Read].into_iter().collect(),
        mac: [7; 32],
        created_at: bench.now(),
        expires_at: None,
        revoked_at: None,
    };
    let (keys, prefix) = (&bench.repositories.keys, &key.actor.key_prefix);
    assert!(keys.add_key(&key, None, &fixtures::key_creation(&key)).await.unwrap());
    assert!(!keys.add_key(&key, None, &fixtures::key_creation(&key)).await.unwrap());
    for _ in 0..2 {
        let told = fixtures::revocation(bench.workspace, prefix, bench.now());
        assert!(keys.revoke_key(bench.workspace, prefix, bench.now(), &told).await.unwrap());
    }
    let unknown = KeyPrefix::parse("Unknown1").unwrap();
    let untold = fixtures::revocation(bench.workspace, &unknown, bench.now());
    assert!(!keys.revoke_key(bench.workspace, &unknown, bench.now(), &untold).await.unwrap());
    assert_eq!(told(&bench).await, [(1, "key.created"), (2, "key.revoked")]);
}

/// By action or group of them, by key or name, by asset, by moment.
pub async fn entries_are_found_by_what_they_are_about(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (one, other) = (bench.copy("Spring", "one").await, bench.copy("Summer", "two").await);
    let one = bench.submit_and_approve(&one).await;
    let other = bench.decide(&other, Transition::Submit).await;
    bench.delete(&bench.copy("Autumn", "three").await).await;
    let found = async |query: AuditQuery| {
        let records = bench.repositories.audit.entries(bench.workspace, &query).await.unwrap();
        records.iter().map(|record| record.sequence).collect::<Vec<_>>()
    };
    assert_eq!(found(all()).await, [4, 3, 2, 1]);
    let by_action = |action: &str| AuditQuery { action: Some(action.to_owned()), ..all() };
    assert_eq!(found(by_action("decision.submit")).await, [3, 1]);
    assert_eq!(found(by_action("decision")).await, [3, 2, 1]);
    assert_eq!(found(by_action("decision.sub")).await, [0; 0]);
    assert_eq!(found(by_action("asset")).await, [4]);
    let by_actor = |actor: &str| AuditQuery { actor: Some(actor.to_owned()), ..all() };
    assert_eq!(found(by_actor("ANN")).await, [3, 2, 1], "names are compared as people read them");
    assert_eq!(found(by_actor(bench.writer().actor.key_prefix.as_str())).await, [4]);
    assert_eq!(found(by_actor("nobody")).await, [0; 0]);
    assert_eq!(found(AuditQuery { asset: Some(one.id()), ..all() }).await, [2, 1]);
    assert_eq!(found(AuditQuery { asset: Some(other.id()), ..by_action("decision.approve") }).await, [0; 0]);
    let approved_at = one.standing().unwrap().at;
    assert_eq!(found(AuditQuery { from: Some(approved_at), ..all() }).await, [4, 3, 2]);
    assert_eq!(found(AuditQuery { until: Some(approved_at), ..all() }).await, [1]);
}

/// What comes later shifts nothing.
pub async fn entries_come_page_by_page(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut asset = bench.copy("Spring", "one").await;
    for _ in 0..2 {
        asset = bench.decide(&asset, Transition::Submit).await;
        asset = bench.decide(&asset, Transition::Withdraw).await;
    }
    let page = async |before| {
        let query = AuditQuery { before, limit: 2, ..AuditQuery::default() };
        let records = bench.repositories.audit.entries(bench.workspace, &query).await.unwrap();
        records.iter().map(|record| record.sequence).collect::<Vec<_>>()
    };
    assert_eq!(page(None).await, [4, 3]);
    bench.decide(&asset, Transition::Submit).await;
    assert_eq!(page(Some(3)).await, [2, 1]);
    assert_eq!(page(Some(1)).await, [0; 0]);
}

/// Hashes follow one another, and the first come with a checkpoint.
pub async fn what_is_open_is_sealed_and_noted(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (auditor, trail) = (auditor(&bench), bench.repositories.audit.clone());
    assert!(!auditor.is_due().await.unwrap(), "there is nothing yet");
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    assert!(auditor.is_due().await.unwrap());
    let report = auditor.seal(false).await.unwrap();
    assert_eq!((report.sealed, report.noted.len(), report.broken.len()), (2, 1, 0));
    assert!(!auditor.is_due().await.unwrap());

    let places = trail.places(bench.workspace, 0, 9).await.unwrap();
    let mut hash = AuditLine::GENESIS;
    for place in &places {
        let line = place.line.as_ref().unwrap();
        hash = line.link(&hash);
        assert_eq!((line.sequence, place.hash), (place.sequence, Some(hash)));
        assert!(line.record.is_some() && line.record == place.record, "the decision is as it was told");
    }
    assert_eq!(report.noted[0].checkpoint, Checkpoint { workspace: bench.workspace, sequence: 2, hash, at: report.noted[0].checkpoint.at });
    let record = trail.entries(bench.workspace, &all()).await.unwrap().remove(0);
    assert_eq!((record.sequence, record.hash), (2, Some(hash)));

    bench.decide(&asset, Transition::Revoke).await;
    let report = auditor.seal(false).await.unwrap();
    assert_eq!((report.sealed, report.noted.len()), (1, 0), "the next checkpoint has its hour to wait");
    let report = auditor.seal(true).await.unwrap();
    assert_eq!((report.sealed, report.noted.len()), (0, 1), "unless it is asked for");
    assert!(auditor.seal(true).await.unwrap().noted.is_empty(), "there is nothing new");
}

/// Two may seal at once; the first has it.
pub async fn what_is_sealed_stays_as_it_is(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.decide(&bench.copy("Spring", "one").await, Transition::Submit).await;
    let trail = &bench.repositories.audit;
    let [first, second] = ["first", "second"].map(|text| Digest::of(text.as_bytes()));
    for hash in [first, second] {
        let checkpoint = Checkpoint { workspace: bench.workspace, sequence: 1, hash, at: at(0) };
        let signed = SignedCheckpoint { checkpoint, signed: hash.to_string() };
        trail.seal(bench.workspace, &[(1, hash)], Some(&signed)).await.unwrap();
    }
    assert_eq!(trail.places(bench.workspace, 0, 1).await.unwrap()[0].hash, Some(first));
    let kept = trail.checkpoints(bench.workspace, None, 9).await.unwrap();
    assert_eq!(kept.iter().map(|signed| signed.checkpoint.hash).collect::<Vec<_>>(), [first]);
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::seconds(second)
}

/// Newest first for those who read, oldest first for those who check.
pub async fn checkpoints_come_in_both_directions(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let trail = &bench.repositories.audit;
    for sequence in [3, 7, 9] {
        let checkpoint = Checkpoint { workspace: bench.workspace, sequence, hash: Digest::of(b"x"), at: at(3) };
        trail.seal(bench.workspace, &[], Some(&SignedCheckpoint { checkpoint, signed: format!("signed {sequence}") })).await.unwrap();
    }
    let numbers = |signed: Vec<SignedCheckpoint>| signed.iter().map(|signed| signed.checkpoint.sequence).collect::<Vec<_>>();
    assert_eq!(numbers(trail.checkpoints(bench.workspace, None, 2).await.unwrap()), [9, 7]);
    assert_eq!(numbers(trail.checkpoints(bench.workspace, Some(7), 2).await.unwrap()), [3]);
    assert_eq!(numbers(trail.checkpoints_after(bench.workspace, 0, 2).await.unwrap()), [3, 7]);
    let last = trail.checkpoints_after(bench.workspace, 7, 2).await.unwrap();
    assert_eq!((last[0].signed.as_str(), last[0].checkpoint.at, last.len()), ("signed 9", at(3), 1));
}

/// Whatever was done, removed, refused and sealed.
pub async fn nothing_is_found_where_nothing_is_wrong(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    let draft = bench.decide(&bench.copy("Summer", "two").await, Transition::Submit).await;
    let draft = bench.decide(&draft, Transition::Withdraw).await;
    bench.delete(&draft).await;
    let report = auditor(&bench).seal(false).await.unwrap();
    let elsewhere: Vec<Checkpoint> = report.noted.iter().map(|signed| signed.checkpoint).collect();
    let by = AuditActor::Key(bench.writer().actor);
    let refused = |asset: AssetId| {
        let act =
            Act::Refused { code: "human_required".into(), attempted: "approve_asset".into(), asset: Some(asset), count: 3, last_at: at(1) };
        AuditEntry { workspace: bench.workspace, at: at(0), by: by.clone(), request: None, act }
    };
    let entries = [refused(asset.id()), refused(AssetId::new(Uuid::from_u128(5)))];
    bench.repositories.audit.append(bench.workspace, &entries).await.unwrap();
    bench.decide(&asset, Transition::Archive).await;
    let (report, found) = checked(&bench, elsewhere).await;
    assert_eq!(found, []);
    assert_eq!((report.entries, report.unsealed, report.checkpoints, report.findings), (8, 3, 2, 0));
}

/// … once, and so is a checkpoint that knows better.
pub async fn a_hash_that_is_wrong_is_found(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    let line = bench.repositories.audit.places(bench.workspace, 0, 1).await.unwrap().remove(0).line.unwrap();
    let right = line.link(&AuditLine::GENESIS);
    let wrong = Digest::of(b"wrong");
    let signed = |sequence, hash| {
        let checkpoint = Checkpoint { workspace: bench.workspace, sequence, hash, at: at(0) };
        SignedCheckpoint { checkpoint, signed: "signed".to_owned() }
    };
    let first = signed(1, right);
    bench.repositories.audit.seal(bench.workspace, &[(1, wrong)], Some(&first)).await.unwrap();
    auditor(&bench).seal(false).await.unwrap();
    let further = signed(7, right).checkpoint;
    let (_, found) = checked(&bench, vec![further]).await;
    let expected = [
        AuditFinding::Rewritten { checkpoint: first.checkpoint },
        AuditFinding::Edited { sequence: 1 },
        AuditFinding::CutOff { checkpoint: further, last: 2 },
    ];
    assert_eq!(found, expected);
}

/// Neither its entries nor how far they go.
pub async fn another_tenant_sees_nothing(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    auditor(&bench).seal(false).await.unwrap();
    let other: WorkspaceId = bench.add_workspace("other").await;
    let trail = &bench.repositories.audit;
    assert_eq!(trail.entries(other, &AuditQuery { asset: Some(asset.id()), ..all() }).await.unwrap(), []);
    assert_eq!(trail.entries(other, &all()).await.unwrap(), []);
    assert_eq!(trail.places(other, 0, 9).await.unwrap(), []);
    assert_eq!(trail.extent(other).await.unwrap(), AuditExtent::default());
    assert_eq!(trail.checkpoints(other, None, 9).await.unwrap(), []);
    assert_eq!(trail.checkpoints_after(other, 0, 9).await.unwrap(), []);
    assert_eq!(trail.unaudited(other, None, 9).await.unwrap(), []);
    assert_eq!(trail.next_place(other, 0).await.unwrap(), None);
}
