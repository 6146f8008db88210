//! What [`BlobStore`](assets_domain::ports::BlobStore) promises: what was written is durable, whole and never changes.

use assets_domain::{
    Digest, Fingerprinter, WorkspaceId,
    ports::{BlobKey, Breakage, ByteStream, StoredBlob, StoredObject, WriteError},
};
use futures_util::TryStreamExt;
use uuid::Uuid;

use crate::{Store, fixtures};

/// Runs the clauses of [`suites::blob_store`](crate::suites::blob_store). Takes an expression whose future gives a
/// [`Store`](crate::Store) that is empty.
#[macro_export]
macro_rules! blob_store_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            blob_store,
            $make,
            [
                bytes_come_back_as_they_were_written,
                an_empty_file_is_a_file,
                many_odd_pieces_make_one_file,
                bytes_are_known_by_what_was_written,
                a_range_is_read_alone,
                beyond_the_end_of_a_file_nothing_is_read,
                an_empty_range_has_no_bytes,
                the_size_of_a_file_is_known,
                a_missing_file_is_an_error_before_any_byte,
                the_limit_itself_is_allowed,
                too_many_bytes_leave_nothing_readable,
                bytes_that_stop_coming_leave_nothing_readable,
                bytes_that_never_come_leave_nothing_readable,
                the_same_bytes_get_another_key,
                workspaces_do_not_share_files,
                a_deleted_file_is_gone,
                what_is_not_there_can_be_deleted,
                every_file_is_listed,
                writers_at_once_do_not_mix,
                a_store_that_works_says_so,
            ]
        );
    };
}

const NO_LIMIT: u64 = u64::MAX;

fn workspace() -> WorkspaceId {
    WorkspaceId::new(Uuid::from_u128(1))
}

async fn write(store: &Store, bytes: &[u8]) -> StoredBlob {
    store.blobs.write(workspace(), fixtures::in_pieces(bytes, 1000), NO_LIMIT).await.expect("the bytes are written")
}

