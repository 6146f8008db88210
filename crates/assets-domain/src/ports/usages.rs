use async_trait::async_trait;

use crate::{Quota, Usage, WorkspaceId};

use super::Breakage;

/// How much each workspace has and may have. It is counted by the very transactions that bring and remove it, and a
/// [`Commit`](super::Commit) that would bring more than there may be is refused as
/// [`CommitError::OverQuota`](super::CommitError::OverQuota): whatever races, there never is more. What there is when a quota is set
/// stays, even if it is more.
#[async_trait]
pub trait Usages: Send + Sync {
    /// How much a workspace has.
    async fn usage(&self, workspace: WorkspaceId) -> Result<Usage, Breakage>;

    /// Says how much a workspace may have from now on.
    async fn set_quota(&self, workspace: WorkspaceId, quota: Quota) -> Result<(), Breakage>;
}
