use assets_domain::{
    DraftRetention, Quantity, Quota, Usage, WorkspaceId,
    ports::{Breakage, CommitError, Usages},
};
use async_trait::async_trait;

use super::{InMemoryAssets, Tables};

impl Tables {
    pub(super) fn usage(&self, workspace: WorkspaceId) -> Usage {
        let blobs = self.blobs.iter().filter(|((owner, _), _)| *owner == workspace);
        let parts = self.uploads.iter().filter(|((owner, _), _)| *owner == workspace).flat_map(|(_, (_, parts))| parts);
        let assets = self.assets.keys().filter(|(owner, _)| *owner == workspace).count();
        Usage {
            bytes: blobs.map(|(_, blob)| blob.fingerprint.size_bytes).sum(),
            uploading_bytes: parts.map(|part| part.size_bytes).sum(),
            assets: assets.try_into().expect("fewer assets than 2^64"),
            quota: self.quotas.get(&workspace).copied().unwrap_or_default(),
        }
    }

    /// Whether so much more may come.
    pub(super) fn has_room(&self, workspace: WorkspaceId, assets: u64, bytes: u64) -> Result<(), CommitError> {
        let usage = self.usage(workspace);
        if assets > 0 && usage.quota.assets.is_some_and(|most| usage.assets + assets > most) {
            return Err(CommitError::OverQuota(Quantity::Assets));
        }
        if bytes > 0 && usage.quota.bytes.is_some_and(|most| usage.bytes + bytes > most) {
            return Err(CommitError::OverQuota(Quantity::Bytes));
        }
        Ok(())
    }
}

#[async_trait]
impl Usages for InMemoryAssets {
    async fn usage(&self, workspace: WorkspaceId) -> Result<Usage, Breakage> {
        Ok(self.tables().usage(workspace))
    }

    async fn draft_retentions(&self) -> Result<Vec<(WorkspaceId, DraftRetention)>, Breakage> {
        Ok(self.tables().draft_retentions.iter().map(|(workspace, retention)| (*workspace, *retention)).collect())
    }

    async fn set_draft_retention(&self, workspace: WorkspaceId, retention: Option<DraftRetention>) -> Result<(), Breakage> {
        let mut tables = self.tables();
        match retention {
            Some(retention) => drop(tables.draft_retentions.insert(workspace, retention)),
            None => drop(tables.draft_retentions.remove(&workspace)),
        }
        Ok(())
    }

    async fn set_quota(&self, workspace: WorkspaceId, quota: Quota) -> Result<(), Breakage> {
        self.tables().quotas.insert(workspace, quota);
        Ok(())
    }
}
