use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{AssetId, AuditEntry, AuditLine, AuditQuery, AuditRecord, Digest, SignedCheckpoint, WorkspaceId};

use super::Breakage;

/// A workspace whose audit goes further than it is sealed, or is sealed further than it was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// Which workspace.
    pub workspace: WorkspaceId,
    /// The number of the last entry; 0 before the first.
    pub last: u64,
    /// The number of the last sealed entry, and its hash.
    pub sealed: Option<(u64, Digest)>,
    /// The number that the last checkpoint names, and when it was made.
    pub noted: Option<(u64, DateTime<Utc>)>,
}

/// How far the rows about a workspace's audit go, as of one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditExtent {
    /// How far the workspace has counted.
    pub counted: u64,
    /// The number of the last entry that there is.
    pub last: u64,
    /// The number of the last entry that has a hash.
    pub sealed: u64,
    /// What the first entry says if there were decisions before it: how many, and the moment of the last in microseconds since 1970.
    pub begun: Option<(u64, i64)>,
}

/// What there is under one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPlace {
    /// The number.
    pub sequence: u64,
    /// The entry, if there is one.
    pub line: Option<AuditLine>,
    /// The hash that was kept for it, if one was.
    pub hash: Option<Digest>,
    /// The digest of the row that the decision has which the entry tells of, if there is one.
    pub record: Option<Digest>,
}

/// A decision that no entry tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unaudited {
    /// About which asset.
    pub asset: AssetId,
    /// Its place among the decisions of that.
    pub revision: u64,
    /// When it is said to have been made.
    pub at: DateTime<Utc>,
}

/// Where the audit is kept. What is once in it never changes, and is never removed.
///
/// Entries about changes are saved with these, by [`AssetRepository`](super::AssetRepository) and
/// [`KeyRepository`](super::KeyRepository).
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Appends entries to the audit of a workspace, in their order.
    async fn append(&self, workspace: WorkspaceId, entries: &[AuditEntry]) -> Result<(), Breakage>;

    /// Entries of a workspace, newest first.
    async fn entries(&self, workspace: WorkspaceId, query: &AuditQuery) -> Result<Vec<AuditRecord>, Breakage>;

    /// Workspaces in which there is something to seal or to note, at most so many: first where something is to be sealed, then where
    /// nothing was noted for longest.
    async fn open_heads(&self, limit: u32) -> Result<Vec<AuditHead>, Breakage>;

    /// What there is under the numbers behind one and up to another, without those under which there is nothing.
    async fn places(&self, workspace: WorkspaceId, after: u64, until: u64) -> Result<Vec<AuditPlace>, Breakage>;

    /// The first number behind one under which there is anything.
    async fn next_place(&self, workspace: WorkspaceId, after: u64) -> Result<Option<u64>, Breakage>;

    /// How far a workspace's audit goes.
    async fn extent(&self, workspace: WorkspaceId) -> Result<AuditExtent, Breakage>;

    /// Keeps the hashes of entries, and the checkpoint that goes with them, in one transaction. What is kept already stays.
    async fn seal(&self, workspace: WorkspaceId, links: &[(u64, Digest)], noted: Option<&SignedCheckpoint>) -> Result<(), Breakage>;

    /// Checkpoints of a workspace that name a number below one, newest first.
    async fn checkpoints(&self, workspace: WorkspaceId, before: Option<u64>, limit: u32) -> Result<Vec<SignedCheckpoint>, Breakage>;

    /// Checkpoints of a workspace that name a number above one, oldest first.
    async fn checkpoints_after(&self, workspace: WorkspaceId, after: u64, limit: u32) -> Result<Vec<SignedCheckpoint>, Breakage>;

    /// Decisions of a workspace that no entry tells of, in the order of asset and revision, behind one of them.
    async fn unaudited(&self, workspace: WorkspaceId, after: Option<(AssetId, u64)>, limit: u32) -> Result<Vec<Unaudited>, Breakage>;

    /// Whether an entry tells that an asset was removed.
    async fn tells_deletion(&self, workspace: WorkspaceId, asset: AssetId) -> Result<bool, Breakage>;
}
