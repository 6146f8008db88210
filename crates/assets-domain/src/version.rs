//! Versions: immutable but for what was decided about them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Actor, Answer, Comment, Content, Provenance};

/// 1, 2, 3 … in the order in which versions were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct VersionNumber(u32);

/// Not the number of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to 2147483647")]
pub struct VersionNumberError;

impl VersionNumber {
    /// The first version of every asset.
    pub const FIRST: Self = Self(1);
    /// The greatest number, so that every database can hold it.
    pub const MAX: u32 = 2_147_483_647;

    /// Accepts 1 and up.
    ///
    /// # Errors
    /// 0, or beyond [`VersionNumber::MAX`].
    pub const fn new(number: u32) -> Result<Self, VersionNumberError> {
        if number == 0 || number > Self::MAX { Err(VersionNumberError) } else { Ok(Self(number)) }
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number after this one.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl TryFrom<u32> for VersionNumber {
    type Error = VersionNumberError;
    fn try_from(number: u32) -> Result<Self, VersionNumberError> {
        Self::new(number)
    }
}

impl From<VersionNumber> for u32 {
    fn from(number: VersionNumber) -> Self {
        number.0
    }
}

impl std::fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What has been decided about one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionStatus {
    /// Nothing yet, or nothing any more.
    Draft,
    /// Waits for a person.
    PendingReview,
    /// A person wants it otherwise. The asset is a draft.
    ChangesRequested,
    /// Its approval stands.
    Approved,
    /// It was approved until a later version was.
    Superseded,
    /// Its approval was taken back. The asset is a draft, if this is its latest version.
    Revoked,
}

impl VersionStatus {
    /// Every status there is.
    pub const ALL: [Self; 6] = [Self::Draft, Self::PendingReview, Self::ChangesRequested, Self::Approved, Self::Superseded, Self::Revoked];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::PendingReview => "pending_review",
            Self::ChangesRequested => "changes_requested",
            Self::Approved => "approved",
            Self::Superseded => "superseded",
            Self::Revoked => "revoked",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// One state of the content of an asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Its place in the history.
    pub number: VersionNumber,
    /// What has been decided about it: the one thing that changes.
    pub status: VersionStatus,
    /// The bytes.
    pub content: Content,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Why it was added.
    pub note: Option<Comment>,
    /// What it answers of what was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// The earlier version whose content this one repeats, if it came by rollback.
    pub restored_from: Option<VersionNumber>,
    /// Who added it.
    pub created_by: Actor,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

impl Version {
    /// The version without what its maker said on the way to a decision: that is for those who work on it, in its history.
    #[must_use]
    pub fn without_answers(self) -> Self {
        Self { answers: Vec::new(), ..self }
    }
}
