//! Events: each committed change, once.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Actor, AssetId, AssetType, Channel, Digest, DisabledReason, EventId, Export, ExportId, KeyName, Label, Market, Policy, PolicyRevision,
    Recall, RecallId, Release, ReleaseId, Status, Transition, VersionNumber, View, Webhook, WebhookId, WorkspaceId,
};

macro_rules! event_types {
    ($( $(#[$doc:meta])* $name:ident = $text:literal; )*) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EventType { $( $(#[$doc])* #[serde(rename = $text)] $name, )* }

        impl EventType {
            /// Every type there is.
            pub const ALL: &'static [Self] = &[$( Self::$name, )*];

            /// As on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// Takes back what [`EventType::as_str`] gave.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|event_type| event_type.as_str() == text)
            }
        }
    };
}

event_types! {
    /// A new asset.
    Created = "asset.created";
    /// New content.
    VersionAdded = "asset.version_added";
    /// Review was asked for.
    Submitted = "asset.submitted";
    /// … and not any more.
    Withdrawn = "asset.withdrawn";
    /// A version may be published.
    Approved = "asset.approved";
    /// A person wants it otherwise.
    ChangesRequested = "asset.changes_requested";
    /// An approval was taken back.
    Revoked = "asset.revoked";
    /// Put away.
    Archived = "asset.archived";
    /// Taken out again.
    Restored = "asset.restored";
    /// An earlier content is the latest again; whether approved, `approved_version` says.
    RolledBack = "asset.rolled_back";
    /// Title, description, tags or what is asked for changed.
    Updated = "asset.updated";
    /// Removed for good.
    Deleted = "asset.deleted";
    /// Approved bytes were handed out by themselves.
    Released = "asset.released";
    /// Approved versions were pinned to leave as one archive.
    Exported = "export.created";
    /// An endpoint is not told of anything any more: it is gone, or failed for days.
    WebhookDisabled = "webhook.disabled";
    /// What the workspace asks of its decisions changed.
    PolicyChanged = "policy.changed";
    /// Approvals are taken back together; each of them is told besides.
    RecallMade = "recall.made";
}

impl EventType {
    /// Whether it is about how the workspace is run: only those hear of it who run it.
    #[must_use]
    pub const fn is_about_running(self) -> bool {
        match self {
            Self::Created
            | Self::VersionAdded
            | Self::Submitted
            | Self::Withdrawn
            | Self::Approved
            | Self::ChangesRequested
            | Self::Revoked
            | Self::Archived
            | Self::Restored
            | Self::RolledBack
            | Self::Updated
            | Self::Deleted
            | Self::Released
            | Self::Exported
            | Self::RecallMade => false,
            Self::WebhookDisabled => true,
            Self::PolicyChanged => true,
        }
    }
}

impl From<Transition> for EventType {
    fn from(transition: Transition) -> Self {
        match transition {
            Transition::Submit => Self::Submitted,
            Transition::Withdraw => Self::Withdrawn,
            Transition::Approve => Self::Approved,
            Transition::RequestChanges => Self::ChangesRequested,
            Transition::Revoke => Self::Revoked,
            Transition::Archive => Self::Archived,
            Transition::Restore => Self::Restored,
            Transition::Dismiss => Self::Updated,
        }
    }
}

/// What became of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetChange {
    /// Which asset.
    pub asset: AssetId,
    /// What kind of thing it is; not known of what earlier releases kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_type: Option<AssetType>,
    /// The campaign that its latest version was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<Label>,
    /// The brand that its latest version speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand_id: Option<Label>,
    /// The version concerned.
    pub version: VersionNumber,
    /// The bytes concerned.
    pub digest: Digest,
    /// Where the asset stands now.
    pub status: Status,
    /// Whose approval stands now.
    pub approved_version: Option<VersionNumber>,
    /// Whether another approval stands than before, or none any more. Where earlier releases kept an event, its repository knows it.
    #[serde(default)]
    pub approval_changed: bool,
    /// Whom the policy of the workspace wants told, by the names of their keys: of what was submitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<KeyName>,
}

/// Bytes that were handed out by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// By which release.
    pub release: ReleaseId,
    /// Of which asset.
    pub asset: AssetId,
    /// Which version.
    pub version: VersionNumber,
    /// Which bytes.
    pub digest: Digest,
    /// For which channel.
    pub channel: Channel,
    /// For which market, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<Market>,
    /// Until when the ticket is good.
    pub expires_at: DateTime<Utc>,
}

/// What was pinned to leave as one archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// By which export.
    pub export: ExportId,
    /// How many versions are in it.
    pub count: u64,
    /// How many bytes the archive has.
    pub size_bytes: u64,
    /// Until when it can be downloaded.
    pub expires_at: DateTime<Utc>,
}

/// An endpoint that is not told of anything any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Which endpoint.
    pub webhook: WebhookId,
    /// Why.
    pub reason: DisabledReason,
}

/// What a workspace asks of its decisions, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChanged {
    /// The revision that this made.
    pub policy_revision: PolicyRevision,
    /// What it asked.
    pub before: Policy,
    /// What it asks.
    pub after: Policy,
}

/// Approvals that are taken back together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recalling {
    /// By which recall.
    pub recall: RecallId,
    /// How many.
    pub count: u64,
}

/// What an event is about. Each is told from the others by what it names: a kept event has its members beside its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Subject {
    /// Bytes of an asset were handed out. It has to stand before [`Subject::Asset`], whose names it has too.
    Release(Handed),
    /// An asset changed.
    Asset(AssetChange),
    /// An export was made.
    Export(Exported),
    /// An endpoint was disabled.
    Webhook(Ended),
    /// The policy of the workspace changed.
    Policy(Box<PolicyChanged>),
    /// A recall was made.
    Recall(Recalling),
}

