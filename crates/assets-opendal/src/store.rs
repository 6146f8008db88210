use std::{io, ops::Range, path::Path, pin::Pin, sync::Arc};

use assets_domain::{
    WorkspaceId,
    ports::{BlobKey, BlobStore, Breakage, ByteStream, StoredBlob, StoredObject, WriteError},
};
use async_trait::async_trait;
use chrono::DateTime;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use opendal::{Entry, Operator, services::Fs};
use tokio::sync::Semaphore;

use crate::{
    breakage::{broken, broken_disk, broken_read},
    durable::Root,
    place::{Place, TEMPORARY_FOLDER},
    upload::Upload,
};

/// How large a piece is that is read at once. OpenDAL keeps up to 16 used buffers, so this is also what idling costs.
const READ_PIECE_BYTES: usize = 512 * 1024;

/// How many uploads sync their file at once. Each holds a thread for blocking work and may wait for one more of them,
/// of which tokio has 512: without a bound, so many uploads could wait for each other for ever.
const SYNCS_AT_ONCE: usize = 64;

/// Content in a folder on disk.
#[derive(Clone)]
pub struct OpenDalBlobs {
    pub(crate) operator: Operator,
    pub(crate) root: Root,
    pub(crate) syncs: Arc<Semaphore>,
}

impl OpenDalBlobs {
    /// Content in this folder, which is made if it is not there. It must be on a local disk.
    ///
    /// # Errors
    /// The folder cannot be made or written to.
    pub fn disk(root: &Path) -> Result<Self, Breakage> {
        let root = Root::create(root, TEMPORARY_FOLDER).map_err(broken_disk)?;
        let path = root.path().to_str().ok_or_else(|| broken_disk(io::Error::other("the path of the folder is not UTF-8")))?;
        let operator = Operator::new(Fs::default().root(path)).map_err(broken)?;
        Ok(Self { operator, root, syncs: Arc::new(Semaphore::new(SYNCS_AT_ONCE)) })
    }

    /// Takes over bytes of another store under the key that they have there, for a copy of a whole installation.
    ///
    /// # Errors
    /// The key is not one of a store on disk; the bytes are not those that the key was made for; see [`BlobStore::write`].
    pub async fn adopt(&self, key: &BlobKey, bytes: ByteStream) -> Result<StoredBlob, WriteError> {
        let mut upload = Upload::begin(self).await?;
        if let Err(refused) = upload.receive(bytes, u64::MAX).await {
            upload.abandon().await;
            return Err(refused);
        }
        let chosen = |arrived| match Place::parse(key.as_str()) {
            Some(place @ Place::Kept { digest, .. }) if digest == arrived => Ok(place),
            _ => Err(Breakage::Damaged(format!("{} does not hold the bytes that it is named after", key.as_str()).into())),
        };
        Ok(upload.finish_at(chosen).await?)
    }
}

#[async_trait]
impl BlobStore for OpenDalBlobs {
    async fn write(&self, workspace: WorkspaceId, bytes: ByteStream, limit_bytes: u64) -> Result<StoredBlob, WriteError> {
        let mut upload = Upload::begin(self).await?;
        match upload.receive(bytes, limit_bytes).await {
            Ok(()) => Ok(upload.finish(workspace).await?),
            Err(refused) => {
                upload.abandon().await;
                Err(refused)
            }
        }
    }

    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<ByteStream, Breakage> {
        let place = Place::parse(key.as_str()).filter(|place| !place.is_temporary());
        let path = place.ok_or_else(|| Breakage::Damaged("the key is not one of this store".into()))?.path();
        let size_bytes = self.operator.stat(&path).await.map_err(broken_read)?.content_length();
        let range = range.start.min(size_bytes)..range.end.min(size_bytes);
        if range.is_empty() {
            return Ok(Box::pin(stream::empty()));
        }
        let reader = self.operator.reader_with(&path).chunk(READ_PIECE_BYTES).await.map_err(broken_read)?;
        let mut pieces = reader.into_stream(range).await.map_err(broken_read)?;
        let first = pieces.try_next().await.map_err(broken_read)?;
        let pieces = stream::iter(first.map(Ok)).chain(pieces);
        Ok(Box::pin(pieces.map_ok(|piece| piece.to_bytes()).map_err(io::Error::other)))
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), Breakage> {
        match Place::parse(key.as_str()) {
            Some(place) => self.operator.delete(&place.path()).await.map_err(broken),
            // Whatever it is, it is not there.
            None => Ok(()),
        }
    }

    async fn list(&self) -> Result<Pin<Box<dyn Stream<Item = Result<StoredObject, Breakage>> + Send>>, Breakage> {
        let entries = self.operator.lister_with("").recursive(true).await.map_err(broken)?;
        Ok(Box::pin(entries.map_err(broken).try_filter_map(async |entry| Ok(stored_object(&entry)))))
    }

    /// Asks for the folder of unfinished uploads, which is made at the start: if the volume is gone, so is the folder.
    /// Nothing is written, since a store that is full still answers.
    async fn check(&self) -> Result<(), Breakage> {
        self.operator.stat(&format!("{TEMPORARY_FOLDER}/")).await.map(drop).map_err(broken)
    }
}

/// What the store made; `None` for folders and for whatever else lies there.
fn stored_object(entry: &Entry) -> Option<StoredObject> {
    let place = Place::parse(entry.path())?;
    let written = entry.metadata().last_modified()?.into_inner().as_microsecond();
    Some(StoredObject {
        key: place.key(),
        size_bytes: entry.metadata().content_length(),
        modified_at: DateTime::from_timestamp_micros(written)?,
        is_temporary: place.is_temporary(),
    })
}
