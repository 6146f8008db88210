//! Recalls: approvals that were taken back together, because of what they have in common.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Actor, AssetId, Channel, Comment, Digest, Market, RecallId, Revision, VersionNumber, Way, WorkspaceId};

/// Approvals that are taken back together: first those that match are pinned, then each is revoked for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recall {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: RecallId,
    /// Who takes them back.
    pub by: Actor,
    /// By which filters, with their names and values as they were stated.
    pub filters: Vec<(String, String)>,
    /// Why.
    pub comment: Comment,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// What it is about.
    pub concern: Concern,
    /// How far it has come.
    pub progress: Progress,
}

impl Recall {
    /// How many assets, and how many of those who were handed something, are named: 100 each.
    pub const NAMED: usize = 100;
}

/// What a recall is about, as it stood when it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    /// How many approvals.
    pub count: u64,
    /// The first of them.
    pub first: Vec<Target>,
    /// How many exports have some of them.
    pub exports: u64,
    /// How often some of them were handed out with a ticket.
    pub releases: u64,
    /// The first of those who were handed some of them.
    pub consumers: Vec<Consumer>,
}

/// An approval that is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Of which asset.
    pub asset: AssetId,
    /// Of which version.
    pub version: VersionNumber,
    /// Of which bytes.
    pub digest: Digest,
    /// Which approval, by the revision that it made.
    pub approval: Revision,
}

/// Bytes of an asset that were handed out and not taken back since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOut {
    /// In which way.
    pub way: Way,
    /// Of which asset.
    pub asset: AssetId,
    /// Which bytes.
    pub digest: Digest,
}

/// Somebody who was handed something that is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// In which way.
    pub way: Way,
    /// Who.
    pub by: Actor,
    /// For which channel, if one was named.
    pub channel: Option<Channel>,
    /// For which market, if one was named.
    pub market: Option<Market>,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when the ticket or the archive is good.
    pub expires_at: DateTime<Utc>,
}

/// How far a recall has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many approvals it has revoked.
    pub revoked: u64,
    /// How many it had to leave.
    pub left_over: u64,
    /// The first of these, with the reason.
    pub first_left: Vec<(AssetId, Spared)>,
    /// Since when it is done, if it is.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Why a recall has not revoked an approval that was pinned for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spared {
    /// It stands no more: somebody else ended it meanwhile.
    AlreadyEnded,
    /// Another approval stands, which was given after the recall began.
    ApprovedAnew,
}

impl Spared {
    /// Every reason there is.
    pub const ALL: [Self; 2] = [Self::AlreadyEnded, Self::ApprovedAnew];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyEnded => "already_ended",
            Self::ApprovedAnew => "approved_anew",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}
