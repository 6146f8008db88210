use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{AssetType, Digest, MediaType, Variant, WorkspaceId};

use super::{Breakage, Shortfall, StoredBlob};

/// By what a rendition is found: what it shows, and how. The same bytes may look otherwise as another type of asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RenditionId {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Of which bytes.
    pub digest: Digest,
    /// As what they came in.
    pub asset_type: AssetType,
    /// What they are.
    pub media_type: MediaType,
    /// In which way they are shown; never the original.
    pub variant: Variant,
}

/// What was made of bytes to show them, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// What it shows.
    pub id: RenditionId,
    /// Which edition of the [`Renderer`](super::Renderer) made it.
    pub edition: i32,
    /// Where it lies, and what its own bytes are known by.
    pub stored: StoredBlob,
    /// Why it is a placeholder, if so.
    pub shortfall: Option<Shortfall>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

/// What was made to show bytes. It can always be made again: nothing here is missed when it is gone.
#[async_trait]
pub trait Renditions: Send + Sync {
    /// What was made, by whatever edition.
    async fn rendition(&self, id: &RenditionId) -> Result<Option<Rendition>, Breakage>;

    /// Notes what was made, in the place of what was made before. Answers whether it did: not if the workspace does not have
    /// the bytes that it shows (any more), nor if the file is to go or has gone. The row goes with the row of those bytes;
    /// its file, and that of whatever was made before, is swept as one that no row knows of.
    async fn keep(&self, rendition: &Rendition) -> Result<bool, Breakage>;

    /// Forgets what was made, so that it is made again.
    async fn forget(&self, id: &RenditionId) -> Result<(), Breakage>;
}

/// Hears of content that came in and will be looked at soon, so that something is made of it before anybody asks. It may
/// pass over what it hears: what is not made ahead is made when it is asked for.
pub trait Foresight: Send + Sync {
    /// This will be wanted.
    fn expect(&self, wanted: RenditionId);
}
