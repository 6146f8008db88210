use async_trait::async_trait;
use chrono::{DateTime, Utc};

use uuid::Uuid;

use crate::{AssetId, Event, Export, ExportId, Handover, Member, Release, Revision, WorkspaceId};

use super::{Breakage, Exhibit, Receipt};

/// An export whose members are pinned and whose files are written.
#[derive(Debug, Clone)]
pub struct Packed {
    /// What it came to.
    pub export: Export,
    /// How many changes there had been in the workspace before the first member was looked at.
    pub since: u64,
    /// What others are told.
    pub event: Event,
    /// The answer to keep for a repetition of the request.
    pub receipt: Option<Receipt>,
}

/// What is pinned to leave as one archive. An export is begun, its members are pinned batch by batch, and then it is
/// finished, or was never there. What is taken back later is marked by the [`Commit`](super::Commit) that takes it back.
#[async_trait]
pub trait Exports: Send + Sync {
    /// Begins an export, which nobody sees yet, unless the workspace has so many already that are finished and not expired. Answers
    /// whether it did.
    async fn begin(&self, workspace: WorkspaceId, id: ExportId, at: DateTime<Utc>, most: u64) -> Result<bool, Breakage>;

    /// Pins members of an export that has begun.
    async fn pin(&self, workspace: WorkspaceId, id: ExportId, members: &[Member]) -> Result<(), Breakage>;

    /// The members from a place on, each with all that is said of it, at most so many.
    async fn exhibits(&self, workspace: WorkspaceId, id: ExportId, from: u32, limit: u32) -> Result<Vec<Exhibit>, Breakage>;

    /// The pinned approvals of the members from a place on, each as it was [attested](super::Notary::attest), if it was; at most so
    /// many.
    async fn attestations(&self, workspace: WorkspaceId, id: ExportId, from: u32, limit: u32) -> Result<Vec<Option<String>>, Breakage>;

    /// The members from a place on, at most so many.
    async fn members(&self, workspace: WorkspaceId, id: ExportId, from: u32, limit: u32) -> Result<Vec<Member>, Breakage>;

    /// The place of the member in which a byte of the archive lies, or of the last one before it.
    async fn member_at(&self, workspace: WorkspaceId, id: ExportId, byte: u64) -> Result<Option<u32>, Breakage>;

    /// Finishes an export, if everything pinned still stands: it is seen from now on. Answers whether it did. It did not if any
    /// of its members was decided on since, or its files were swept; then it is to be abandoned.
    async fn finish(&self, packed: &Packed) -> Result<bool, Breakage>;

    /// Drops an export that was not finished.
    async fn abandon(&self, workspace: WorkspaceId, id: ExportId) -> Result<(), Breakage>;

    /// An export that was finished.
    async fn export(&self, workspace: WorkspaceId, id: ExportId) -> Result<Option<Export>, Breakage>;

    /// The exports that were finished, in the order of their ids, newest first, behind one of them.
    async fn exports(&self, workspace: WorkspaceId, after: Option<ExportId>, limit: u32) -> Result<Vec<Export>, Breakage>;

    /// Lets go of the files of exports that expired before a moment, and drops those that were not finished, and begun, before
    /// another, and those that expired before a third. Answers how many of them lost anything.
    async fn expire(&self, expired: DateTime<Utc>, unfinished: DateTime<Utc>, off_record: DateTime<Utc>) -> Result<u64, Breakage>;
}

/// Who was handed what.
#[async_trait]
pub trait Releases: Send + Sync {
    /// Records that bytes are handed out, and tells others, if the asset still has the revision that they were looked at in. Answers
    /// whether it did.
    async fn record(&self, release: &Release, at: Revision, event: &Event, receipt: Option<&Receipt>) -> Result<bool, Breakage>;

    /// What was handed out of an asset, by tickets and in archives, in the order of their ids, newest first, behind one of them.
    async fn handovers(&self, workspace: WorkspaceId, asset: AssetId, after: Option<Uuid>, limit: u32) -> Result<Vec<Handover>, Breakage>;
}
