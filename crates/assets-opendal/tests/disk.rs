//! What is on the disk after an upload, and after one that came to nothing.

#![expect(clippy::unwrap_used, reason = "in tests, what is unexpected should end the test")]

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use assets_domain::{
    Digest, WorkspaceId,
    ports::{BlobKey, BlobStore, Breakage, ByteStream, WriteError},
};
use assets_opendal::OpenDalBlobs;
use assets_testkit::{Store, fixtures};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use tempfile::TempDir;
use uuid::Uuid;

async fn store() -> Store {
    let (folder, blobs) = disk();
    Store { blobs: Arc::new(blobs), guard: Box::new(folder) }
}

assets_testkit::blob_store_suite!(store());

fn disk() -> (TempDir, OpenDalBlobs) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = OpenDalBlobs::disk(folder.path()).unwrap();
    (folder, blobs)
}

fn workspace() -> WorkspaceId {
    WorkspaceId::new(Uuid::from_u128(0x5_0000_0000))
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Megabytes of zeros, then an end that the caller chooses.
fn megabytes(count: usize) -> impl stream::Stream<Item = std::io::Result<Bytes>> + Send {
    stream::iter((0..count * 16).map(|_| Ok(Bytes::from(vec![0; 65_536]))))
}

#[tokio::test]
async fn a_file_lies_under_its_workspace_and_digest_and_nowhere_else() {
    let (folder, blobs) = disk();
    let stored = blobs.write(workspace(), fixtures::in_pieces(b"abc", 1), 3).await.unwrap();
    let digest = Digest::of(b"abc").to_hex();
    let beginning = format!("00000000-0000-0000-0000-000500000000/ba/{digest}-");
    assert!(stored.key.as_str().starts_with(&beginning), "{}", stored.key.as_str());
    assert_eq!(files(folder.path()), [folder.path().join(stored.key.as_str())]);
    assert_eq!(std::fs::read(folder.path().join(stored.key.as_str())).unwrap(), b"abc");
}

#[tokio::test]
async fn an_upload_that_is_cut_off_leaves_no_file_at_all() {
    let (folder, blobs) = disk();
    let cut_off: ByteStream = Box::pin(megabytes(5).chain(stream::iter([Err(std::io::Error::other("gone"))])));
    let refused = blobs.write(workspace(), cut_off, u64::MAX).await;
    assert!(matches!(refused, Err(WriteError::Source(_))));
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn an_upload_that_is_too_large_leaves_no_file_at_all() {
    let (folder, blobs) = disk();
    let refused = blobs.write(workspace(), Box::pin(megabytes(5)), 4 << 20).await;
    assert!(matches!(refused, Err(WriteError::TooLarge { limit_bytes: 4_194_304 })));
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn an_upload_that_nobody_waits_for_is_temporary_and_then_gone() {
    let (folder, blobs) = disk();
    let stuck: ByteStream = Box::pin(megabytes(5).chain(stream::pending()));
    let upload = tokio::spawn({
        let blobs = blobs.clone();
        async move { blobs.write(workspace(), stuck, u64::MAX).await }
    });
    let begun = async {
        while files(folder.path()).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), begun).await.expect("a temporary file appears");

    let listed: Vec<_> = blobs.list().await.unwrap().try_collect().await.unwrap();
    assert!(listed.len() == 1 && listed.iter().all(|file| file.is_temporary), "{listed:?}");
    for file in &listed {
        assert!(matches!(blobs.read(&file.key, 0..1).await, Err(Breakage::Damaged(_))), "a temporary file is not read");
    }

    upload.abort();
    let gone = async {
        while !files(folder.path()).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the temporary file is removed");
}

#[tokio::test]
async fn what_the_store_did_not_make_is_neither_listed_read_nor_removed() {
    let (folder, blobs) = disk();
    let foreign = folder.path().join("README");
    std::fs::write(&foreign, "mine").unwrap();
    assert!(blobs.list().await.unwrap().next().await.is_none());
    for key in ["README", "../README", foreign.to_str().unwrap()].map(BlobKey::new) {
        assert!(matches!(blobs.read(&key, 0..4).await, Err(Breakage::Damaged(_))));
        blobs.delete(&key).await.unwrap();
    }
    assert!(foreign.exists());
}

#[tokio::test]
async fn a_file_that_lost_its_end_is_no_complete_answer() {
    let (folder, blobs) = disk();
    let stored = blobs.write(workspace(), Box::pin(megabytes(2)), u64::MAX).await.unwrap();
    let mut pieces = blobs.read(&stored.key, 0..2 << 20).await.unwrap();
    std::fs::File::options().write(true).open(folder.path().join(stored.key.as_str())).unwrap().set_len(1 << 20).unwrap();
    let mut last = Ok(());
    while let Some(piece) = pieces.next().await {
        last = piece.map(drop);
    }
    assert!(last.is_err(), "the missing end is an error");
}

#[tokio::test]
async fn a_file_has_the_same_stamp_until_it_is_changed_and_never_again() {
    let (folder, blobs) = disk();
    let stored = blobs.write(workspace(), fixtures::in_pieces(b"as it came in", 5), u64::MAX).await.unwrap();
    let path = folder.path().join(stored.key.as_str());
    let stamp = async || blobs.open(&stored.key, 0..13).await.unwrap().stamp.expect("a disk has stamps");
    let first = stamp().await;
    assert_eq!(stamp().await, first);

    // The clock of a file system goes in ticks, which is why nobody relies on the stamp of a file that just changed.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let written_at = path.metadata().unwrap().modified().unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    std::io::Write::write_all(&mut &file, b"as it is kept").unwrap();
    file.set_modified(written_at).unwrap();
    let changed = stamp().await;
    assert_eq!(path.metadata().unwrap().modified().unwrap(), written_at);
    assert_ne!(changed, first);

    tokio::time::sleep(Duration::from_millis(50)).await;
    std::io::Write::write_all(&mut &std::fs::File::options().write(true).open(&path).unwrap(), b"as it came in").unwrap();
    file.set_modified(written_at).unwrap();
    assert!(![first, changed].contains(&stamp().await), "a change back is a change");
}

#[tokio::test]
async fn pieces_are_of_a_size_that_many_readers_can_have_at_once() {
    let (_folder, blobs) = disk();
    let stored = blobs.write(workspace(), Box::pin(megabytes(3)), u64::MAX).await.unwrap();
    let pieces: Vec<Bytes> = blobs.read(&stored.key, 100..3 << 20).await.unwrap().try_collect().await.unwrap();
    assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), (3 << 20) - 100);
    assert!(pieces.iter().all(|piece| piece.len() <= 1 << 20));
}

/// What came in but is not yet in the file is what the store holds in memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_of_64_mebibytes_is_never_held_in_memory() {
    let (folder, blobs) = disk();
    let (came, most) = (AtomicU64::new(0), Arc::new(AtomicU64::new(0)));
    let root = folder.path().to_owned();
    let held = most.clone();
    let watched = megabytes(64).inspect(move |piece| {
        let came = came.fetch_add(u64::try_from(piece.as_ref().unwrap().len()).unwrap(), Ordering::Relaxed);
        let written: u64 = files(&root).iter().map(|file| file.metadata().unwrap().len()).sum();
        held.fetch_max(came.saturating_sub(written), Ordering::Relaxed);
    });
    blobs.write(workspace(), Box::pin(watched), u64::MAX).await.unwrap();
    let most = most.load(Ordering::Relaxed);
    assert!((1..=6 << 20).contains(&most), "{most} bytes were held");
}

#[tokio::test]
async fn a_store_whose_folder_is_gone_does_not_pass_its_check() {
    let (folder, blobs) = disk();
    blobs.check().await.unwrap();
    std::fs::remove_dir_all(folder.path()).unwrap();
    assert!(blobs.check().await.is_err());
}