async fn collect(bytes: ByteStream) -> Vec<u8> {
    bytes
        .try_fold(Vec::new(), async |mut all, piece| {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await
        .expect("the bytes are read")
}

async fn read(store: &Store, key: &BlobKey, range: std::ops::Range<u64>) -> Vec<u8> {
    collect(store.blobs.read(key, range).await.expect("the file is opened")).await
}

async fn files(store: &Store) -> Vec<StoredObject> {
    let mut files: Vec<StoredObject> = store.blobs.list().await.unwrap().try_collect().await.unwrap();
    files.retain(|file| !file.is_temporary);
    files.sort_by(|one, other| one.key.cmp(&other.key));
    files
}

/// Bytes that repeat nowhere near, so that a piece in the wrong place is seen.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(size)
    .collect()
}

/// What is read is what was written.
pub async fn bytes_come_back_as_they_were_written(store: Store) {
    let bytes = noise(100_003);
    let stored = write(&store, &bytes).await;
    assert!(read(&store, &stored.key, 0..100_003).await == bytes);
}

/// A file without bytes is there, and reads as one.
pub async fn an_empty_file_is_a_file(store: Store) {
    let stored = write(&store, b"").await;
    assert_eq!(stored.fingerprint.size_bytes, 0);
    assert_eq!(read(&store, &stored.key, 0..0).await, b"");
    assert_eq!(store.blobs.size_bytes(&stored.key).await.unwrap(), Some(0));
    assert_eq!(files(&store).await.len(), 1);
}

/// 5 MiB in pieces of all sizes, empty ones among them, come back whole.
pub async fn many_odd_pieces_make_one_file(store: Store) {
    let bytes = noise(5 << 20);
    let sizes = [1, 0, 7, 65_536, 4_095, 0, 131_073, 1_000_003];
    let mut pieces = Vec::new();
    let mut rest = bytes.as_slice();
    for size in sizes.into_iter().cycle() {
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        pieces.push(Ok(bytes::Bytes::copy_from_slice(piece)));
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    let pieces: ByteStream = Box::pin(futures_util::stream::iter(pieces));
    let stored = store.blobs.write(workspace(), pieces, NO_LIMIT).await.expect("the bytes are written");
    assert_eq!(stored.fingerprint.digest, Digest::of(&bytes));
    assert!(read(&store, &stored.key, 0..5 << 20).await == bytes);
}

/// Digest, CRC-32 and size are those of the bytes.
pub async fn bytes_are_known_by_what_was_written(store: Store) {
    let bytes = noise(10_000);
    let mut fingerprinter = Fingerprinter::default();
    fingerprinter.update(&bytes);
    assert_eq!(write(&store, &bytes).await.fingerprint, fingerprinter.finish());
}

/// A range begins and ends where it says.
pub async fn a_range_is_read_alone(store: Store) {
    let bytes = noise(300_000);
    let stored = write(&store, &bytes).await;
    for (start, end) in [(0, 1), (299_999, 300_000), (1, 65_537), (123_456, 234_567), (0, 300_000)] {
        let range = fixtures::size_bytes(&bytes[..start])..fixtures::size_bytes(&bytes[..end]);
        assert!(read(&store, &stored.key, range).await == bytes[start..end], "{start}..{end}");
    }
}

/// More than there is comes to an error, never to an answer that looks whole: such a file has lost its end.
pub async fn beyond_the_end_of_a_file_nothing_is_read(store: Store) {
    for (size, range) in [(10, 7..11), (10, 0..1_000_000), (10, 10..20), (10, 15..20), (0, 0..1), (3 << 20, 0..(3 << 20) + 1)] {
        let stored = write(&store, &noise(size)).await;
        let breakage = match store.blobs.read(&stored.key, range.clone()).await {
            Ok(pieces) => Breakage::from_cut(pieces.try_for_each(async |_| Ok(())).await.expect_err("the end is missing")),
            Err(breakage) => breakage,
        };
        assert!(matches!(breakage, Breakage::Damaged(_)), "{range:?} of {size}: {breakage:?}");
    }
}

/// Nothing was asked for, nothing comes.
pub async fn an_empty_range_has_no_bytes(store: Store) {
    let stored = write(&store, b"0123456789").await;
    assert_eq!(read(&store, &stored.key, 5..5).await, b"");
    store.blobs.delete(&stored.key).await.unwrap();
    assert_eq!(read(&store, &stored.key, 5..5).await, b"", "the store is not even asked");
}

/// A size is that of the file, and a file that is not there has none.
pub async fn the_size_of_a_file_is_known(store: Store) {
    let stored = write(&store, &noise(70_000)).await;
    assert_eq!(store.blobs.size_bytes(&stored.key).await.unwrap(), Some(70_000));
    store.blobs.delete(&stored.key).await.unwrap();
    assert_eq!(store.blobs.size_bytes(&stored.key).await.unwrap(), None);
    assert_eq!(store.blobs.size_bytes(&BlobKey::new("never heard of")).await.unwrap(), None);
}

/// A missing file is known when `read` answers, not in the midst of a response.
pub async fn a_missing_file_is_an_error_before_any_byte(store: Store) {
    let stored = write(&store, b"here").await;
    store.blobs.delete(&stored.key).await.unwrap();
    assert!(store.blobs.read(&stored.key, 0..4).await.is_err());
}

/// The limit is the most that may come, not the first that may not.
pub async fn the_limit_itself_is_allowed(store: Store) {
    let stored = store.blobs.write(workspace(), fixtures::in_pieces(b"0123456789", 3), 10).await.expect("10 bytes are allowed");
    assert_eq!(read(&store, &stored.key, 0..10).await, b"0123456789");
}

/// One byte too many, and there is no file.
pub async fn too_many_bytes_leave_nothing_readable(store: Store) {
    for (size, piece) in [(11, 3), (11, 11), (3 << 20, 65_536)] {
        let refused = store.blobs.write(workspace(), fixtures::in_pieces(&noise(size), piece), 10).await;
        assert!(matches!(refused, Err(WriteError::TooLarge { limit_bytes: 10 })), "{size} in pieces of {piece}: {refused:?}");
    }
    assert_eq!(files(&store).await, []);
}

/// An upload that is cut off leaves no file.
pub async fn bytes_that_stop_coming_leave_nothing_readable(store: Store) {
    for size in [1, 3 << 20] {
        let refused = store.blobs.write(workspace(), fixtures::cut_off_after(&noise(size)), NO_LIMIT).await;
        assert!(matches!(refused, Err(WriteError::Source(_))), "after {size} bytes: {refused:?}");
    }
    assert_eq!(files(&store).await, []);
}

/// A writer that is dropped in the midst of an upload, as a server does with a lost connection, leaves no file.
pub async fn bytes_that_never_come_leave_nothing_readable(store: Store) {
    use futures_util::StreamExt;
    let stuck: ByteStream = Box::pin(fixtures::in_pieces(&noise(100_000), 1000).chain(futures_util::stream::pending()));
    let write = store.blobs.write(workspace(), stuck, NO_LIMIT);
    let outcome = tokio::time::timeout(std::time::Duration::from_millis(50), write).await;
    assert!(outcome.is_err(), "it waits for the rest: {outcome:?}");
    assert_eq!(files(&store).await, []);
}

/// A key is never used twice, not even for the same bytes.
pub async fn the_same_bytes_get_another_key(store: Store) {
    let (first, second) = (write(&store, b"the same").await, write(&store, b"the same").await);
    assert_ne!(first.key, second.key);
    assert_eq!(first.fingerprint, second.fingerprint);
    store.blobs.delete(&first.key).await.unwrap();
    assert_eq!(read(&store, &second.key, 0..8).await, b"the same");
    assert_ne!(write(&store, b"the same").await.key, first.key);
}

/// What one workspace removes another keeps.
pub async fn workspaces_do_not_share_files(store: Store) {
    let ours = write(&store, b"the same").await;
    let other = WorkspaceId::new(Uuid::from_u128(2));
    let theirs = store.blobs.write(other, fixtures::in_pieces(b"the same", 8), NO_LIMIT).await.unwrap();
    store.blobs.delete(&ours.key).await.unwrap();
    assert_eq!(read(&store, &theirs.key, 0..8).await, b"the same");
}

/// A deleted file is neither read nor listed.
pub async fn a_deleted_file_is_gone(store: Store) {
    let (gone, stays) = (write(&store, b"gone").await, write(&store, b"stays").await);
    store.blobs.delete(&gone.key).await.unwrap();
    assert!(store.blobs.read(&gone.key, 0..4).await.is_err());
    let left: Vec<BlobKey> = files(&store).await.into_iter().map(|file| file.key).collect();
    assert_eq!(left, [stays.key]);
}

/// To delete twice is to delete.
pub async fn what_is_not_there_can_be_deleted(store: Store) {
    let stored = write(&store, b"gone").await;
    store.blobs.delete(&stored.key).await.expect("the file is deleted");
    store.blobs.delete(&stored.key).await.expect("the file is deleted already");
}

/// The list has every file with its size, and nothing else.
pub async fn every_file_is_listed(store: Store) {
    assert_eq!(files(&store).await, []);
    let mut written = Vec::new();
    for size in [0, 1, 70_000] {
        written.push((write(&store, &noise(size)).await.key, fixtures::size_bytes(&noise(size))));
    }
    written.sort();
    let listed: Vec<_> = files(&store).await.into_iter().map(|file| (file.key, file.size_bytes)).collect();
    assert_eq!(listed, written);
}

/// Each of many writers at once gets its own file.
pub async fn writers_at_once_do_not_mix(store: Store) {
    let all: Vec<Vec<u8>> = (1..=8).map(|place| noise(place * 10_007)).collect();
    let stored = futures_util::future::join_all(all.iter().map(|bytes| write(&store, bytes))).await;
    for (bytes, stored) in all.iter().zip(stored) {
        assert!(read(&store, &stored.key, 0..fixtures::size_bytes(bytes)).await == *bytes);
    }
}

/// A store that can be reached passes its check.
pub async fn a_store_that_works_says_so(store: Store) {
    store.blobs.check().await.expect("the store answers");
}
