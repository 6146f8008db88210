//! What is shown to those who have a link and no key: versions as they came in, and what is made of them to be looked at.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use chrono::TimeDelta;
use futures_util::lock::{Mutex as Turns, OwnedMutexGuard};

use crate::{
    AssetId, AssetType, AssetView, CatalogError, Content, Facts, LinkEpoch, Principal, Status, Variant, Version, VersionNumber,
    WorkspaceId,
    ports::{Blob, Breakage, RenderOrder, Rendering, Rendition, RenditionId, Shortfall, WriteError},
};

use super::{Catalog, ContentSource, ingest::StoredReader};

/// The most bytes of one rendition.
const MAX_RENDITION_BYTES: u64 = 64 << 20;
/// After which time something that could not be made is tried again: the machine may have been busy, its disk full, a program broken.
const TRY_AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);

/// What a preview link points at. It was signed by this installation; whether it still holds is asked anew each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkTarget {
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// Which asset.
    pub asset: AssetId,
    /// Which version.
    pub version: VersionNumber,
    /// In which epoch it was made.
    pub epoch: LinkEpoch,
}

/// A version that a link can be made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Linkable {
    /// What the link will point at.
    pub target: LinkTarget,
    /// What kind of thing it is.
    pub asset_type: AssetType,
    /// The version.
    pub version: Version,
}

/// A version that may be shown now, with its bytes.
#[derive(Debug, Clone)]
pub struct Showable {
    /// What links to it point at.
    pub target: LinkTarget,
    /// What kind of thing it is.
    pub asset_type: AssetType,
    /// Its content as it came in.
    pub source: ContentSource,
}

impl Showable {
    fn rendition(&self, variant: Variant) -> RenditionId {
        let Content { digest, media_type, .. } = self.source.content;
        RenditionId { workspace: self.target.workspace, digest, asset_type: self.asset_type, media_type, variant }
    }
}

/// A variant, ready to be read.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its bytes.
    pub source: ContentSource,
    /// Why it is a placeholder, if so.
    pub shortfall: Option<Shortfall>,
}

impl Catalog {
    /// The version that a preview link may be made for: the one that was asked for, or the newest that the caller sees.
    ///
    /// # Errors
    /// The caller may not read; there is no such asset or version; the asset is archived.
    pub async fn linkable(&self, by: &Principal, id: AssetId, number: Option<VersionNumber>) -> Result<Linkable, CatalogError> {
        let AssetView { asset_type, status, latest, link_epoch, .. } = self.get(by, id).await?;
        if status == Status::Archived {
            return Err(CatalogError::LinkGone);
        }
        let version = match number.filter(|number| *number != latest.number) {
            None => latest,
            Some(number) => self.version(by, id, number).await?,
        };
        let target = LinkTarget { workspace: by.workspace, asset: id, version: version.number, epoch: link_epoch };
        Ok(Linkable { target, asset_type, version })
    }

    /// The version behind a preview link, if the link still holds: one row says so.
    ///
    /// # Errors
    /// The link was taken back, or its asset is gone.
    pub async fn follow(&self, link: &LinkTarget) -> Result<Showable, CatalogError> {
        let asset = self.ports.assets.asset(link.workspace, link.asset).await?.ok_or(CatalogError::LinkGone)?;
        if asset.parts().link_epoch != link.epoch || asset.parts().archived_at.is_some() {
            return Err(CatalogError::LinkGone);
        }
        let (asset_type, latest) = (asset.parts().asset_type, asset.latest());
        let source = if latest.number == link.version {
            let blob = self.ports.ledger.blob(link.workspace, &latest.content.digest).await?;
            ContentSource::of(latest.content.clone(), blob)?
        } else {
            let found = self.ports.ledger.blob_of_version(link.workspace, link.asset, link.version).await?;
            let (version, blob) = found.ok_or(CatalogError::LinkGone)?;
            ContentSource::of(version.content, blob)?
        };
        Ok(Showable { target: *link, asset_type, source })
    }

    /// The version of an asset whose approval stands at this moment; `None` if none does, or there is no such asset.
    ///
    /// # Errors
    /// Something broke.
    pub async fn standing(&self, workspace: WorkspaceId, id: AssetId) -> Result<Option<Showable>, CatalogError> {
        let Some((asset, blob)) = self.ports.ledger.blob_of_approved(workspace, id).await? else { return Ok(None) };
        let (asset_type, epoch) = (asset.parts().asset_type, asset.parts().link_epoch);
        let Some(approved) = asset.approved_version() else { return Ok(None) };
        let target = LinkTarget { workspace, asset: id, version: approved.version().number, epoch };
        Ok(Some(Showable { target, asset_type, source: super::read::published(approved, blob)? }))
    }

    /// A variant of what may be shown. It is made if it was not made before, or not as it would be made now: that takes as
    /// long as it takes, and if this is dropped meanwhile, it comes to nothing.
    ///
    /// # Errors
    /// The bytes are gone or cannot be read; nothing can be made at all for now.
    pub async fn variant(&self, showable: &Showable, variant: Variant) -> Result<Shown, CatalogError> {
        if variant == Variant::Original {
            return Ok(Shown { source: showable.source.clone(), shortfall: None });
        }
        let (id, ContentSource { content, blob }) = (showable.rendition(variant), &showable.source);
        let Rendition { stored, shortfall, made_at, .. } = self.rendition(id, blob).await?;
        let content = Content {
            digest: stored.fingerprint.digest,
            size_bytes: stored.fingerprint.size_bytes,
            media_type: variant.media_type(content.media_type),
            filename: variant.filename(&content.filename, content.media_type),
            facts: Facts::default(),
        };
        let blob = Blob { workspace: id.workspace, key: stored.key, fingerprint: stored.fingerprint, created_at: made_at };
        Ok(Shown { source: ContentSource { content, blob }, shortfall })
    }

