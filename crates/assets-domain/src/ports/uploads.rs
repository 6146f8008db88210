use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{Digest, Upload, UploadId, WorkspaceId};

use super::{BlobKey, Breakage};

/// A piece of an upload, in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPart {
    /// Where in the upload it begins.
    pub offset_bytes: u64,
    /// How many bytes it has, at least one.
    pub size_bytes: u64,
    /// CRC-32 of its bytes as they were written.
    pub crc32: u32,
    /// Where they lie.
    pub key: BlobKey,
}

/// Pieces that are to go behind what an upload has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: UploadId,
    /// How many bytes the upload is taken to have.
    pub from_bytes: u64,
    /// The pieces, each beginning where the one before ends.
    pub parts: Vec<UploadPart>,
    /// Until when it waits for more.
    pub expires_at: DateTime<Utc>,
}

/// Why pieces were not appended. Nothing was.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The upload has other bytes by now, or is gone.
    #[error("the upload is not where it was taken to be")]
    Conflict,
    /// The file of a piece was swept, or is about to be.
    #[error("a file of the upload was swept before it was used")]
    PartRetired,
    /// Something broke.
    #[error(transparent)]
    Breakage(#[from] Breakage),
}

/// What is known of content that comes in piece by piece. The file of a piece is known to the
/// [ledger](super::BlobLedger::knows) for as long as its row is here.
#[async_trait]
pub trait Uploads: Send + Sync {
    /// Adds an upload that has no bytes yet, unless its owner has so many under way: such as are neither assembled nor, at
    /// the moment it was created, past their time. Answers whether it did.
    async fn begin(&self, upload: &Upload, most: u64) -> Result<bool, Breakage>;

    /// An upload, past its time or not.
    async fn find(&self, workspace: WorkspaceId, id: UploadId) -> Result<Option<Upload>, Breakage>;

    /// Appends pieces, all or none, if the upload is where it is taken to be and the files are not swept. Of two at once
    /// for the same place, one is appended.
    async fn append(&self, append: &Append) -> Result<(), AppendError>;

    /// The pieces of an upload, in their order.
    async fn parts(&self, workspace: WorkspaceId, id: UploadId) -> Result<Vec<UploadPart>, Breakage>;

    /// Notes that an upload became content with this digest, and until when that is remembered; its pieces are dropped.
    /// Answers their files, which nobody knows any more. One that is gone has none.
    async fn note_assembled(
        &self,
        workspace: WorkspaceId,
        id: UploadId,
        digest: &Digest,
        expires_at: DateTime<Utc>,
    ) -> Result<Vec<BlobKey>, Breakage>;

    /// Drops an upload with its pieces. Answers their files, which nobody knows any more.
    async fn end(&self, workspace: WorkspaceId, id: UploadId) -> Result<Vec<BlobKey>, Breakage>;

    /// Drops every upload whose time ended before a moment. Answers how many; their files are orphans from then on.
    async fn expire(&self, before: DateTime<Utc>) -> Result<u64, Breakage>;
}
