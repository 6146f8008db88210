use std::{collections::BTreeSet, io, ops::Range, pin::Pin, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_core::Stream;

use crate::{Asset, AssetId, Digest, Fingerprint, SearchText, Version, VersionNumber, WorkspaceId};

use super::Breakage;

/// Bytes as they come, in pieces of any size. An error ends it.
pub type ByteStream = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

impl Breakage {
    /// What broke, as the error that ends a [`ByteStream`].
    #[must_use]
    pub fn into_cut(self) -> io::Error {
        io::Error::other(self)
    }

    /// What broke, from the error that ended a [`ByteStream`].
    #[must_use]
    pub fn from_cut(cut: io::Error) -> Self {
        cut.downcast().unwrap_or_else(|other| Self::Failed(Box::new(other)))
    }
}

/// Where a blob lies: made by the store, meaning nothing to anybody else, and never used twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

impl BlobKey {
    /// Takes a key that a store made.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes that were written and will not be lost: on disk, the file and every folder above it are synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// Where they lie.
    pub key: BlobKey,
    /// What they are known by, computed from the bytes that were written.
    pub fingerprint: Fingerprint,
}

/// What a store tells a file in it by from the same file after a change: as long as the stamp is the same, so are the bytes,
/// as far as whoever writes through the file system cannot help it. It says nothing of a disk that rots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// What changes with the file, meaning nothing to anybody but the store.
    pub marks: Box<[u8]>,
    /// When the file last changed, by the clock of the file system, which may stand still for some milliseconds.
    pub changed_at: DateTime<Utc>,
}

/// A file that is being read.
pub struct Opened {
    /// What the file was when it was opened; `None` if the store has no way to tell.
    pub stamp: Option<Stamp>,
    /// The bytes.
    pub bytes: ByteStream,
}

/// A file in the store, whether or not a row knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Where it lies.
    pub key: BlobKey,
    /// How many bytes.
    pub size_bytes: u64,
    /// When it was last written.
    pub modified_at: DateTime<Utc>,
    /// Whether it is unfinished: the rest of an upload that was cut off.
    pub is_temporary: bool,
}

/// Why bytes were not stored. Nothing readable is left behind.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// More bytes than allowed.
    #[error("the content is larger than {limit_bytes} bytes")]
    TooLarge {
        /// How many are allowed.
        limit_bytes: u64,
    },
    /// The bytes stopped coming.
    #[error("the content was cut off")]
    Source(#[source] std::io::Error),
    /// Something broke.
    #[error(transparent)]
    Breakage(#[from] Breakage),
}

/// What a link into the store is made for: it gives the bytes in this way and in no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTerms {
    /// The `Content-Type` that the store is to send.
    pub media_type: String,
    /// The `Content-Disposition` that the store is to send.
    pub disposition: String,
    /// For how long it works; never longer than [`LinkTerms::MAX_LIFE`].
    pub expires_in: Duration,
}

impl LinkTerms {
    /// The longest life of a link, since it cannot be taken back: 60 seconds.
    pub const MAX_LIFE: Duration = Duration::from_secs(60);
}

/// Where bytes are kept.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Writes all the bytes under a new key, in constant memory, and answers when they are durable.
    async fn write(&self, workspace: WorkspaceId, bytes: ByteStream, limit_bytes: u64) -> Result<StoredBlob, WriteError>;

    /// Reads a range of bytes that lies within the file: how large it is, its row knows. The first piece is at hand when this answers, so that a missing
    /// file is an error here and not in the midst of a response. Where a file ends before its range does, that is [`Breakage::Damaged`] here or an error
    /// in the stream, never a short answer. An error in the stream is one of [`Breakage::into_cut`]. An empty range is never asked for in the store.
    async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<ByteStream, Breakage>;

    /// As [`BlobStore::read`], with the stamp of the very file that is read.
    async fn open(&self, key: &BlobKey, range: Range<u64>) -> Result<Opened, Breakage> {
        Ok(Opened { stamp: None, bytes: self.read(key, range).await? })
    }

    /// How many bytes a file has; `None` if it is not there.
    async fn size_bytes(&self, key: &BlobKey) -> Result<Option<u64>, Breakage>;

    /// Removes a file. One that is not there is no error.
    async fn delete(&self, key: &BlobKey) -> Result<(), Breakage>;

    /// Every file there is, temporary ones included, in no order.
    async fn list(&self) -> Result<Pin<Box<dyn Stream<Item = Result<StoredObject, Breakage>> + Send>>, Breakage>;

    /// Whether the store answers.
    async fn check(&self) -> Result<(), Breakage>;

    /// A link by which whoever has it fetches a file from the store itself, without a key; `None` if this store has no links.
    async fn link(&self, key: &BlobKey, terms: &LinkTerms) -> Result<Option<String>, Breakage> {
        let (_, _) = (key, terms);
        Ok(None)
    }
}

