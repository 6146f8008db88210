//! How much a workspace has, and how much it may have.

/// How much a workspace may have at most. What is not set has no end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of content, each counted once.
    pub bytes: Option<u64>,
    /// Assets.
    pub assets: Option<u64>,
}

/// What there may not be more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Bytes of content.
    Bytes,
    /// Assets.
    Assets,
}

impl Quantity {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Bytes, Self::Assets];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Assets => "assets",
        }
    }
}

/// How much a workspace has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of content, each counted once, however many versions have them.
    pub bytes: u64,
    /// Bytes of uploads that became no content yet.
    pub uploading_bytes: u64,
    /// Assets, archived ones included.
    pub assets: u64,
    /// How much it may have.
    pub quota: Quota,
}

impl Usage {
    /// How many bytes more may become content; `None` if there is no end.
    #[must_use]
    pub fn room_bytes(&self) -> Option<u64> {
        self.quota.bytes.map(|most| most.saturating_sub(self.bytes))
    }

    /// How many bytes more may be uploaded; `None` if there is no end.
    #[must_use]
    pub fn room_to_upload_bytes(&self) -> Option<u64> {
        self.room_bytes().map(|room| room.saturating_sub(self.uploading_bytes))
    }
}

/// For how long drafts are kept that nobody works on and that were never approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftRetention(u16);

/// Not so many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {} days", DraftRetention::MOST_DAYS)]
pub struct DraftRetentionError;

impl DraftRetention {
    /// The most days: about ten years.
    pub const MOST_DAYS: u16 = 3660;

    /// So many days, at least one.
    ///
    /// # Errors
    /// None, or more than [`DraftRetention::MOST_DAYS`].
    pub const fn of_days(days: u16) -> Result<Self, DraftRetentionError> {
        if days == 0 || days > Self::MOST_DAYS { Err(DraftRetentionError) } else { Ok(Self(days)) }
    }

    /// How many days.
    #[must_use]
    pub const fn days(self) -> u16 {
        self.0
    }
}
