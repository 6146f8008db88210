use chrono::{DateTime, TimeDelta, Utc};

use crate::{Digest, Filename, KeyPrefix, MediaType, UploadId, WorkspaceId};

/// Content that comes in piece by piece, over as many requests as it takes. It belongs to the key that began it: for any
/// other it does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: UploadId,
    /// The key that began it.
    pub owner: KeyPrefix,
    /// How many bytes it will have.
    pub length_bytes: u64,
    /// How many it has, without a gap from the first.
    pub offset_bytes: u64,
    /// What its sender said of it, word for word. It means nothing here.
    pub metadata: Option<String>,
    /// What it is called.
    pub filename: Option<Filename>,
    /// What it is said to be.
    pub media_type: Option<MediaType>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// Until when it waits for more, or to be used.
    pub expires_at: DateTime<Utc>,
    /// What its bytes are known by since they became content. From then on the upload keeps none of its own.
    pub assembled: Option<Digest>,
}

impl Upload {
    /// For how long an upload waits for its next bytes, or to be used: 24 hours.
    pub const LIFE: TimeDelta = TimeDelta::hours(24);
    /// How many uploads a key may have under way.
    pub const MOST_UNDER_WAY: u64 = 100;

    /// Whether it has all its bytes.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.offset_bytes == self.length_bytes
    }
}
