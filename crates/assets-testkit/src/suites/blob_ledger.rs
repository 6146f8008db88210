//! What [`BlobLedger`](assets_domain::ports::BlobLedger) promises: nothing that is referred to is swept, and nothing that is
//! being swept is referred to.

use assets_domain::{
    AssetType, Digest, Transition, VersionNumber, VersionStatus, WorkspaceId,
    ports::{Blob, BlobKey, CommitError},
};
use chrono::Duration;

use crate::{Repositories, fixtures};

use super::bench::Bench;

/// Runs the clauses of [`suites::blob_ledger`](crate::suites::blob_ledger).
#[macro_export]
macro_rules! blob_ledger_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            blob_ledger,
            $make,
            [
                unknown_bytes_have_no_row,
                a_version_is_found_with_its_bytes,
                approved_bytes_are_found_while_the_approval_stands,
                every_blob_is_met_in_order,
                known_files_are_told_from_others,
                versions_without_a_blob_are_refused_or_counted,
                what_is_referred_to_is_never_retired,
                bytes_of_an_earlier_version_are_referred_to,
                what_nothing_refers_to_is_retired,
                one_reference_of_many_keeps_the_bytes,
                another_workspace_keeps_nothing_for_this_one,
                what_just_came_in_is_not_retired,
                retired_bytes_can_come_in_again,
                a_file_without_a_row_is_retired_once,
                a_file_with_a_row_is_no_orphan,
                tombstones_are_read_when_they_are_older,
                tombstones_are_read_in_batches,
                a_tombstone_outlives_its_file,
                a_forgotten_tombstone_is_gone,
            ]
        );
    };
}

async fn row(bench: &Bench, bytes: &[u8]) -> Option<Blob> {
    bench.repositories.ledger.blob(bench.workspace, &Digest::of(bytes)).await.unwrap()
}

/// Retires whatever nothing refers to, however young.
async fn retire(bench: &Bench) -> u64 {
    let now = bench.now();
    bench.repositories.ledger.retire_unreferenced(now + Duration::days(1), now).await.unwrap()
}

async fn tombstones(bench: &Bench) -> Vec<BlobKey> {
    let mut keys = bench.repositories.ledger.retired(bench.now() + Duration::days(1), 1000).await.unwrap();
    keys.sort();
    keys
}

/// Absence is `None`.
pub async fn unknown_bytes_have_no_row(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Spring", "one").await;
    assert_eq!(row(&bench, b"two").await, None);
}

/// Each version with its own bytes, however the asset went on; of another workspace, none.
pub async fn a_version_is_found_with_its_bytes(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = bench.add_workspace("other").await;
    let asset = bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    bench.submit_and_approve(&bench.add_version(&asset, "two").await).await;
    let found = async |workspace, number| {
        let number = VersionNumber::new(number).unwrap();
        bench.repositories.ledger.blob_of_version(workspace, asset.id(), number).await.unwrap()
    };
    for (number, text, status) in [(1, b"one", VersionStatus::Superseded), (2, b"two", VersionStatus::Approved)] {
        let (version, blob) = found(bench.workspace, number).await.expect("the version is there");
        assert_eq!((version.number.get(), version.status, version.content.digest), (number, status, Digest::of(text)));
        assert_eq!(blob, row(&bench, text).await);
        assert!(blob.is_some());
    }
    assert_eq!(found(bench.workspace, 3).await, None);
    assert_eq!(found(other, 1).await, None);
}

/// The asset as it is, with the bytes of the version that is approved, whatever is worked on; else nothing.
pub async fn approved_bytes_are_found_while_the_approval_stands(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = bench.add_workspace("other").await;
    let asset = bench.copy("Spring", "one").await;
    let found = async |workspace| bench.repositories.ledger.blob_of_approved(workspace, asset.id()).await.unwrap();
    assert_eq!(found(bench.workspace).await, None);
    let approved = bench.submit_and_approve(&asset).await;
    let at_work = bench.add_version(&approved, "two").await;
    let (seen, blob) = found(bench.workspace).await.expect("the approval stands");
    assert_eq!(seen, at_work);
    assert_eq!(blob, row(&bench, b"one").await);
    assert!(blob.is_some());
    assert_eq!(found(other).await, None);
    bench.decide(&at_work, Transition::Archive).await;
    assert_eq!(found(bench.workspace).await, None);
}

