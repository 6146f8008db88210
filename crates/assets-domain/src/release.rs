//! Releases: approved bytes that were handed out for one purpose, and to whom.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Actor, AssetId, Channel, Digest, ExportId, Market, ReleaseId, VersionNumber, WorkspaceId};

/// Approved bytes, handed out to be published in one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: ReleaseId,
    /// Of which asset.
    pub asset: AssetId,
    /// Which version.
    pub version: VersionNumber,
    /// Which bytes.
    pub digest: Digest,
    /// For which channel.
    pub channel: Channel,
    /// For which market, if one was named.
    pub market: Option<Market>,
    /// To whom.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when the ticket is good.
    pub expires_at: DateTime<Utc>,
}

impl Release {
    /// For how long a ticket is good at most: 15 minutes.
    pub const LIFE: TimeDelta = TimeDelta::minutes(15);
}

/// In which way bytes were handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Way {
    /// By themselves, with a ticket.
    Ticket {
        /// Which.
        id: ReleaseId,
    },
    /// Within an archive.
    Export {
        /// Which.
        id: ExportId,
    },
}

impl Way {
    /// What it is known by.
    #[must_use]
    pub const fn id(&self) -> uuid::Uuid {
        match self {
            Self::Ticket { id } => id.as_uuid(),
            Self::Export { id } => id.as_uuid(),
        }
    }
}

/// Who was handed which bytes of an asset, and whether they were taken back since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// In which way.
    pub way: Way,
    /// Which version.
    pub version: VersionNumber,
    /// Which bytes.
    pub digest: Digest,
    /// For which channel, if one was named.
    pub channel: Option<Channel>,
    /// For which market, if one was named.
    pub market: Option<Market>,
    /// To whom.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when the ticket or the archive is good.
    pub expires_at: DateTime<Utc>,
    /// Since when the bytes are taken back, if they are: whoever has them is to be told.
    pub recalled_at: Option<DateTime<Utc>>,
}
