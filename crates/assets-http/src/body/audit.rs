use assets_domain::{Act, AuditActor, AuditRecord, PolicyRevision, SignedCheckpoint, ports::KeptPolicy};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{AssetStatus, KeyKindName, PolicyBody, ScopeName};

/// What did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AuditActorKind)]
pub enum AuditActorKind {
    /// Software that makes things, by its key.
    Agent,
    /// Somebody who can answer for a decision, by their key.
    Person,
    /// Software that publishes or runs things, by its key.
    Service,
    /// Whoever runs the installation, at the command line.
    Operator,
    /// The installation itself.
    Installation,
}

/// Who did something.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct AuditActorBody {
    /// What it is.
    pub kind: AuditActorKind,
    /// The key, if it was done by one.
    #[schema(required)]
    pub key_prefix: Option<String>,
    /// What the key was called.
    #[schema(required)]
    pub name: Option<String>,
}

/// A decision, as far as the audit tells it. The asset's history has all of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditedDecision)]
pub struct AuditedDecisionBody {
    /// The revision of the asset that it made.
    #[schema(minimum = 1)]
    pub revision: u64,
    /// About which version.
    #[schema(minimum = 1)]
    pub version: u32,
    /// About which bytes.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: String,
    /// Where the asset stood.
    #[schema(required)]
    pub from: Option<AssetStatus>,
    /// Where it stands.
    pub to: AssetStatus,
    /// Whether the caller named the bytes.
    pub bytes_named: bool,
    /// The version whose approval this one carries on, if it came by rollback.
    #[schema(required, minimum = 1)]
    pub carried_from: Option<u32>,
}

/// What was removed for good.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditedDeletion)]
pub struct AuditedDeletionBody {
    /// The latest version of it.
    #[schema(minimum = 1)]
    pub version: u32,
    /// The bytes of that.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: String,
}

/// A key that was made or revoked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditedKey)]
pub struct AuditedKeyBody {
    /// The part by which it is named.
    pub prefix: String,
    /// What it is called; null where it was revoked, which names it by its prefix alone.
    #[schema(required)]
    pub name: Option<String>,
    /// What holds it.
    #[schema(required)]
    pub kind: Option<KeyKindName>,
    /// What it may do.
    #[schema(required)]
    pub scopes: Option<Vec<ScopeName>>,
    /// From when on it is refused.
    #[schema(required)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a workspace asks of its decisions, before and after.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditedPolicy)]
pub struct AuditedPolicyBody {
    /// What it asked.
    pub before: PolicyBody,
    /// What it asks.
    pub after: PolicyBody,
}

/// A call that was refused, or the same call several times within a minute.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditedRefusal)]
pub struct AuditedRefusalBody {
    /// Why: the code of the problem.
    #[schema(example = "human_required")]
    pub code: String,
    /// What was asked for: the id of the operation.
    #[schema(example = "approve_asset")]
    pub attempted: String,
    /// How often.
    #[schema(minimum = 1)]
    pub count: u64,
    /// When it was last.
    pub last_at: DateTime<Utc>,
}

/// What was before the audit began.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditedBeginning)]
pub struct AuditedBeginningBody {
    /// How many decisions there were, of which there are no entries.
    pub decisions: u64,
}

/// One entry of the audit. Of its kinds, that member is not null which `action` names.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditEntryBody {
    /// Its number: 1 for the first of the workspace, one more for each next.
    #[schema(minimum = 1)]
    pub sequence: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done. Later versions have more of them.
    #[schema(example = "decision.approve")]
    pub action: String,
    /// Who.
    pub by: AuditActorBody,
    /// The request, as the log names it.
    #[schema(required)]
    pub request_id: Option<String>,
    /// The asset that it is about.
    #[schema(required)]
    pub asset_id: Option<Uuid>,
    /// Of `decision.…`.
    #[schema(required)]
    pub decision: Option<AuditedDecisionBody>,
    /// Of `asset.deleted`.
    #[schema(required)]
    pub deletion: Option<AuditedDeletionBody>,
    /// Of `key.…`.
    #[schema(required)]
    pub key: Option<AuditedKeyBody>,
    /// Of `policy.changed`.
    #[schema(required)]
    pub policy: Option<AuditedPolicyBody>,
    /// Of `refusal`.
    #[schema(required)]
    pub refusal: Option<AuditedRefusalBody>,
    /// Of `refusals.dropped`: how many were more than are kept one by one.
    #[schema(required)]
    pub dropped: Option<u64>,
    /// Of `audit.begun`.
    #[schema(required)]
    pub begun: Option<AuditedBeginningBody>,
    /// The hash of it and all before it; null until it is sealed, some seconds later.
    #[schema(required, pattern = "^sha256:[0-9a-f]{64}$")]
    pub hash: Option<String>,
}

