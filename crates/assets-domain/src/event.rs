//! Events: each committed change, once.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Actor, AssetId, Digest, EventId, Status, Transition, VersionNumber, WorkspaceId};

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

/// One committed change. Its number in the workspace's gapless sequence is given by the repository, inside the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Which event.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// To which asset.
    pub asset: AssetId,
    /// The version concerned.
    pub version: VersionNumber,
    /// The bytes concerned.
    pub digest: Digest,
    /// Where the asset stands now.
    pub status: Status,
    /// Whose approval stands now.
    pub approved_version: Option<VersionNumber>,
    /// Who did it.
    pub by: Actor,
    /// When.
    pub occurred_at: DateTime<Utc>,
}
