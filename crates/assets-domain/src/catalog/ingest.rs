//! Bytes come in: sniffed, stored, measured, before any row refers to them.

use std::{ops::Range, time::Duration};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    AssetType, CatalogError, Content, Digest, Filename, MediaType, Principal, UploadId, WorkspaceId,
    content::default_filename,
    ports::{Blob, BlobKey, BlobStore, Breakage, ByteStream, MediaInspector, NewBlob, RandomRead, WriteError},
};

use super::Catalog;

/// How often, and how long apart, content that is not wanted is tried to be removed where the storage does not answer for now.
const DISCARD_ATTEMPTS: usize = 3;
const DISCARD_PAUSE: Duration = Duration::from_millis(250);

/// Content on its way in.
pub struct Incoming {
    /// The bytes.
    pub bytes: ByteStream,
    /// What they are said to be.
    pub media_type: Option<MediaType>,
    /// What they are called.
    pub filename: Option<Filename>,
    /// What their digest is announced to be.
    pub announced: Option<Digest>,
}

impl Incoming {
    /// Content that is at hand as text.
    #[must_use]
    pub fn text(text: impl Into<Bytes>, media_type: Option<MediaType>, filename: Option<Filename>) -> Self {
        let bytes = text.into();
        Self { bytes: Box::pin(stream::iter([Ok(bytes)])), media_type, filename, announced: None }
    }
}

/// Content that is stored but not yet referred to. If nothing ever does, it is swept.
#[derive(Debug, Clone)]
pub struct Ingested {
    pub(super) content: Content,
    pub(super) blob: NewBlob,
    pub(super) asset_type: AssetType,
    /// The upload that it was put together from.
    pub(super) upload: Option<UploadId>,
    /// Whether its file was there before: it is not this content's to remove.
    pub(super) is_known: bool,
}

impl Ingested {
    /// What came in.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }
}

impl Catalog {
    /// Takes in content for an asset of a type: durable when this answers, but not yet part of anything.
    ///
    /// # Errors
    /// The content does not fit the type, is too large, is cut off, or is not what was announced. Then nothing is kept.
    pub async fn ingest(&self, by: &Principal, asset_type: AssetType, incoming: Incoming) -> Result<Ingested, CatalogError> {
        let Incoming { mut bytes, media_type, filename, announced } = incoming;
        let head = first_bytes(&mut bytes, <dyn MediaInspector>::HEAD_BYTES).await?;
        let media_type = self.ports.media.sniff(asset_type, media_type, &head)?;
        let whole: ByteStream = Box::pin(stream::iter([Ok(head.clone())]).chain(bytes));

        let most = self.most_bytes(by.workspace).await?;
        let stored = self.ports.blobs.write(by.workspace, whole, most.bytes).await.map_err(|error| most.explain(refused_write(error)))?;
        let unwanted = UnwantedBlob { store: self, key: stored.key.clone() };
        let fingerprint = stored.fingerprint;
        if let Some(announced) = announced.filter(|announced| *announced != fingerprint.digest) {
            unwanted.discard().await;
            return Err(CatalogError::DigestMismatch { announced, arrived: fingerprint.digest });
        }
        let reader = StoredReader { store: self.ports.blobs.as_ref(), key: &stored.key, size_bytes: fingerprint.size_bytes, head };
        let measured = match self.ports.media.measure(asset_type, media_type, &reader).await? {
            Ok(measured) => measured,
            Err(unfit) => {
                unwanted.discard().await;
                return Err(unfit.into());
            }
        };
        Ok(Ingested {
            content: Content {
                digest: fingerprint.digest,
                size_bytes: fingerprint.size_bytes,
                media_type,
                filename: filename.unwrap_or_else(|| default_filename(asset_type, media_type)),
                facts: measured.facts,
            },
            blob: NewBlob {
                blob: Blob { workspace: by.workspace, key: stored.key, fingerprint, created_at: self.ports.clock.now() },
                text: measured.text,
            },
            asset_type,
            upload: None,
            is_known: false,
        })
    }