impl From<AuditActor> for AuditActorBody {
    fn from(actor: AuditActor) -> Self {
        let nobody = |kind| Self { kind, key_prefix: None, name: None };
        match actor {
            AuditActor::Operator => nobody(AuditActorKind::Operator),
            AuditActor::Installation => nobody(AuditActorKind::Installation),
            AuditActor::Key(actor) => Self {
                kind: match actor.kind {
                    assets_domain::KeyKind::Agent => AuditActorKind::Agent,
                    assets_domain::KeyKind::Person => AuditActorKind::Person,
                    assets_domain::KeyKind::Service => AuditActorKind::Service,
                },
                key_prefix: Some(actor.key_prefix.into()),
                name: Some(actor.name.into()),
            },
        }
    }
}

impl From<AuditRecord> for AuditEntryBody {
    fn from(record: AuditRecord) -> Self {
        let entry = record.entry;
        let mut body = Self {
            sequence: record.sequence,
            at: entry.at,
            action: entry.act.action().to_owned(),
            by: entry.by.into(),
            request_id: entry.request.map(|request| request.as_uuid().simple().to_string()),
            asset_id: entry.act.asset().map(assets_domain::AssetId::as_uuid),
            decision: None,
            deletion: None,
            key: None,
            policy: None,
            refusal: None,
            dropped: None,
            begun: None,
            hash: record.hash.map(|hash| hash.to_string()),
        };
        match entry.act {
            Act::Decided(decided) => {
                body.decision = Some(AuditedDecisionBody {
                    revision: decided.revision,
                    version: decided.version.get(),
                    digest: decided.digest.to_string(),
                    from: decided.from.map(Into::into),
                    to: decided.to.into(),
                    bytes_named: decided.bytes_named,
                    carried_from: decided.carried_from.map(assets_domain::VersionNumber::get),
                });
            }
            Act::Deleted { version, digest, .. } => {
                body.deletion = Some(AuditedDeletionBody { version: version.get(), digest: digest.to_string() });
            }
            Act::KeyCreated { prefix, name, kind, scopes, expires_at } => {
                body.key = Some(AuditedKeyBody {
                    prefix: prefix.into(),
                    name: Some(name.into()),
                    kind: Some(kind.into()),
                    scopes: Some(scopes.iter().map(Into::into).collect()),
                    expires_at,
                });
            }
            Act::KeyRevoked { prefix } => {
                body.key = Some(AuditedKeyBody { prefix: prefix.into(), name: None, kind: None, scopes: None, expires_at: None });
            }
            Act::PolicyChanged(changed) => {
                let revision = PolicyRevision::new(changed.policy_revision.get().saturating_sub(1));
                body.policy = Some(AuditedPolicyBody {
                    before: KeptPolicy { policy: changed.before, revision }.into(),
                    after: KeptPolicy { policy: changed.after, revision: changed.policy_revision }.into(),
                });
            }
            Act::Refused { code, attempted, count, last_at, .. } => {
                body.refusal = Some(AuditedRefusalBody { code, attempted, count, last_at });
            }
            Act::RefusalsDropped { count } => body.dropped = Some(count),
            Act::Begun { decisions, .. } => body.begun = Some(AuditedBeginningBody { decisions }),
        }
        body
    }
}

/// One page of the audit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditPage {
    /// Newest first.
    pub items: Vec<AuditEntryBody>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// How far the audit went at a moment, and the hash of all of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditCheckpoint)]
pub struct AuditCheckpointBody {
    /// The number of the last entry.
    #[schema(minimum = 1)]
    pub sequence: u64,
    /// The hash of it and all before it.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub hash: String,
    /// When that was noted.
    pub at: DateTime<Utc>,
    /// The same, signed by the installation: a JWS, to be kept where nobody can change it and to be given to `assets fsck --audit`.
    pub signed: String,
}

impl From<SignedCheckpoint> for AuditCheckpointBody {
    fn from(noted: SignedCheckpoint) -> Self {
        let SignedCheckpoint { checkpoint, signed } = noted;
        Self { sequence: checkpoint.sequence, hash: checkpoint.hash.to_string(), at: checkpoint.at, signed }
    }
}

/// One page of checkpoints.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditCheckpointPage {
    /// Newest first.
    pub items: Vec<AuditCheckpointBody>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}
