//! The audit: what was decided, which keys were made and taken back, and what was refused, for whoever has to answer for it.
//!
//! Entries are numbered without gaps within their workspace and never change. Each is saved by the transaction that makes it true;
//! refusals, which change nothing, are gathered and written beside the work ([`Refusals`]). Some moments later every entry is
//! sealed: the hash of an entry covers all entries before it ([`AuditLine::link`]), and every hour the newest hash is signed
//! ([`Checkpoint`]). [`Auditor::check`] finds what was changed since.

mod auditor;
mod check;
mod line;
mod refusals;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Actor, AssetId, Digest, KeyKind, KeyName, KeyPrefix, PolicyChanged, RequestId, Scopes, Status, Transition, VersionNumber, WorkspaceId,
};

pub use auditor::{Auditor, SealReport};
pub use check::{AuditFinding, AuditReport};
pub use line::{AuditLine, Checkpoint, SignedCheckpoint};
pub use refusals::{Refusals, RefusedCall};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditActor {
    /// Whoever holds this key.
    Key(Actor),
    /// Whoever runs the installation, at the command line.
    Operator,
    /// The installation itself.
    Installation,
}

/// One entry: what was done, by whom, when and in which request. Its number is given by the repository, inside the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: AuditActor,
    /// In which request, if it came by one.
    pub request: Option<RequestId>,
    /// What.
    pub act: Act,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A decision about an asset, as it stands on record.
    Decided(Decided),
    /// A draft was removed for good, with its history.
    Deleted {
        /// Which asset.
        asset: AssetId,
        /// Its latest version.
        version: VersionNumber,
        /// The bytes of that.
        digest: Digest,
    },
    /// A key was made.
    KeyCreated {
        /// By what it is named.
        prefix: KeyPrefix,
        /// What it is called.
        name: KeyName,
        /// What holds it.
        kind: KeyKind,
        /// What it may do.
        scopes: Scopes,
        /// From when on it is refused.
        expires_at: Option<DateTime<Utc>>,
    },
    /// A key was taken back.
    KeyRevoked {
        /// By what it was named.
        prefix: KeyPrefix,
    },
    /// The workspace asks something else of its decisions.
    PolicyChanged(PolicyChanged),
    /// Somebody was refused, once or several times within a minute.
    Refused {
        /// Why: the code of the problem.
        code: String,
        /// What was asked for: the id of the operation.
        attempted: String,
        /// About which asset, if about one.
        asset: Option<AssetId>,
        /// How often.
        count: u64,
        /// When it was last.
        last_at: DateTime<Utc>,
    },
    /// There were more refusals than are kept one by one.
    RefusalsDropped {
        /// How many are told by this number alone.
        count: u64,
    },
    /// The audit began in a workspace that had been there before. Of what was before there are no entries.
    Begun {
        /// How many decisions there were.
        decisions: u64,
        /// The moment of the last of them, in microseconds since 1970.
        until: i64,
    },
}

/// A decision, as far as the audit tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// About which asset.
    pub asset: AssetId,
    /// The revision of the asset that it made: its place in the record.
    pub revision: u64,
    /// What was decided.
    pub action: Transition,
    /// About which version.
    pub version: VersionNumber,
    /// About which bytes.
    pub digest: Digest,
    /// Where the asset stood.
    pub from: Option<Status>,
    /// Where it stands.
    pub to: Status,
    /// Whether the caller named the bytes.
    pub bytes_named: bool,
    /// The version whose approval is carried on by this.
    pub carried_from: Option<VersionNumber>,
}