    /// Makes what will be looked at first, before anybody asks for it. Bytes that are gone are passed over.
    ///
    /// # Errors
    /// As [`Catalog::variant`].
    pub async fn prepare(&self, id: RenditionId) -> Result<(), CatalogError> {
        match self.ports.ledger.blob(id.workspace, &id.digest).await? {
            Some(blob) => self.rendition(id, &blob).await.map(drop),
            None => Ok(()),
        }
    }

    /// Forgets a variant whose file turned out to be damaged, so that it is made again. Answers whether there was one: not
    /// for the original, which cannot be made again.
    ///
    /// # Errors
    /// Something broke.
    pub async fn forget_variant(&self, showable: &Showable, variant: Variant) -> Result<bool, CatalogError> {
        if variant == Variant::Original {
            return Ok(false);
        }
        self.ports.renditions.forget(&showable.rendition(variant)).await?;
        Ok(true)
    }

    /// The picture that stands where nothing may be shown.
    ///
    /// # Errors
    /// Nothing can be made at all for now.
    pub async fn nothing(&self, variant: Variant) -> Result<bytes::Bytes, CatalogError> {
        Ok(self.ports.renderer.nothing(variant).await?)
    }

    async fn rendition(&self, id: RenditionId, blob: &Blob) -> Result<Rendition, CatalogError> {
        if let Some(made) = self.made(&id).await? {
            return Ok(made);
        }
        // What shows the same bytes is made one after the other: what is made for one often serves the next.
        let _turn = self.darkroom.turn(id).await;
        match self.made(&id).await? {
            Some(made) => Ok(made),
            None => self.make(id, blob).await,
        }
    }

    /// What was made before, unless it would come out otherwise now.
    async fn made(&self, id: &RenditionId) -> Result<Option<Rendition>, Breakage> {
        let would_be_the_same = |made: &Rendition| {
            made.edition == self.ports.renderer.edition()
                && match made.shortfall {
                    Some(Shortfall::Needs(tool)) => !self.ports.renderer.has(tool),
                    Some(Shortfall::TooSlow | Shortfall::Unreadable) => made.made_at > self.ports.clock.now() - TRY_AGAIN_AFTER,
                    Some(Shortfall::TooLarge) | None => true,
                }
        };
        Ok(self.ports.renditions.rendition(id).await?.filter(would_be_the_same))
    }

    async fn make(&self, id: RenditionId, blob: &Blob) -> Result<Rendition, CatalogError> {
        let order = RenderOrder { asset_type: id.asset_type, media_type: id.media_type, variant: id.variant };
        let content = StoredReader::over(self.ports.blobs.as_ref(), blob);
        let mut wanted = None;
        for rendering in self.ports.renderer.render(order, &content).await? {
            let made = self.store(RenditionId { variant: rendering.variant, ..id }, rendering).await?;
            if made.id == id {
                wanted = Some(made);
            }
        }
        wanted.ok_or_else(|| Breakage::Failed(format!("{} was not made", id.variant).into()).into())
    }

    /// Stores a rendition: its bytes first, its row second.
    async fn store(&self, id: RenditionId, rendering: Rendering) -> Result<Rendition, CatalogError> {
        let stored = match self.ports.blobs.write(id.workspace, rendering.bytes, MAX_RENDITION_BYTES).await {
            Ok(stored) => stored,
            Err(WriteError::Breakage(breakage)) => return Err(breakage.into()),
            Err(error @ (WriteError::TooLarge { .. } | WriteError::Source(_))) => return Err(Breakage::Failed(Box::new(error)).into()),
        };
        let edition = self.ports.renderer.edition();
        let made = Rendition { id, edition, stored, shortfall: rendering.shortfall, made_at: self.ports.clock.now() };
        if self.ports.renditions.keep(&made).await? {
            return Ok(made);
        }
        // The bytes that it shows went meanwhile. A file that cannot be removed now is swept.
        let _swept_later = self.ports.blobs.delete(&made.stored.key).await;
        Err(CatalogError::LinkGone)
    }
}

/// Sees to it that one process does not make the same thing twice at once. Two processes may: the later row stays.
#[derive(Debug, Default)]
pub(super) struct Darkroom {
    at_work: Mutex<HashMap<RenditionId, Weak<Turns<()>>>>,
}

impl Darkroom {
    /// Waits until nobody else makes something of these bytes.
    async fn turn(&self, id: RenditionId) -> OwnedMutexGuard<()> {
        let about_these_bytes = RenditionId { variant: Variant::Original, ..id };
        let turns = {
            let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
            at_work.retain(|_, turns| turns.strong_count() > 0);
            let turns = at_work.get(&about_these_bytes).and_then(Weak::upgrade).unwrap_or_default();
            at_work.insert(about_these_bytes, Arc::downgrade(&turns));
            turns
        };
        turns.lock_owned().await
    }
}
