use assets_domain::{
    Actor, Asset, AssetId, Decision, Digest, ListPage, ListQuery, Source, Version, VersionNumber, WorkspaceId,
    ports::{AssetRepository, Breakage, Case, Commit, CommitError, Deletion, History, ListedPage, ReadyHistory},
};
use async_trait::async_trait;

use crate::Database;

#[async_trait]
impl AssetRepository for Database {
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.save(commit).await
    }

    async fn commit_each(&self, commits: &[Commit]) -> Vec<Result<(), CommitError>> {
        self.save_each(commits).await
    }

    async fn delete(&self, deletion: &Deletion) -> Result<(), CommitError> {
        self.remove(deletion).await
    }

    async fn cases(&self, workspace: WorkspaceId, ids: &[AssetId], actor: &Actor) -> Result<Vec<Case>, Breakage> {
        Ok(self.find_cases(workspace, ids, actor).await?)
    }

    async fn asset(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<Asset>, Breakage> {
        Ok(self.find_asset(workspace, id).await?)
    }

    async fn history(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<History>, Breakage> {
        Ok(self.find_history(workspace, id).await?)
    }

    async fn ready_history(&self, workspace: WorkspaceId, id: AssetId, edition: i32) -> Result<Option<ReadyHistory>, Breakage> {
        Ok(self.find_ready_history(workspace, id, edition).await?)
    }

    async fn version(&self, workspace: WorkspaceId, id: AssetId, number: VersionNumber) -> Result<Option<Version>, Breakage> {
        Ok(self.find_version(workspace, id, number).await?)
    }

    async fn is_author(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest, actor: &Actor) -> Result<bool, Breakage> {
        Ok(self.has_author(workspace, id, digest, actor.key_prefix.as_str(), actor.name.folded()).await?)
    }

    async fn newest_verdict(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest) -> Result<Option<Decision>, Breakage> {
        Ok(self.find_verdict(workspace, id, digest).await?)
    }

    async fn missing_source(&self, workspace: WorkspaceId, sources: &[Source]) -> Result<Option<usize>, Breakage> {
        Ok(self.find_missing(workspace, sources).await?)
    }

    async fn list(&self, workspace: WorkspaceId, query: &ListQuery) -> Result<ListPage, Breakage> {
        Ok(self.find_page(workspace, query).await?)
    }

    async fn listed(&self, workspace: WorkspaceId, query: &ListQuery, edition: i32) -> Result<ListedPage, Breakage> {
        Ok(self.find_listed(workspace, query, edition).await?)
    }

    async fn changes(&self, workspace: WorkspaceId) -> Result<u64, Breakage> {
        Ok(self.count_changes(workspace).await?)
    }
}
