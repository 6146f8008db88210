use std::{cmp::Reverse, collections::btree_map::Entry};

use assets_domain::{
    AuditEntry, KeyPrefix, KeyRecord, WorkspaceId,
    ports::{Breakage, KeptPolicy, KeyRepository, PolicyChange, Receipt, Workspace},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::InMemoryAssets;

#[async_trait]
impl KeyRepository for InMemoryAssets {
    async fn add_workspace(&self, workspace: &Workspace) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let is_free = tables.workspaces.values().all(|known| known.name != workspace.name);
        if is_free {
            tables.workspaces.insert(workspace.id, workspace.clone());
        }
        Ok(is_free)
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>, Breakage> {
        let mut all: Vec<Workspace> = self.tables().workspaces.values().cloned().collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    async fn workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>, Breakage> {
        Ok(self.tables().workspaces.get(&id).cloned())
    }

    async fn policy(&self, workspace: WorkspaceId) -> Result<Option<KeptPolicy>, Breakage> {
        let tables = self.tables();
        let revision = tables.policy_revisions.get(&workspace).copied().unwrap_or_default();
        Ok(tables.workspaces.get(&workspace).map(|workspace| KeptPolicy { policy: workspace.policy.clone(), revision }))
    }

    async fn change_policy(&self, change: &PolicyChange) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let revision = tables.policy_revisions.get(&change.workspace).copied().unwrap_or_default();
        let Some(workspace) = tables.workspaces.get_mut(&change.workspace).filter(|_| revision == change.before) else {
            return Ok(false);
        };
        workspace.policy = change.policy.clone();
        tables.policy_revisions.insert(change.workspace, revision.next());
        tables.append(&change.event);
        tables.audit(&change.entry, None);
        drop(tables);
        self.ring(change.workspace);
        Ok(true)
    }

    async fn add_key(&self, key: &KeyRecord, receipt: Option<&Receipt>, entry: &AuditEntry) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let Entry::Vacant(place) = tables.keys.entry(key.actor.key_prefix.clone()) else { return Ok(false) };
        place.insert(key.clone());
        if let Some(receipt) = receipt {
            tables.keep_answer(key.workspace, receipt);
        }
        tables.audit(entry, None);
        Ok(true)
    }

    async fn key(&self, prefix: &KeyPrefix) -> Result<Option<KeyRecord>, Breakage> {
        Ok(self.tables().keys.get(prefix).cloned())
    }

    async fn keys(&self, workspace: WorkspaceId) -> Result<Vec<KeyRecord>, Breakage> {
        let mut keys: Vec<KeyRecord> = self.tables().keys.values().filter(|key| key.workspace == workspace).cloned().collect();
        keys.sort_by_key(|key| Reverse(key.created_at));
        Ok(keys)
    }

    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        prefix: &KeyPrefix,
        at: DateTime<Utc>,
        entry: &AuditEntry,
    ) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let Some(key) = tables.keys.get_mut(prefix).filter(|key| key.workspace == workspace) else { return Ok(false) };
        if key.revoked_at.is_none() {
            key.revoked_at = Some(at);
            tables.audit(entry, None);
        }
        Ok(true)
    }
}
