use std::collections::BTreeMap;

use assets_domain::{
    Actor, Asset, AssetId, Change, Decision, Digest, Event, KeyPrefix, ListPage, ListQuery, Policy, Remark, Revision, Source, Transition,
    Version, VersionNumber, WorkspaceId,
    ports::{AssetRepository, Breakage, Case, Commit, CommitError, Deletion, History, Listed, ListedPage, NewBlob, ReadyHistory},
};
use async_trait::async_trait;

use super::{InMemoryAssets, Tables};

/// An asset with the rows that belong to it.
#[derive(Debug)]
pub(super) struct KeptAsset {
    pub(super) asset: Asset,
    /// Oldest first.
    pub(super) versions: Vec<Version>,
    /// Oldest first.
    pub(super) decisions: Vec<Decision>,
    authors: Vec<(Digest, Actor)>,
    /// Whose word the standing approval rests on.
    pub(super) approvers: Vec<Actor>,
    attestations: BTreeMap<Revision, String>,
    pub(super) remarks: Vec<Remark>,
}

impl KeptAsset {
    fn new(asset: Asset) -> Self {
        Self {
            asset,
            versions: Vec::new(),
            decisions: Vec::new(),
            authors: Vec::new(),
            approvers: Vec::new(),
            attestations: BTreeMap::new(),
            remarks: Vec::new(),
        }
    }

    fn apply(&mut self, change: &Change) {
        let standing = |asset: &Asset| asset.standing().map(|approval| approval.revision);
        if change.previous().and_then(standing) != standing(change.asset()) {
            self.approvers = change.approvers().to_vec();
        }
        self.asset = change.asset().clone();
        for (number, status) in change.restated() {
            for version in self.versions.iter_mut().filter(|version| version.number == *number) {
                version.status = *status;
            }
        }
        if let Some(version) = change.added_version() {
            if change.adds_author() {
                self.authors.push((version.content.digest, version.created_by.clone()));
            }
            self.versions.push(version.clone());
        }
        self.decisions.extend(change.decision().cloned());
    }

    /// Oldest first.
    pub(super) fn decisions_about(&self, version: VersionNumber) -> Vec<Decision> {
        self.decisions.iter().filter(|decision| decision.version == version).cloned().collect()
    }

    pub(super) fn attestation(&self, of: Revision) -> Option<String> {
        self.attestations.get(&of).cloned()
    }

    fn case(&self, policy: Policy, actor: &Actor, is_revoked: impl Fn(&KeyPrefix) -> bool) -> Case {
        let by_author = self.is_author(&self.asset.latest().content.digest, actor);
        let consents = self.asset.parts().round.iter().flat_map(|round| &round.consents);
        let revoked = consents.map(|consent| consent.by.key_prefix.clone()).filter(is_revoked).collect();
        Case { asset: self.asset.clone(), policy, by_author, revoked }
    }

    fn is_author(&self, digest: &Digest, actor: &Actor) -> bool {
        self.authors.iter().any(|(added, author)| added == digest && author.is_same_as(actor))
    }

    pub(super) fn version(&self, number: VersionNumber) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }
}

impl Tables {
    fn commit(&mut self, commit: &Commit) -> Result<(), CommitError> {
        let Commit { change, event, blob, receipt, presented: _, attestation } = commit;
        let parts = change.asset().parts();
        let place = (parts.workspace, parts.id);
        if self.assets.get(&place).map(|kept| kept.asset.revision()) != change.before() {
            return Err(CommitError::Conflict);
        }
        if change.relies_on().iter().any(|prefix| self.is_revoked(prefix)) {
            return Err(CommitError::Conflict);
        }
        let new_bytes =
            blob.as_ref().map(|new| &new.blob).filter(|blob| !self.blobs.contains_key(&(blob.workspace, blob.fingerprint.digest)));
        let new_bytes = new_bytes.map_or(0, |blob| blob.fingerprint.size_bytes);
        self.has_room(parts.workspace, u64::from(change.before().is_none()), new_bytes)?;
        if let Some(NewBlob { blob, text }) = blob {
            let row = (blob.workspace, blob.fingerprint.digest);
            if !self.blobs.contains_key(&row) && self.tombstones.contains_key(&blob.key) {
                return Err(CommitError::BlobRetired);
            }
            self.blobs.entry(row).or_insert_with(|| blob.clone());
            let used_as = (row.0, row.1, parts.asset_type, parts.latest.content.media_type);
            self.texts.entry(used_as).or_insert_with(|| text.clone());
        }
        let kept = self.assets.entry(place).or_insert_with(|| KeptAsset::new(change.asset().clone()));
        kept.apply(change);
        kept.attestations.extend(attestation.clone().map(|attestation| (parts.revision, attestation)));
        if let Some(taken) = change.taken_back() {
            self.mark_recalled(parts.workspace, parts.id, taken, parts.updated_at);
        }
        self.append(event);
        if let Some(entry) = change.audit_entry() {
            self.audit(&entry, change.decision());
        }
        if let Some(receipt) = receipt {
            self.keep_answer(parts.workspace, receipt);
        }
        Ok(())
    }

