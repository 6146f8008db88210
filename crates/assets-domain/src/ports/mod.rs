//! The ports: what the domain needs from outside, each small, each with a public suite in `assets-testkit`.
//!
//! Absence is `Option`, conflict is a variant, breakage is a boxed source. No transaction crosses a port: what must be
//! atomic is one named method.

mod assets;
mod audit;
mod blobs;
mod events;
mod exports;
mod keys;
mod leases;
mod media;
mod notary;
mod presenter;
mod recalls;
mod receipts;
mod remarks;
mod renderer;
mod renditions;
mod uploads;
mod usages;
mod webhooks;
mod world;

pub use crate::id::Holder;
pub use assets::{AssetRepository, Case, Commit, CommitError, Deletion, History};
pub use audit::{AuditExtent, AuditHead, AuditPlace, AuditTrail, Unaudited};
pub use blobs::{
    Blob, BlobKey, BlobLedger, BlobStore, ByteStream, LinkTerms, NewBlob, Opened, Stamp, StoredBlob, StoredObject, WriteError,
};
pub use events::{Bell, EventPage, Events, Ring, Rings};
pub use exports::{Exports, Packed, Releases};
pub use keys::{KeptPolicy, KeyMint, KeyRepository, MintedKey, PolicyChange, PresentedKey, Workspace};
pub use leases::{Leases, Work};
pub use media::{Measured, MediaInspector, RandomRead, Unfit};
pub use notary::{Exhibit, Notary};
pub use presenter::{Listed, ListedPage, Presented, Presenter, ReadyHistory};
pub use recalls::Recalls;
pub use receipts::{Beginning, Begun, Receipt, ReceiptId, Receipts};
pub use remarks::Remarks;
pub use renderer::{RenderOrder, Renderer, Rendering, Shortfall, Tool};
pub use renditions::{Foresight, Rendition, RenditionId, Renditions};
pub use uploads::{Append, AppendError, UploadPart, Uploads};
pub use usages::Usages;
pub use webhooks::{Barred, Courier, MintedSecret, Parcel, Settlement, WebhookRepository, WebhookVault, Wording};
pub use world::{Clock, Ids};

/// Something outside broke. What it was is for the log, never for the caller.
#[derive(Debug, thiserror::Error)]
pub enum Breakage {
    /// It may work again later: a lost connection, a time-out, a full pool.
    #[error("the storage is not available for now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No space is left.
    #[error("the storage is full")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What was kept is not what was written: rows that contradict each other, bytes that are missing or changed.
    #[error("what was stored is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else: a fault of the program or of its set-up.
    #[error("the storage failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<crate::Corrupt> for Breakage {
    fn from(corrupt: crate::Corrupt) -> Self {
        Self::Damaged(Box::new(corrupt))
    }
}