impl Act {
    /// Every name of what can be done, as entries go by it.
    pub const ACTIONS: &'static [&'static str] = &[
        "audit.begun",
        "asset.deleted",
        "decision.submit",
        "decision.withdraw",
        "decision.approve",
        "decision.request_changes",
        "decision.revoke",
        "decision.archive",
        "decision.restore",
        "decision.dismiss",
        "key.created",
        "key.revoked",
        "policy.changed",
        "refusal",
        "refusals.dropped",
    ];

    /// The name by which entries are looked for.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self {
            Self::Decided(decided) => match decided.action {
                Transition::Submit => "decision.submit",
                Transition::Withdraw => "decision.withdraw",
                Transition::Approve => "decision.approve",
                Transition::RequestChanges => "decision.request_changes",
                Transition::Revoke => "decision.revoke",
                Transition::Archive => "decision.archive",
                Transition::Restore => "decision.restore",
                Transition::Dismiss => "decision.dismiss",
            },
            Self::Deleted { .. } => "asset.deleted",
            Self::KeyCreated { .. } => "key.created",
            Self::KeyRevoked { .. } => "key.revoked",
            Self::PolicyChanged(_) => "policy.changed",
            Self::Refused { .. } => "refusal",
            Self::RefusalsDropped { .. } => "refusals.dropped",
            Self::Begun { .. } => "audit.begun",
        }
    }

    /// How many refusals it tells of.
    #[must_use]
    pub const fn refusals(&self) -> u64 {
        match self {
            Self::Refused { count, .. } | Self::RefusalsDropped { count } => *count,
            _ => 0,
        }
    }

    /// The asset that it is about, if it is about one.
    #[must_use]
    pub const fn asset(&self) -> Option<AssetId> {
        match self {
            Self::Decided(decided) => Some(decided.asset),
            Self::Deleted { asset, .. } => Some(*asset),
            Self::Refused { asset, .. } => *asset,
            Self::KeyCreated { .. }
            | Self::KeyRevoked { .. }
            | Self::PolicyChanged(_)
            | Self::RefusalsDropped { .. }
            | Self::Begun { .. } => None,
        }
    }

    /// The place of the decision that it tells of, among those of its asset.
    #[must_use]
    pub const fn revision(&self) -> Option<u64> {
        match self {
            Self::Decided(decided) => Some(decided.revision),
            _ => None,
        }
    }
}

impl AuditEntry {
    /// The key by which it was done, if by one.
    #[must_use]
    pub const fn key(&self) -> Option<&Actor> {
        match &self.by {
            AuditActor::Key(actor) => Some(actor),
            AuditActor::Operator | AuditActor::Installation => None,
        }
    }
}

/// An entry with its number, and its hash once it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// 1 for the first entry of a workspace, one more for each next.
    pub sequence: u64,
    /// The entry.
    pub entry: AuditEntry,
    /// The hash of it and all before it.
    pub hash: Option<Digest>,
}

/// Which entries, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Of this action, or of this group of them, such as `decision`.
    pub action: Option<String>,
    /// By whoever has a key with this prefix, or with this name.
    pub actor: Option<String>,
    /// About this asset.
    pub asset: Option<AssetId>,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
    /// With a number below this.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: u32,
}

impl AuditQuery {
    /// Whether an entry is asked for, whatever its number.
    #[must_use]
    pub fn matches(&self, entry: &AuditEntry) -> bool {
        let action = entry.act.action();
        let of_group = |wanted: &str| action.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let by = |wanted: &str| {
            entry
                .key()
                .is_some_and(|actor| actor.key_prefix.as_str() == wanted || actor.name.folded() == folded(wanted).unwrap_or_default())
        };
        self.action.as_deref().is_none_or(of_group)
            && self.actor.as_deref().is_none_or(by)
            && self.asset.is_none_or(|asset| entry.act.asset() == Some(asset))
            && self.from.is_none_or(|from| entry.at >= from)
            && self.until.is_none_or(|until| entry.at < until)
    }

    /// The actor as names are compared, if it could be a name.
    #[must_use]
    pub fn folded_actor(&self) -> Option<String> {
        self.actor.as_deref().and_then(folded)
    }
}

fn folded(name: &str) -> Option<String> {
    KeyName::parse(name).ok().map(|name| name.folded())
}
