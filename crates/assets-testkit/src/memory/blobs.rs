use std::{
    collections::BTreeMap,
    ops::Range,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use assets_domain::{
    Fingerprinter, WorkspaceId,
    ports::{BlobKey, BlobStore, Breakage, ByteStream, Clock, LinkTerms, StoredBlob, StoredObject, WriteError},
};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::{Stream, TryStreamExt, stream};

use crate::{FixedClock, fixtures::size_bytes};

/// Bytes in memory. Its clock says when they were written.
pub struct InMemoryBlobs {
    clock: Arc<dyn Clock>,
    shelves: Mutex<Shelves>,
    has_links: AtomicBool,
}

#[derive(Default)]
struct Shelves {
    files: BTreeMap<BlobKey, File>,
    keys_made: u64,
}

struct File {
    bytes: Bytes,
    modified_at: DateTime<Utc>,
    is_temporary: bool,
}

impl Default for InMemoryBlobs {
    fn default() -> Self {
        Self::new(Arc::new(FixedClock::default()))
    }
}

impl InMemoryBlobs {
    /// An empty store.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, shelves: Mutex::default(), has_links: AtomicBool::default() }
    }

    /// Puts a finished file in place, or other bytes into one: an orphan, or damage.
    pub fn plant(&self, key: &BlobKey, bytes: impl Into<Bytes>) {
        self.put(key.clone(), bytes.into(), false);
    }

    /// Puts the rest of an upload in place that was cut off by a crash.
    pub fn plant_temporary(&self, key: &BlobKey, bytes: impl Into<Bytes>) {
        self.put(key.clone(), bytes.into(), true);
    }

    /// Has the store give links from now on: `memory:{key}#{seconds} {media type} {disposition}`.
    pub fn give_links(&self) {
        self.has_links.store(true, Ordering::SeqCst);
    }

    /// The keys of all finished files, in order.
    #[must_use]
    pub fn keys(&self) -> Vec<BlobKey> {
        self.shelves().files.iter().filter(|(_, file)| !file.is_temporary).map(|(key, _)| key.clone()).collect()
    }

    fn put(&self, key: BlobKey, bytes: Bytes, is_temporary: bool) {
        let file = File { bytes, modified_at: self.clock.now(), is_temporary };
        self.shelves().files.insert(key, file);
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().expect("no test panics while it holds the shelves")
    }
}

#[async_trait]
impl BlobStore for InMemoryBlobs {
    async fn write(&self, workspace: WorkspaceId, mut bytes: ByteStream, limit_bytes: u64) -> Result<StoredBlob, WriteError> {
        let mut fingerprinter = Fingerprinter::default();
        let mut all = BytesMut::new();
        while let Some(piece) = bytes.try_next().await.map_err(WriteError::Source)? {
            fingerprinter.update(&piece);
            if fingerprinter.size_bytes() > limit_bytes {
                return Err(WriteError::TooLarge { limit_bytes });
            }
            all.extend_from_slice(&piece);
        }
        let key = {
            let mut shelves = self.shelves();
            shelves.keys_made += 1;
            BlobKey::new(format!("{workspace}/{:08}", shelves.keys_made))
        };
        self.put(key.clone(), all.freeze(), false);
        Ok(StoredBlob { key, fingerprint: fingerprinter.finish() })
    }

    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<ByteStream, Breakage> {
        if range.is_empty() {
            return Ok(Box::pin(stream::empty()));
        }
        let shelves = self.shelves();
        let file = shelves.files.get(key).ok_or_else(|| Breakage::Damaged(format!("no file {}", key.as_str()).into()))?;
        if range.end > size_bytes(&file.bytes) {
            return Err(Breakage::Damaged(format!("{} ends before {}", key.as_str(), range.end).into()));
        }
        let place = |place: u64| usize::try_from(place).expect("it lies in memory");
        let piece = file.bytes.slice(place(range.start)..place(range.end));
        Ok(Box::pin(stream::iter([Ok(piece)])))
    }

    async fn size_bytes(&self, key: &BlobKey) -> Result<Option<u64>, Breakage> {
        Ok(self.shelves().files.get(key).filter(|file| !file.is_temporary).map(|file| size_bytes(&file.bytes)))
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), Breakage> {
        self.shelves().files.remove(key);
        Ok(())
    }

    async fn list(&self) -> Result<Pin<Box<dyn Stream<Item = Result<StoredObject, Breakage>> + Send>>, Breakage> {
        let shelves = self.shelves();
        let objects = shelves.files.iter().map(|(key, file)| {
            let (size_bytes, modified_at, is_temporary) = (size_bytes(&file.bytes), file.modified_at, file.is_temporary);
            Ok(StoredObject { key: key.clone(), size_bytes, modified_at, is_temporary })
        });
        let objects: Vec<_> = objects.collect();
        Ok(Box::pin(stream::iter(objects)))
    }

    async fn check(&self) -> Result<(), Breakage> {
        Ok(())
    }

    async fn link(&self, key: &BlobKey, terms: &LinkTerms) -> Result<Option<String>, Breakage> {
        let LinkTerms { media_type, disposition, expires_in } = terms;
        let has_links = self.has_links.load(Ordering::SeqCst);
        Ok(has_links.then(|| format!("memory:{}#{} {media_type} {disposition}", key.as_str(), expires_in.as_secs())))
    }
}
