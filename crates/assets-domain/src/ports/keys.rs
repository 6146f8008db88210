use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{AuditEntry, Event, KeyPrefix, KeyRecord, Policy, PolicyRevision, WorkspaceId, WorkspaceName};

use super::{Breakage, Receipt};

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Which.
    pub id: WorkspaceId,
    /// What it is called; no two have one name.
    pub name: WorkspaceName,
    /// What it asks of its decisions.
    pub policy: Policy,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What a tenant asks of its decisions, and how often that has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPolicy {
    /// What it asks.
    pub policy: Policy,
    /// How often it has changed.
    pub revision: PolicyRevision,
}

/// A change of what a tenant asks of its decisions, with what others are told of it.
#[derive(Debug, Clone)]
pub struct PolicyChange {
    /// Whose.
    pub workspace: WorkspaceId,
    /// The revision at which the policy must still be. The change makes the next one.
    pub before: PolicyRevision,
    /// What is asked from now on.
    pub policy: Policy,
    /// What others are told. The repository gives it the next number of the workspace's gapless sequence.
    pub event: Event,
    /// What the audit tells.
    pub entry: AuditEntry,
}

/// Where tenants and their keys are kept.
#[async_trait]
pub trait KeyRepository: Send + Sync {
    /// Adds a tenant. Answers whether its name was free; if not, nothing is added.
    async fn add_workspace(&self, workspace: &Workspace) -> Result<bool, Breakage>;

    /// Every tenant, by name.
    async fn workspaces(&self) -> Result<Vec<Workspace>, Breakage>;

    /// One tenant.
    async fn workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>, Breakage>;

    /// What a tenant asks of its decisions.
    async fn policy(&self, workspace: WorkspaceId) -> Result<Option<KeptPolicy>, Breakage>;

    /// Changes that if it is still at the expected revision, with its event and its entry in the audit, in one transaction. Answers
    /// whether it was.
    async fn change_policy(&self, change: &PolicyChange) -> Result<bool, Breakage>;

    /// Adds a key with its entry in the audit, and keeps the answer for a repetition of the request, in one transaction. Answers
    /// whether its prefix was free; if not, nothing is added or kept.
    async fn add_key(&self, key: &KeyRecord, receipt: Option<&Receipt>, entry: &AuditEntry) -> Result<bool, Breakage>;

    /// The key with a prefix, of whatever workspace: this is where a caller's workspace comes from.
    async fn key(&self, prefix: &KeyPrefix) -> Result<Option<KeyRecord>, Breakage>;

    /// Every key of a workspace, newest first, revoked ones included.
    async fn keys(&self, workspace: WorkspaceId) -> Result<Vec<KeyRecord>, Breakage>;

    /// Revokes a key from a moment on, with an entry in the audit, in one transaction; one that was revoked before keeps its moment,
    /// and there is no further entry. Answers whether the workspace has it.
    async fn revoke_key(&self, workspace: WorkspaceId, prefix: &KeyPrefix, at: DateTime<Utc>, entry: &AuditEntry)
    -> Result<bool, Breakage>;
}

/// A key fresh from the mint. The whole key is shown once and kept nowhere.
#[derive(Clone)]
pub struct MintedKey {
    /// The part by which it is looked up.
    pub prefix: KeyPrefix,
    /// The whole key, `tnx_…`.
    pub key: String,
    /// What is kept of it.
    pub mac: [u8; 32],
}

/// What is known of a well-formed key that somebody presents, before it is looked up.
#[derive(Clone)]
pub struct PresentedKey {
    /// The part by which it is looked up.
    pub prefix: KeyPrefix,
    /// What it would be kept as.
    pub mac: [u8; 32],
}

/// Makes keys and reads them.
pub trait KeyMint: Send + Sync {
    /// Makes a new key.
    fn mint(&self) -> MintedKey;

    /// Reads a presented key; `None` if its form or checksum is wrong, which costs no look-up.
    fn read(&self, presented: &str) -> Option<PresentedKey>;

    /// Compares what is kept with what is presented, in constant time. Without anything kept it compares all the same.
    fn matches(&self, kept: Option<&[u8; 32]>, presented: &PresentedKey) -> bool;
}
