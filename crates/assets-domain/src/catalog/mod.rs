//! The use cases: one function each, and each of them read, decide, write.

mod archive;
mod bulk;
mod events;
mod export;
mod inflow;
mod ingest;
mod preview;
mod proof;
mod read;
mod recall;
mod release;
mod retention;
mod review;
mod uploads;
mod usage;
mod write;

use std::sync::Arc;

use crate::{
    Asset, CatalogError, Principal, Revision, WorkspaceId,
    ports::{
        AssetRepository, BlobLedger, BlobStore, Clock, Events, Exports, Foresight, Ids, MediaInspector, Notary, Presenter, Recalls,
        Receipt, ReceiptId, Releases, Remarks, Renderer, Renditions, Uploads, Usages,
    },
};

pub use archive::Archive;
pub use bulk::BulkDecision;
pub use events::HeardPage;
pub use export::{NewExport, Selection};
pub use ingest::{Incoming, Ingested};
pub use preview::{LinkTarget, Linkable, Showable, Shown};
pub use read::{ContentSource, PresentedPage, ViewedHistory};
pub use recall::NewRecall;
pub use release::Released;
pub use retention::Swept;
pub use review::NewRemark;
pub use uploads::{Appended, Keep, NewUpload, Uploaded};
pub use write::{DetailsPatch, NewVersion};

/// Everything that the use cases need from outside.
#[derive(Clone)]
pub struct Ports {
    /// Where assets are kept.
    pub assets: Arc<dyn AssetRepository>,
    /// What is known of blobs.
    pub ledger: Arc<dyn BlobLedger>,
    /// Where bytes are kept.
    pub blobs: Arc<dyn BlobStore>,
    /// What is on its way in, piece by piece.
    pub uploads: Arc<dyn Uploads>,
    /// Knows what bytes are.
    pub media: Arc<dyn MediaInspector>,
    /// Shows assets.
    pub presenter: Arc<dyn Presenter>,
    /// Makes what is shown of content.
    pub renderer: Arc<dyn Renderer>,
    /// What was made of content to show it.
    pub renditions: Arc<dyn Renditions>,
    /// Hears of content that will be looked at.
    pub foresight: Arc<dyn Foresight>,
    /// What is pinned to leave as one archive.
    pub exports: Arc<dyn Exports>,
    /// Who was handed what.
    pub releases: Arc<dyn Releases>,
    /// How much there is and may be.
    pub usages: Arc<dyn Usages>,
    /// Approvals that are taken back together.
    pub recalls: Arc<dyn Recalls>,
    /// What is said about assets.
    pub remarks: Arc<dyn Remarks>,
    /// What was committed, in its order.
    pub events: Arc<dyn Events>,
    /// Puts in writing what is approved and what leaves, and signs it.
    pub notary: Arc<dyn Notary>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes identifiers.
    pub ids: Arc<dyn Ids>,
}

/// The catalogue of assets: every use case of the product, for REST, MCP, the review page and whoever links the crate.
#[derive(Clone)]
pub struct Catalog {
    ports: Ports,
    max_content_bytes: u64,
    proven: Arc<proof::Proven>,
    darkroom: Arc<preview::Darkroom>,
}

/// Who asks for a change, on which condition, and how the answer is to be remembered.
#[derive(Clone)]
pub struct Call {
    /// Who asks.
    pub by: Principal,
    /// The revision that the asset must be at (`If-Match`).
    pub if_match: Option<Revision>,
    /// How to answer if the request is sent again (`Idempotency-Key`).
    pub remember: Option<Remember>,
}

type Render<T> = Arc<dyn Fn(&T) -> Vec<u8> + Send + Sync>;

/// How to answer a repetition: the face renders the answer, and the transaction that makes it true keeps it. An answer is
/// about an asset, unless it is about something else.
#[derive(Clone)]
pub struct Remember<T = Asset> {
    /// Which request.
    pub id: ReceiptId,
    /// Renders the answer from the thing as it will be.
    pub render: Render<T>,
}

impl<T> Remember<T> {
    /// What is to be kept once the thing is.
    pub(crate) fn receipt(&self, thing: &T) -> Receipt {
        Receipt { id: self.id, answer: (self.render)(thing) }
    }
}

impl Call {
    /// An unconditional call.
    #[must_use]
    pub const fn by(by: Principal) -> Self {
        Self { by, if_match: None, remember: None }
    }
}

impl Catalog {
    /// The greatest content unless set otherwise: 5 GiB.
    pub const DEFAULT_MAX_CONTENT_BYTES: u64 = 5 << 30;

    /// A catalogue over these ports.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports, max_content_bytes: Self::DEFAULT_MAX_CONTENT_BYTES, proven: Arc::default(), darkroom: Arc::default() }
    }

    /// The same with another limit to the size of content, in bytes.
    #[must_use]
    pub fn with_max_content_bytes(self, max_content_bytes: u64) -> Self {
        Self { max_content_bytes, ..self }
    }

    /// The greatest content that is taken, in bytes.
    #[must_use]
    pub const fn max_content_bytes(&self) -> u64 {
        self.max_content_bytes
    }

    async fn find(&self, workspace: WorkspaceId, id: crate::AssetId) -> Result<Asset, CatalogError> {
        self.ports.assets.asset(workspace, id).await?.ok_or(CatalogError::NotFound)
    }
}