/// All blobs of all workspaces, by workspace and digest, in batches of any length.
pub async fn every_blob_is_met_in_order(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = fixtures::agent(bench.add_workspace("other").await, "writer");
    let mut expected: Vec<(WorkspaceId, Digest)> = Vec::new();
    for text in ["one", "two", "three", "four", "five"] {
        bench.copy("Ours", text).await;
        bench.create_by(&other, fixtures::new_asset(AssetType::Copy, "Theirs"), text).await;
        expected.extend([(bench.workspace, Digest::of(text.as_bytes())), (other.workspace, Digest::of(text.as_bytes()))]);
    }
    expected.sort();
    for limit in [1, 3, 5, 10, 11] {
        let (mut met, mut after) = (Vec::new(), None);
        loop {
            let batch = bench.repositories.ledger.blobs(after, limit).await.unwrap();
            assert!(batch.len() <= limit.try_into().unwrap());
            let Some(last) = batch.last() else { break };
            after = Some((last.workspace, last.fingerprint.digest));
            met.extend(batch.iter().map(|blob| (blob.workspace, blob.fingerprint.digest)));
        }
        assert_eq!(met, expected, "in batches of {limit}");
    }
}

/// Of any list of files, those that a row of any workspace names.
pub async fn known_files_are_told_from_others(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = fixtures::agent(bench.add_workspace("other").await, "writer");
    bench.copy("Ours", "one").await;
    bench.create_by(&other, fixtures::new_asset(AssetType::Copy, "Theirs"), "two").await;
    let theirs = bench.repositories.ledger.blob(other.workspace, &Digest::of(b"two")).await.unwrap();
    let known = [row(&bench, b"one").await, theirs].map(|blob| blob.expect("the bytes are known").key);
    let strangers = (0..498).map(|place| BlobKey::new(format!("a file that no row knows of {place}")));
    let asked: Vec<BlobKey> = strangers.chain(known.clone()).collect();
    assert_eq!(bench.repositories.ledger.knows(&asked).await.unwrap(), known.into());
    assert_eq!(bench.repositories.ledger.knows(&asked[..498]).await.unwrap(), [].into());
    assert_eq!(bench.repositories.ledger.knows(&[]).await.unwrap(), [].into());
}

