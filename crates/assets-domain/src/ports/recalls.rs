use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{AssetId, Consumer, Event, HandedOut, Recall, RecallId, Spared, Target, Way, WorkspaceId};

use super::{Breakage, Receipt};

/// Approvals that are taken back together. A recall is begun, its targets are pinned batch by batch, and then it is made, or was
/// never there. From then on it is somebody's to carry out until it is finished, whoever made it and whatever became of them.
#[async_trait]
pub trait Recalls: Send + Sync {
    /// Begins a recall, which nobody sees yet.
    async fn begin(&self, workspace: WorkspaceId, id: RecallId, at: DateTime<Utc>) -> Result<(), Breakage>;

    /// Pins targets of a recall that has begun.
    async fn pin(&self, workspace: WorkspaceId, id: RecallId, targets: &[Target]) -> Result<(), Breakage>;

    /// Makes a recall of what was pinned, with its event: it is seen, and under way, from now on. Answers whether it did; it did not if what had
    /// begun was dropped meanwhile.
    async fn make(&self, recall: &Recall, event: &Event, receipt: Option<&Receipt>) -> Result<bool, Breakage>;

    /// Drops a recall that was not made.
    async fn abandon(&self, workspace: WorkspaceId, id: RecallId) -> Result<(), Breakage>;

    /// Drops the recalls that were begun before a moment and not made. Answers how many.
    async fn drop_unmade(&self, before: DateTime<Utc>) -> Result<u64, Breakage>;

    /// A recall that was made.
    async fn recall(&self, workspace: WorkspaceId, id: RecallId) -> Result<Option<Recall>, Breakage>;

    /// The recalls that were made, in the order of their ids, newest first, behind one of them.
    async fn recalls(&self, workspace: WorkspaceId, after: Option<RecallId>, limit: u32) -> Result<Vec<Recall>, Breakage>;

    /// Takes up a recall, of whatever workspace, that is not finished and that nobody touched since a moment. It is touched now, so
    /// that of many who ask one is answered it.
    async fn take_up(&self, untouched_since: DateTime<Utc>, now: DateTime<Utc>) -> Result<Option<(WorkspaceId, RecallId)>, Breakage>;

    /// The targets of a recall that nothing is known of yet, at most so many.
    async fn open_targets(&self, workspace: WorkspaceId, id: RecallId, limit: u32) -> Result<Vec<Target>, Breakage>;

    /// Notes what became of targets, and touches the recall. What is known of one stays as it is.
    async fn settle(
        &self,
        workspace: WorkspaceId,
        id: RecallId,
        outcomes: &[(AssetId, Result<(), Spared>)],
        now: DateTime<Utc>,
    ) -> Result<(), Breakage>;

    /// Notes that a recall is done. One that was done before keeps its moment.
    async fn finish(&self, workspace: WorkspaceId, id: RecallId, at: DateTime<Utc>) -> Result<(), Breakage>;

    /// What was handed out of assets, in archives that were finished and with tickets, and not taken back.
    async fn handed(&self, workspace: WorkspaceId, assets: &[AssetId]) -> Result<Vec<HandedOut>, Breakage>;

    /// Who was handed something in each of these ways, in any order.
    async fn consumers(&self, workspace: WorkspaceId, ways: &[Way]) -> Result<Vec<Consumer>, Breakage>;
}