/// What the database knows of bytes: one row for each digest in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Where they lie.
    pub key: BlobKey,
    /// What they are known by.
    pub fingerprint: Fingerprint,
    /// When they first came in.
    pub created_at: DateTime<Utc>,
}

/// Bytes that just came in, as their row begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlob {
    /// The row.
    pub blob: Blob,
    /// The folded text of copy and blogs, for search alone; empty for all else. It is kept for the type of asset and the
    /// media type that the bytes came in as: as something else, the same bytes have another text.
    pub text: SearchText,
}

/// The rows about blobs, and what sweeping needs of them.
///
/// A blob is removed in two cycles: first its row becomes a tombstone, in one transaction that re-checks that nothing
/// refers to it; in a later cycle the file goes. A tombstone keeps a [`Commit`](super::Commit) from referring to its key,
/// and outlives the file: a commit may still be on its way whose bytes came in long before.
#[async_trait]
pub trait BlobLedger: Send + Sync {
    /// Where the bytes with this digest lie.
    async fn blob(&self, workspace: WorkspaceId, digest: &Digest) -> Result<Option<Blob>, Breakage>;

    /// An asset whose approval stands, and where the approved bytes lie; `None` if there is no such asset, or no approval of it
    /// stands. One look, as of one moment: it is what publishers wait for.
    async fn blob_of_approved(&self, workspace: WorkspaceId, asset: AssetId) -> Result<Option<(Asset, Option<Blob>)>, Breakage>;

    /// Those of these assets that there are, each as it stands, and where its approved bytes lie, if an approval of it stands;
    /// in any order, and each as of one moment.
    async fn blobs_of_approved(&self, workspace: WorkspaceId, assets: &[AssetId]) -> Result<Vec<(Asset, Option<Blob>)>, Breakage>;

    /// A version, and where its bytes lie, as of one moment; `None` if there is no such version.
    async fn blob_of_version(
        &self,
        workspace: WorkspaceId,
        asset: AssetId,
        number: VersionNumber,
    ) -> Result<Option<(Version, Option<Blob>)>, Breakage>;

    /// The next blobs of all workspaces in order of workspace and digest, behind a place.
    async fn blobs(&self, after: Option<(WorkspaceId, Digest)>, limit: u32) -> Result<Vec<Blob>, Breakage>;

    /// Which of these files a row knows, at most 500 at once.
    async fn knows(&self, keys: &[BlobKey]) -> Result<BTreeSet<BlobKey>, Breakage>;

    /// How many versions refer to bytes that no row knows of.
    async fn versions_without_blob(&self) -> Result<u64, Breakage>;

    /// Turns the rows that no version refers to, and that are older than a moment, into tombstones. Answers how many.
    async fn retire_unreferenced(&self, created_before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, Breakage>;

    /// Makes a tombstone for a file that no row knows of. Answers whether it did: not if a row knows the file, nor if
    /// there is a tombstone already.
    async fn retire_orphan(&self, key: &BlobKey, now: DateTime<Utc>) -> Result<bool, Breakage>;

    /// The files that are still to go whose tombstones were made before a moment, at most so many.
    async fn retired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<BlobKey>, Breakage>;

    /// Notes that the file of a tombstone is gone. The tombstone stays.
    async fn note_removed(&self, key: &BlobKey, now: DateTime<Utc>) -> Result<(), Breakage>;

    /// Drops the tombstones whose files went before a moment. Answers how many.
    async fn forget_removed(&self, before: DateTime<Utc>) -> Result<u64, Breakage>;
}