/// A version whose bytes no row of its workspace knows is not saved, or else it counts.
pub async fn versions_without_a_blob_are_refused_or_counted(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = fixtures::agent(bench.add_workspace("other").await, "writer");
    let asset = bench.copy("Spring", "kept").await;
    bench.create_by(&other, fixtures::new_asset(AssetType::Copy, "Theirs"), "lost").await;
    assert_eq!(bench.repositories.ledger.versions_without_blob().await.unwrap(), 0);
    let missing = match bench.try_save(&bench.commit(bench.version_on(&asset, "lost"), None)).await {
        Ok(_) => 1,
        Err(CommitError::BlobRetired) => 0,
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(bench.repositories.ledger.versions_without_blob().await.unwrap(), missing);
}

/// Whatever the status of the asset, and however old its bytes.
pub async fn what_is_referred_to_is_never_retired(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.decide(&bench.copy("Archived", "one").await, Transition::Archive).await;
    bench.submit_and_approve(&bench.copy("Approved", "two").await).await;
    bench.clock.advance(Duration::days(1000));
    assert_eq!(retire(&bench).await, 0);
    assert!(row(&bench, b"one").await.is_some() && row(&bench, b"two").await.is_some());
    assert_eq!(tombstones(&bench).await, []);
}

/// History refers to its bytes as the present does.
pub async fn bytes_of_an_earlier_version_are_referred_to(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.add_version(&bench.copy("Spring", "one").await, "two").await;
    assert_eq!(retire(&bench).await, 0);
    assert!(row(&bench, b"one").await.is_some());
}

/// Of a deleted asset the bytes are left, until they are retired: the row goes, a tombstone stands.
pub async fn what_nothing_refers_to_is_retired(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.add_version(&bench.copy("Spring", "one").await, "two").await;
    bench.copy("Stays", "three").await;
    let mut keys = [row(&bench, b"one").await, row(&bench, b"two").await].map(|blob| blob.expect("the bytes are known").key);
    keys.sort();
    bench.delete(&asset).await;
    assert!(row(&bench, b"one").await.is_some(), "to delete an asset sweeps nothing");
    assert_eq!(retire(&bench).await, 2);
    assert_eq!(row(&bench, b"one").await, None);
    assert!(row(&bench, b"three").await.is_some());
    assert_eq!(tombstones(&bench).await, keys);
    assert_eq!(retire(&bench).await, 0, "what is retired is not retired again");
}

/// Bytes in two assets stay with the one that is left.
pub async fn one_reference_of_many_keeps_the_bytes(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (first, second) = (bench.copy("First", "the same").await, bench.copy("Second", "the same").await);
    bench.delete(&first).await;
    assert_eq!(retire(&bench).await, 0);
    bench.delete(&second).await;
    assert_eq!(retire(&bench).await, 1);
}

/// The same bytes elsewhere are other bytes.
pub async fn another_workspace_keeps_nothing_for_this_one(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = fixtures::agent(bench.add_workspace("other").await, "writer");
    let ours = bench.copy("Ours", "the same").await;
    bench.create_by(&other, fixtures::new_asset(AssetType::Copy, "Theirs"), "the same").await;
    bench.delete(&ours).await;
    assert_eq!(retire(&bench).await, 1);
    assert_eq!(row(&bench, b"the same").await, None);
    assert!(bench.repositories.ledger.blob(other.workspace, &Digest::of(b"the same")).await.unwrap().is_some());
}

/// Only what came in before the moment is looked at: a commit may be on its way.
pub async fn what_just_came_in_is_not_retired(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.delete(&bench.copy("Spring", "one").await).await;
    let created_at = row(&bench, b"one").await.expect("the bytes are known").created_at;
    let ledger = &bench.repositories.ledger;
    assert_eq!(ledger.retire_unreferenced(created_at, bench.now()).await.unwrap(), 0);
    assert_eq!(ledger.retire_unreferenced(created_at + Duration::microseconds(1), bench.now()).await.unwrap(), 1);
}

/// The tombstone is of the file, not of the bytes.
pub async fn retired_bytes_can_come_in_again(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.delete(&bench.copy("Spring", "one").await).await;
    let old = row(&bench, b"one").await.expect("the bytes are known");
    assert_eq!(retire(&bench).await, 1);
    bench.copy("Spring again", "one").await;
    let new = row(&bench, b"one").await.expect("the bytes are known again");
    assert_ne!(new.key, old.key);
    assert_eq!(tombstones(&bench).await, [old.key]);
}

/// One file, one tombstone.
pub async fn a_file_without_a_row_is_retired_once(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let key = BlobKey::new("a file that no row knows of");
    assert!(bench.repositories.ledger.retire_orphan(&key, bench.now()).await.unwrap());
    assert!(!bench.repositories.ledger.retire_orphan(&key, bench.now()).await.unwrap());
    assert_eq!(tombstones(&bench).await, [key]);
}

/// A file whose row is there, or was retired, is not retired as an orphan.
pub async fn a_file_with_a_row_is_no_orphan(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let key = row(&bench, b"one").await.expect("the bytes are known").key;
    assert!(!bench.repositories.ledger.retire_orphan(&key, bench.now()).await.unwrap());
    assert_eq!(tombstones(&bench).await, []);
    bench.delete(&asset).await;
    retire(&bench).await;
    assert!(!bench.repositories.ledger.retire_orphan(&key, bench.now()).await.unwrap());
    assert_eq!(tombstones(&bench).await, [key]);
}

/// What this cycle retires a later one removes: a tombstone is not older than its own moment.
pub async fn tombstones_are_read_when_they_are_older(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let ledger = &bench.repositories.ledger;
    let (orphan, made) = (BlobKey::new("orphan"), bench.now());
    ledger.retire_orphan(&orphan, made).await.unwrap();
    bench.delete(&bench.copy("Spring", "one").await).await;
    let blob = row(&bench, b"one").await.expect("the bytes are known");
    let later = made + Duration::hours(1);
    ledger.retire_unreferenced(later, later).await.unwrap();
    let tick = Duration::microseconds(1);
    assert_eq!(ledger.retired(made, 10).await.unwrap(), []);
    assert_eq!(ledger.retired(made + tick, 10).await.unwrap(), [orphan]);
    assert_eq!(ledger.retired(later, 10).await.unwrap().len(), 1);
    let both = ledger.retired(later + tick, 10).await.unwrap();
    assert!(both.len() == 2 && both.contains(&blob.key));
}

/// Whoever removes what is read, and notes it, comes to the end.
pub async fn tombstones_are_read_in_batches(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let ledger = &bench.repositories.ledger;
    for place in 0..7 {
        ledger.retire_orphan(&BlobKey::new(format!("orphan {place}")), bench.now()).await.unwrap();
    }
    let mut batches = Vec::new();
    loop {
        let batch = ledger.retired(bench.now(), 3).await.unwrap();
        if batch.is_empty() {
            break;
        }
        for key in &batch {
            ledger.note_removed(key, bench.now()).await.unwrap();
        }
        batches.push(batch.len());
    }
    assert_eq!(batches, [3, 3, 1]);
}

/// A file that is gone is not read again, nor taken for an orphan, and no commit may refer to it.
pub async fn a_tombstone_outlives_its_file(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let late = bench.commit(bench.creation(&bench.writer(), fixtures::new_asset(AssetType::Copy, "Spring"), "one"), Some("one"));
    let key = late.blob.as_ref().expect("the bytes came in").blob.key.clone();
    let ledger = &bench.repositories.ledger;
    ledger.retire_orphan(&key, bench.now()).await.unwrap();
    for _ in 0..2 {
        ledger.note_removed(&key, bench.now()).await.unwrap();
        assert_eq!(tombstones(&bench).await, []);
        assert!(!ledger.retire_orphan(&key, bench.now()).await.unwrap());
        assert!(matches!(bench.try_save(&late).await, Err(CommitError::BlobRetired)));
    }
    bench.copy("Spring again", "one").await;
    ledger.note_removed(&BlobKey::new("never heard of"), bench.now()).await.expect("there is nothing to note, which is no error");
}

/// What went before the moment is forgotten; what went later, or is still to go, is not.
pub async fn a_forgotten_tombstone_is_gone(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let ledger = &bench.repositories.ledger;
    let [old, young, waits] = ["old", "young", "waits"].map(BlobKey::new);
    for key in [&old, &young, &waits] {
        ledger.retire_orphan(key, bench.now()).await.unwrap();
    }
    let (first, second, tick) = (bench.now(), bench.now() + Duration::hours(1), Duration::microseconds(1));
    ledger.note_removed(&old, first).await.unwrap();
    ledger.note_removed(&old, second).await.expect("a file goes once, at its first moment");
    ledger.note_removed(&young, second).await.unwrap();
    assert_eq!(ledger.forget_removed(first).await.unwrap(), 0);
    assert_eq!(ledger.forget_removed(first + tick).await.unwrap(), 1);
    assert!(ledger.retire_orphan(&old, bench.now()).await.unwrap(), "a key that is forgotten is as new");
    assert!(!ledger.retire_orphan(&young, bench.now()).await.unwrap());
    assert_eq!(ledger.forget_removed(second + Duration::days(1)).await.unwrap(), 1);
    assert_eq!(tombstones(&bench).await, [old, waits]);
}