    /// Removes content that came in but was not used: its request was refused, or repeated an earlier one. What a row
    /// refers to stays. Not to be called while it is unknown how the commit ended.
    ///
    /// # Errors
    /// It is not known whether a row refers to it, or it cannot be removed. It is swept later.
    pub async fn discard(&self, ingested: Ingested) -> Result<(), Breakage> {
        let Blob { workspace, key, fingerprint, .. } = ingested.blob.blob;
        if ingested.is_known {
            return Ok(());
        }
        for _ in 1..DISCARD_ATTEMPTS {
            match self.remove_unreferenced(workspace, &fingerprint.digest, &key).await {
                Err(Breakage::Unavailable(_)) => self.ports.clock.wait(DISCARD_PAUSE).await,
                done => return done,
            }
        }
        self.remove_unreferenced(workspace, &fingerprint.digest, &key).await
    }

    async fn remove_unreferenced(&self, workspace: WorkspaceId, digest: &Digest, key: &BlobKey) -> Result<(), Breakage> {
        let kept = self.ports.ledger.blob(workspace, digest).await?;
        if kept.is_none_or(|kept| kept.key != *key) {
            self.ports.blobs.delete(key).await?;
        }
        Ok(())
    }

    /// Removes the file just written if the workspace had these bytes already: its row names the older file.
    pub(super) async fn discard_duplicate(&self, workspace: WorkspaceId, blob: &Blob) {
        if let Ok(Some(kept)) = self.ports.ledger.blob(workspace, &blob.fingerprint.digest).await
            && kept.key != blob.key
        {
            UnwantedBlob { store: self, key: blob.key.clone() }.discard().await;
        }
    }
}

struct UnwantedBlob<'a> {
    store: &'a Catalog,
    key: BlobKey,
}

impl UnwantedBlob<'_> {
    /// A file that cannot be removed now is an orphan, which the next sweep removes.
    async fn discard(self) {
        let _swept_later = self.store.ports.blobs.delete(&self.key).await;
    }
}

async fn first_bytes(bytes: &mut ByteStream, wanted: usize) -> Result<Bytes, CatalogError> {
    let mut head = BytesMut::new();
    while head.len() < wanted {
        match bytes.try_next().await.map_err(CatalogError::Interrupted)? {
            Some(piece) if head.is_empty() && piece.len() >= wanted => return Ok(piece),
            Some(piece) => head.extend_from_slice(&piece),
            None => break,
        }
    }
    Ok(head.freeze())
}

pub(super) fn refused_write(error: WriteError) -> CatalogError {
    match error {
        WriteError::TooLarge { limit_bytes } => CatalogError::TooLarge { limit_bytes },
        WriteError::Source(source) => CatalogError::Interrupted(source),
        WriteError::Breakage(breakage) => CatalogError::Breakage(breakage),
    }
}

/// Reads from anywhere in a stored blob, and asks the store for nothing that is at hand.
pub(super) struct StoredReader<'a> {
    store: &'a dyn BlobStore,
    key: &'a BlobKey,
    size_bytes: u64,
    pub(super) head: Bytes,
}

impl<'a> StoredReader<'a> {
    /// A reader that has nothing at hand.
    pub(super) const fn over(store: &'a dyn BlobStore, blob: &'a Blob) -> Self {
        Self { store, key: &blob.key, size_bytes: blob.fingerprint.size_bytes, head: Bytes::new() }
    }

    /// The same with the first bytes at hand.
    pub(super) fn with_head(self, head: Bytes) -> Self {
        Self { head, ..self }
    }
}

#[async_trait]
impl RandomRead for StoredReader<'_> {
    async fn read(&self, range: Range<u64>) -> Result<Bytes, Breakage> {
        let range = range.start.min(self.size_bytes)..range.end.min(self.size_bytes);
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        if let (Ok(start), Ok(end)) = (usize::try_from(range.start), usize::try_from(range.end))
            && end <= self.head.len()
        {
            return Ok(self.head.slice(start..end));
        }
        let mut pieces = self.store.read(self.key, range).await?;
        let mut all = BytesMut::new();
        while let Some(piece) = pieces.try_next().await.map_err(Breakage::from_cut)? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}
