//! What is delivered whole is what came in, whatever became of the file since.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    ops::Range,
    pin::Pin,
    sync::{Arc, Mutex},
};

use assets_domain::{
    AssetId, Catalog, CatalogError, Ports, Principal, VersionNumber, WorkspaceId,
    ports::{BlobKey, BlobStore, Breakage, ByteStream, Clock, Opened, Stamp, StoredBlob, StoredObject, WriteError},
};
use assets_testkit::{InMemoryBlobs, TestWorld};
use async_trait::async_trait;
use chrono::Duration;
use futures_util::{Stream, TryStreamExt};

/// Two texts of one size and one CRC-32.
const CAME_IN: &str = "plumless";
const FORGED: &str = "buckeroo";
/// The first with one bit flipped.
const ROTTEN: &str = "plumlesr";

/// A store in memory whose files all have the stamp that the test says.
struct Stamping {
    inner: Arc<InMemoryBlobs>,
    stamp: Mutex<Option<Stamp>>,
}

#[async_trait]
impl BlobStore for Stamping {
    async fn write(&self, workspace: WorkspaceId, bytes: ByteStream, limit_bytes: u64) -> Result<StoredBlob, WriteError> {
        self.inner.write(workspace, bytes, limit_bytes).await
    }

    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<ByteStream, Breakage> {
        self.inner.read(key, range).await
    }

    async fn open(&self, key: &BlobKey, range: Range<u64>) -> Result<Opened, Breakage> {
        let stamp = self.stamp.lock().unwrap().clone();
        Ok(Opened { stamp, ..self.inner.open(key, range).await? })
    }

    async fn size_bytes(&self, key: &BlobKey) -> Result<Option<u64>, Breakage> {
        self.inner.size_bytes(key).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), Breakage> {
        self.inner.delete(key).await
    }

    async fn list(&self) -> Result<Pin<Box<dyn Stream<Item = Result<StoredObject, Breakage>> + Send>>, Breakage> {
        self.inner.list().await
    }

    async fn check(&self) -> Result<(), Breakage> {
        self.inner.check().await
    }
}

/// An asset with one file, and who reads it.
struct Stage {
    world: TestWorld,
    store: Arc<Stamping>,
    reader: Principal,
    asset: AssetId,
    catalog: Catalog,
}

impl Stage {
    async fn set() -> Self {
        let world = TestWorld::new();
        let store = Arc::new(Stamping { inner: world.blobs.clone(), stamp: Mutex::default() });
        let catalog = world.catalog_over(|ports| Ports { blobs: store.clone(), ..ports });
        let reader = world.agent("writer");
        let asset = world.create_copy(&reader, CAME_IN).await.id;
        let stage = Self { world, store, reader, asset, catalog };
        stage.stamped(b"first", Duration::days(1));
        stage
    }

    /// Has the store say that the file last changed so long ago, and is known by this now.
    fn stamped(&self, marks: &[u8], rested: Duration) {
        let stamp = Stamp { marks: marks.into(), changed_at: self.world.clock.now() - rested };
        *self.store.stamp.lock().unwrap() = Some(stamp);
    }

    fn replace(&self, bytes: &'static str) {
        let key = self.world.blobs.keys().pop().expect("the file is there");
        self.world.blobs.plant(&key, bytes);
    }

    /// What a reader gets; nothing of it counts unless it ends well.
    async fn delivered(&self) -> Result<Vec<u8>, CatalogError> {
        let source = self.catalog.content(&self.reader, self.asset, VersionNumber::FIRST).await?;
        let pieces: Vec<_> = self.catalog.deliver(&source).await?.try_collect().await.map_err(Breakage::from_cut)?;
        Ok(pieces.concat())
    }

    async fn is_refused(&self) -> bool {
        matches!(self.delivered().await, Err(CatalogError::Breakage(Breakage::Damaged(_))))
    }
}

#[tokio::test]
async fn the_same_file_is_delivered_time_and_again() {
    let stage = Stage::set().await;
    for _ in 0..3 {
        assert_eq!(stage.delivered().await.unwrap(), CAME_IN.as_bytes());
    }
}

#[tokio::test]
async fn a_file_that_changed_is_not_delivered_even_if_its_checksum_is_the_same() {
    let stage = Stage::set().await;
    stage.delivered().await.unwrap();
    stage.replace(FORGED);
    stage.stamped(b"second", Duration::hours(1));
    for _ in 0..2 {
        assert!(stage.is_refused().await);
    }
    stage.replace(CAME_IN);
    assert!(stage.delivered().await.is_ok(), "and nothing is held against it once it is as it was");
}

#[tokio::test]
async fn a_file_that_rots_where_no_stamp_shows_it_is_not_delivered() {
    let stage = Stage::set().await;
    stage.delivered().await.unwrap();
    for rotten in [ROTTEN, "plumles"] {
        stage.replace(rotten);
        assert!(stage.is_refused().await, "{rotten}");
    }
}

#[tokio::test]
async fn a_forgery_that_neither_stamp_nor_checksum_shows_is_found_within_an_hour() {
    let stage = Stage::set().await;
    stage.delivered().await.unwrap();
    stage.replace(FORGED);
    assert!(stage.delivered().await.is_ok(), "what was proven of late is not hashed again");
    stage.world.clock.advance(Duration::hours(1));
    assert!(stage.is_refused().await);
}

#[tokio::test]
async fn the_stamp_of_a_file_that_changed_a_moment_ago_proves_nothing() {
    let stage = Stage::set().await;
    stage.stamped(b"first", Duration::milliseconds(500));
    stage.delivered().await.unwrap();
    stage.replace(FORGED);
    assert!(stage.is_refused().await);
}

#[tokio::test]
async fn where_a_store_has_no_stamps_all_is_hashed_each_time() {
    let stage = Stage::set().await;
    *stage.store.stamp.lock().unwrap() = None;
    stage.delivered().await.unwrap();
    stage.replace(FORGED);
    assert!(stage.is_refused().await);
}
