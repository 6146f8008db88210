use async_trait::async_trait;

use crate::{
    Actor, Asset, AssetId, AuditEntry, Change, Decision, Digest, Event, KeyPrefix, ListPage, ListQuery, Policy, Quantity, Revision, Source,
    Version, VersionNumber, WorkspaceId,
};

use super::{Breakage, ListedPage, NewBlob, Presented, ReadyHistory, Receipt};

/// A change with all that is saved beside it, in one transaction.
#[derive(Debug, Clone)]
pub struct Commit {
    /// What changes.
    pub change: Change,
    /// What others are told. The repository gives it the next number of the workspace's gapless sequence.
    pub event: Event,
    /// The bytes of an added version, if they just came in. If the workspace has these bytes already, its row stays; the
    /// text is kept all the same, if it has none yet for such an asset and media type.
    pub blob: Option<NewBlob>,
    /// The answer to keep for a repetition of the request.
    pub receipt: Option<Receipt>,
    /// How the asset is shown from now on, if somebody shows it.
    pub presented: Option<Presented>,
    /// The approval that this is, signed, to be kept with the decision.
    pub attestation: Option<String>,
}

/// A removal with all that is saved beside it, in one transaction.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which asset.
    pub asset: AssetId,
    /// The revision that must still be the asset's.
    pub before: Revision,
    /// What others are told.
    pub event: Event,
    /// What the audit tells.
    pub entry: AuditEntry,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The asset is not at the expected revision any more, or is gone, or a key was revoked by which an approval was given that
    /// counted.
    #[error("the asset was changed by somebody else")]
    Conflict,
    /// The bytes were swept away before they were referred to: they must be sent again.
    #[error("the content was swept before it was used")]
    BlobRetired,
    /// The workspace would have more than it may have.
    #[error("the quota of {} is used up", .0.as_str())]
    OverQuota(Quantity),
    /// Something broke.
    #[error(transparent)]
    Breakage(#[from] Breakage),
}

/// An asset with what is to be known to decide about it, as of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// As it stands.
    pub asset: Asset,
    /// What its workspace asks of decisions.
    pub policy: Policy,
    /// Whether the caller ever added the bytes of its latest version to it, by key or by (folded) key name.
    pub by_author: bool,
    /// The keys that were revoked, of those by which somebody approved in the review that its latest version is under.
    pub revoked: Vec<KeyPrefix>,
}

/// An asset with all that ever happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// As it stands.
    pub asset: Asset,
    /// Every version, newest first.
    pub versions: Vec<Version>,
    /// Every decision, oldest first.
    pub decisions: Vec<Decision>,
}

/// Where assets are kept. Every method is bound to one workspace; another's rows do not exist for it.
#[async_trait]
pub trait AssetRepository: Send + Sync {
    /// Saves a change if the asset is still at [`Change::before`] and none of the keys that it [relies on](Change::relies_on) is
    /// revoked, with its version, decision, event, [entry in the audit](Change::audit_entry), blob and receipt. If it
    /// [takes bytes back](Change::taken_back), every export and release that has them is marked.
    ///
    /// The number of rows touched does not depend on the length of the history.
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError>;

    /// Saves changes of different assets in their order, each for itself: one that is not saved keeps none of the others from
    /// it. Answers what became of each.
    async fn commit_each(&self, commits: &[Commit]) -> Vec<Result<(), CommitError>>;

    /// Removes an asset with its whole history, if it is still at the expected revision. The audit keeps what it tells of it.
    async fn delete(&self, deletion: &Deletion) -> Result<(), CommitError>;

    /// Those of these assets that there are, each with what is to be known to decide about it, in any order.
    async fn cases(&self, workspace: WorkspaceId, ids: &[AssetId], actor: &Actor) -> Result<Vec<Case>, Breakage>;

    /// One asset as it stands.
    async fn asset(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<Asset>, Breakage>;

    /// One asset with all its versions and decisions, as of one moment.
    async fn history(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<History>, Breakage>;

    /// The same as it is kept, with the asset as an edition of the [`Presenter`](super::Presenter) shows it to those who work
    /// on it. `None` if there is no such asset, or if none, or another edition, made something of it.
    async fn ready_history(&self, workspace: WorkspaceId, id: AssetId, edition: i32) -> Result<Option<ReadyHistory>, Breakage>;

    /// One version of an asset.
    async fn version(&self, workspace: WorkspaceId, id: AssetId, number: VersionNumber) -> Result<Option<Version>, Breakage>;

    /// Whether somebody ever added these bytes to this asset, by key or by (folded) key name.
    async fn is_author(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest, actor: &Actor) -> Result<bool, Breakage>;

    /// The newest of approve, request changes and revoke about these bytes in this asset, and of archive whatever it was
    /// about. What waited for more people to approve it is no verdict.
    async fn newest_verdict(&self, workspace: WorkspaceId, id: AssetId, digest: &Digest) -> Result<Option<Decision>, Breakage>;

    /// The place of the first source that does not exist in the workspace.
    async fn missing_source(&self, workspace: WorkspaceId, sources: &[Source]) -> Result<Option<usize>, Breakage>;

    /// One page of a list. Rows added or removed meanwhile shift, repeat or drop no other row.
    async fn list(&self, workspace: WorkspaceId, query: &ListQuery) -> Result<ListPage, Breakage>;

    /// The same page as an edition of the [`Presenter`](super::Presenter) shows it.
    async fn listed(&self, workspace: WorkspaceId, query: &ListQuery, edition: i32) -> Result<ListedPage, Breakage>;

    /// How many changes there have been in a workspace. As long as there is none, every list of it stays as it is.
    async fn changes(&self, workspace: WorkspaceId) -> Result<u64, Breakage>;
}