    fn is_revoked(&self, prefix: &KeyPrefix) -> bool {
        self.keys.get(prefix).is_some_and(|key| key.revoked_at.is_some())
    }

    fn delete(&mut self, deletion: &Deletion) -> Result<(), CommitError> {
        let place = (deletion.workspace, deletion.asset);
        if self.assets.get(&place).map(|kept| kept.asset.revision()) != Some(deletion.before) {
            return Err(CommitError::Conflict);
        }
        self.assets.remove(&place);
        self.append(&deletion.event);
        self.audit(&deletion.entry, None);
        Ok(())
    }

    pub(super) fn changes(&self, workspace: WorkspaceId) -> u64 {
        self.events.get(&workspace).map_or(0, |events| events.len().try_into().expect("fewer events than 2^64"))
    }

    pub(super) fn append(&mut self, event: &Event) {
        self.events.entry(event.workspace).or_default().push(event.clone());
    }
}

#[async_trait]
impl AssetRepository for InMemoryAssets {
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.tables().commit(commit)?;
        self.ring(commit.event.workspace);
        Ok(())
    }

    async fn commit_each(&self, commits: &[Commit]) -> Vec<Result<(), CommitError>> {
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            outcomes.push(self.commit(commit).await);
        }
        outcomes
    }

    async fn delete(&self, deletion: &Deletion) -> Result<(), CommitError> {
        self.tables().delete(deletion)?;
        self.ring(deletion.workspace);
        Ok(())
    }

    async fn cases(&self, workspace: WorkspaceId, ids: &[AssetId], actor: &Actor) -> Result<Vec<Case>, Breakage> {
        let tables = self.tables();
        let policy = tables.workspaces.get(&workspace).map(|workspace| workspace.policy.clone()).unwrap_or_default();
        let there = ids.iter().filter_map(|id| tables.assets.get(&(workspace, *id)));
        Ok(there.map(|kept| kept.case(policy.clone(), actor, |prefix| tables.is_revoked(prefix))).collect())
    }

    async fn asset(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<Asset>, Breakage> {
        Ok(self.tables().assets.get(&(workspace, id)).map(|kept| kept.asset.clone()))
    }

    async fn history(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<History>, Breakage> {
        Ok(self.tables().assets.get(&(workspace, id)).map(|kept| History {
            asset: kept.asset.clone(),
            versions: kept.versions.iter().rev().cloned().collect(),
            decisions: kept.decisions.clone(),
        }))
    }

    /// Nothing is ever ready here.
    async fn ready_history(&self, _workspace: WorkspaceId, _id: AssetId, _edition: i32) -> Result<Option<ReadyHistory>, Breakage> {
        Ok(None)
    }

    async fn version(&self, workspace: WorkspaceId, id: AssetId, number: VersionNumber) -> Result<Option<Version>, Breakage> {
        Ok(self.tables().assets.get(&(workspace, id)).and_then(|kept| kept.version(number)).cloned())
    }

    async fn is_author(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest, actor: &Actor) -> Result<bool, Breakage> {
        Ok(self.tables().assets.get(&(workspace, id)).is_some_and(|kept| kept.is_author(digest, actor)))
    }

    async fn newest_verdict(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest) -> Result<Option<Decision>, Breakage> {
        let concerns = |decision: &&Decision| match decision.action {
            Transition::Archive => true,
            Transition::Approve => decision.digest == *digest && decision.is_approval(),
            Transition::RequestChanges | Transition::Revoke => decision.digest == *digest,
            Transition::Submit | Transition::Withdraw | Transition::Restore | Transition::Dismiss => false,
        };
        let tables = self.tables();
        let decisions = tables.assets.get(&(workspace, id)).map_or(&[][..], |kept| &kept.decisions);
        Ok(decisions.iter().rev().find(concerns).cloned())
    }

    async fn missing_source(&self, workspace: WorkspaceId, sources: &[Source]) -> Result<Option<usize>, Breakage> {
        let tables = self.tables();
        let exists =
            |source: &Source| tables.assets.get(&(workspace, source.asset_id)).is_some_and(|kept| kept.version(source.version).is_some());
        Ok(sources.iter().position(|source| !exists(source)))
    }

    async fn list(&self, workspace: WorkspaceId, query: &ListQuery) -> Result<ListPage, Breakage> {
        Ok(self.tables().list(workspace, query))
    }

    /// Nothing is ever ready here.
    async fn listed(&self, workspace: WorkspaceId, query: &ListQuery, _edition: i32) -> Result<ListedPage, Breakage> {
        let tables = self.tables();
        let page = tables.list(workspace, query);
        let items = page.items.into_iter().map(|asset| Listed::Stale(Box::new(asset))).collect();
        Ok(ListedPage { items, next: page.next, total: page.total, changes: tables.changes(workspace) })
    }

    async fn changes(&self, workspace: WorkspaceId) -> Result<u64, Breakage> {
        Ok(self.tables().changes(workspace))
    }
}