/// One committed change. Its number in the workspace's gapless sequence is given by the repository, inside the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Which event.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// To what.
    #[serde(flatten)]
    pub subject: Subject,
    /// Who did it.
    pub by: Actor,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

impl Event {
    /// The asset that it is about, if it is about one.
    #[must_use]
    pub const fn asset(&self) -> Option<AssetId> {
        match &self.subject {
            Subject::Asset(AssetChange { asset, .. }) | Subject::Release(Handed { asset, .. }) => Some(*asset),
            Subject::Export(_) | Subject::Policy(_) | Subject::Recall(_) | Subject::Webhook(_) => None,
        }
    }

    /// What became of an asset, if that is what it is about.
    #[must_use]
    pub const fn asset_change(&self) -> Option<&AssetChange> {
        match &self.subject {
            Subject::Asset(change) => Some(change),
            Subject::Release(_) | Subject::Export(_) | Subject::Policy(_) | Subject::Recall(_) | Subject::Webhook(_) => None,
        }
    }

    /// Whether what is approved of an asset is something else than before: what publishers hear of.
    #[must_use]
    pub const fn approval_changed(&self) -> bool {
        matches!(self.subject, Subject::Asset(AssetChange { approval_changed: true, .. }))
    }

    /// An endpoint that failed for too long, or is gone. In the record it is by whoever made it.
    #[must_use]
    pub fn webhook_disabled(id: EventId, webhook: &Webhook, reason: DisabledReason, at: DateTime<Utc>) -> Self {
        Self {
            id,
            event_type: EventType::WebhookDisabled,
            workspace: webhook.workspace,
            subject: Subject::Webhook(Ended { webhook: webhook.id, reason }),
            by: webhook.created_by.clone(),
            occurred_at: at,
        }
    }

    /// An export that was made.
    #[must_use]
    pub fn exported(id: EventId, export: &Export) -> Self {
        let Export { workspace, id: made, by, created_at, expires_at, count, size_bytes, .. } = export;
        Self {
            id,
            event_type: EventType::Exported,
            workspace: *workspace,
            subject: Subject::Export(Exported { export: *made, count: *count, size_bytes: *size_bytes, expires_at: *expires_at }),
            by: by.clone(),
            occurred_at: *created_at,
        }
    }

    /// A policy that was changed.
    #[must_use]
    pub fn policy_changed(id: EventId, workspace: WorkspaceId, by: Actor, at: DateTime<Utc>, changed: PolicyChanged) -> Self {
        let subject = Subject::Policy(Box::new(changed));
        Self { id, event_type: EventType::PolicyChanged, workspace, subject, by, occurred_at: at }
    }

    /// A recall that was made.
    #[must_use]
    pub fn recalling(id: EventId, recall: &Recall) -> Self {
        Self {
            id,
            event_type: EventType::RecallMade,
            workspace: recall.workspace,
            subject: Subject::Recall(Recalling { recall: recall.id, count: recall.concern.count }),
            by: recall.by.clone(),
            occurred_at: recall.at,
        }
    }

    /// Bytes that were handed out.
    #[must_use]
    pub fn released(id: EventId, release: &Release) -> Self {
        let Release { workspace, id: given, asset, version, digest, channel, market, by, at, expires_at } = release.clone();
        Self {
            id,
            event_type: EventType::Released,
            workspace,
            subject: Subject::Release(Handed { release: given, asset, version, digest, channel, market, expires_at }),
            by,
            occurred_at: at,
        }
    }
}

/// An event with its place in the sequence of its workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// 1 for the first event of a workspace, one more for each next.
    pub sequence: u64,
    /// The event.
    pub event: Event,
}

/// What a reader hears that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// All of it, and who did it.
    Whole(Subject, Actor),
    /// Which bytes of an asset are approved now, if any: nothing of what led to it.
    Approval {
        /// Which asset.
        asset: AssetId,
        /// What kind of thing it is, if that is known.
        asset_type: Option<AssetType>,
        /// The version that is approved, and its bytes.
        approved: Option<(VersionNumber, Digest)>,
    },
}

/// An event as one reader hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// Which event.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// Its place there.
    pub sequence: u64,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// To what, and by whom.
    pub heard: Heard,
}

impl Recorded {
    /// The event as one reader hears of it, if they do.
    #[must_use]
    pub fn seen_as(&self, view: View) -> Option<EventView> {
        let Event { id, event_type, workspace, subject, by, occurred_at } = self.event.clone();
        let heard = match (view, subject) {
            (View::Working, subject) => Heard::Whole(subject, by),
            (View::Published, Subject::Asset(change)) if change.approval_changed => Heard::Approval {
                asset: change.asset,
                asset_type: change.asset_type,
                // What stands since this event is what it is about.
                approved: change.approved_version.map(|version| (version, change.digest)),
            },
            (View::Published, _) => return None,
        };
        Some(EventView { id, event_type, workspace, sequence: self.sequence, occurred_at, heard })
    }
}

/// Which events somebody wants. By default, all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of these types; without, of all.
    pub types: Option<BTreeSet<EventType>>,
    /// About this asset.
    pub asset: Option<AssetId>,
    /// Only those by which [what is approved changed](Event::approval_changed).
    pub approval_changed: bool,
}

impl EventFilter {
    /// Whether an event is wanted.
    #[must_use]
    pub fn admits(&self, event: &Event) -> bool {
        self.types.as_ref().is_none_or(|types| types.contains(&event.event_type))
            && self.asset.is_none_or(|asset| event.asset() == Some(asset))
            && (!self.approval_changed || event.approval_changed())
    }
}
