use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AssetStatus, AuditActorKind, KeyKind, Policy, Scope};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditActor {
    /// What it is.
    pub kind: AuditActorKind,
    /// The key, if it was done by one.
    pub key_prefix: Option<String>,
    /// What the key was called.
    pub name: Option<String>,
}

/// A decision, as far as the audit tells it. The asset's history has all of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditedDecision {
    /// The revision of the asset that it made.
    pub revision: u64,
    /// About which version.
    pub version: u32,
    /// About which bytes.
    pub digest: String,
    /// Where the asset stood.
    pub from: Option<AssetStatus>,
    /// Where it stands.
    pub to: AssetStatus,
    /// Whether the caller named the bytes.
    pub bytes_named: bool,
    /// The version whose approval this one carries on, if it came by rollback.
    pub carried_from: Option<u32>,
}

/// What was removed for good.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditedDeletion {
    /// The latest version of it.
    pub version: u32,
    /// The bytes of that.
    pub digest: String,
}

/// A key that was made or revoked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditedKey {
    /// The part by which it is named.
    pub prefix: String,
    /// What it is called; nothing where it was revoked, which names it by its prefix alone.
    pub name: Option<String>,
    /// What holds it.
    pub kind: Option<KeyKind>,
    /// What it may do.
    pub scopes: Option<Vec<Scope>>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a workspace asks of its decisions, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditedPolicy {
    /// What it asked.
    pub before: Policy,
    /// What it asks.
    pub after: Policy,
}

/// A call that was refused, or the same call several times within a minute.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditedRefusal {
    /// Why: the code of the problem.
    pub code: String,
    /// What was asked for: the id of the operation.
    pub attempted: String,
    /// How often.
    pub count: u64,
    /// When it was last.
    pub last_at: DateTime<Utc>,
}

/// What was before the audit began.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditedBeginning {
    /// How many decisions there were, of which there are no entries.
    pub decisions: u64,
}

/// One entry of the audit. Of its kinds, that member is there which `action` names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditEntry {
    /// Its number: 1 for the first of the workspace, one more for each next.
    pub sequence: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done, e.g. `decision.approve`.
    pub action: String,
    /// Who.
    pub by: AuditActor,
    /// The request, as the log names it.
    pub request_id: Option<String>,
    /// The asset that it is about.
    pub asset_id: Option<Uuid>,
    /// Of `decision.…`.
    pub decision: Option<AuditedDecision>,
    /// Of `asset.deleted`.
    pub deletion: Option<AuditedDeletion>,
    /// Of `key.…`.
    pub key: Option<AuditedKey>,
    /// Of `policy.changed`.
    pub policy: Option<AuditedPolicy>,
    /// Of `refusal`.
    pub refusal: Option<AuditedRefusal>,
    /// Of `refusals.dropped`: how many were more than are kept one by one.
    pub dropped: Option<u64>,
    /// Of `audit.begun`.
    pub begun: Option<AuditedBeginning>,
    /// The hash of it and all before it; nothing until it is sealed, some seconds later.
    pub hash: Option<String>,
}

/// How far the audit went at a moment, and the hash of all of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditCheckpoint {
    /// The number of the last entry.
    pub sequence: u64,
    /// The hash of it and all before it.
    pub hash: String,
    /// When that was noted.
    pub at: DateTime<Utc>,
    /// The same, signed by the installation, to be kept where nobody can change it and to be given to `assets fsck --audit`.
    pub signed: String,
}

/// Which entries of the audit, and from where on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct AuditQuery {
    /// Of this action, such as `decision.approve`, or of a group of them, such as `decision` or `key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// By the key with this prefix, or by whoever has this name, case aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// About this asset, which need not be there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_id: Option<Uuid>,
    /// From this moment on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// How many items; above 200 is taken as 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<usize>))]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// At which moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct MomentQuery {
    /// What was approved then, instead of now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}
