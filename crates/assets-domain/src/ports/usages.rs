use async_trait::async_trait;

use crate::{DraftRetention, Quota, Usage, WorkspaceId};

use super::Breakage;

/// How much each workspace has and may have. It is counted by the very transactions that bring and remove it, and a
/// [`Commit`](super::Commit) that would bring more than there may be is refused as
/// [`CommitError::OverQuota`](super::CommitError::OverQuota): whatever races, there never is more. What there is when a quota is set
/// stays, even if it is more.
#[async_trait]
pub trait Usages: Send + Sync {
    /// How much a workspace has.
    async fn usage(&self, workspace: WorkspaceId) -> Result<Usage, Breakage>;

    /// For how long each workspace keeps drafts, of those that do not keep them for ever.
    async fn draft_retentions(&self) -> Result<Vec<(WorkspaceId, DraftRetention)>, Breakage>;

    /// Says for how long a workspace keeps drafts from now on; without, for ever.
    async fn set_draft_retention(&self, workspace: WorkspaceId, retention: Option<DraftRetention>) -> Result<(), Breakage>;

    /// Says how much a workspace may have from now on.
    async fn set_quota(&self, workspace: WorkspaceId, quota: Quota) -> Result<(), Breakage>;
}
