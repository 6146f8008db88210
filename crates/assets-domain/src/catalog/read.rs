//! The use cases that only look.

use std::ops::Range;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::{
    ApprovedVersion, AssetId, AssetView, CatalogError, Content, Decision, Denied, FieldError, ListQuery, Position, Principal, Scope,
    Version, VersionNumber, VersionStatus, View, ViewPage,
    asset::standing_at,
    ports::{Blob, Breakage, ByteStream, History, LinkTerms, Listed, ReadyHistory},
};

use super::{Catalog, proof};

/// An asset with all that its reader may see of what happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewedHistory {
    /// As it stands.
    pub asset: AssetView,
    /// Versions, newest first.
    pub versions: Vec<Version>,
    /// Decisions, oldest first.
    pub decisions: Vec<Decision>,
}

/// One page as one reader is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedPage {
    /// In order, each as the [`Presenter`](crate::ports::Presenter) made it.
    pub items: Vec<Bytes>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Position>,
    /// How many there are in all, if that was asked for.
    pub total: Option<u64>,
    /// How many changes there had been in the workspace, see [`Catalog::changes`].
    pub changes: u64,
}

/// Content that is ready to be read.
#[derive(Debug, Clone)]
pub struct ContentSource {
    /// What it is.
    pub content: Content,
    pub(super) blob: Blob,
}

impl Catalog {
    /// What the caller may see.
    ///
    /// # Errors
    /// Nothing.
    pub fn view_of(&self, by: &Principal) -> Result<View, CatalogError> {
        by.view().ok_or(CatalogError::Denied(Denied::MissingScope(Scope::Read)))
    }

    /// One asset as the caller may see it.
    ///
    /// # Errors
    /// The caller may not read; there is no such asset.
    pub async fn get(&self, by: &Principal, id: AssetId) -> Result<AssetView, CatalogError> {
        let view = self.view_of(by)?;
        self.find(by.workspace, id).await?.seen_as(view).ok_or(CatalogError::NotFound)
    }

    /// One asset with its versions and decisions, as the caller may see them.
    ///
    /// # Errors
    /// The caller may not read; there is no such asset.
    pub async fn history(&self, by: &Principal, id: AssetId) -> Result<ViewedHistory, CatalogError> {
        let view = self.view_of(by)?;
        let history = self.ports.assets.history(by.workspace, id).await?.ok_or(CatalogError::NotFound)?;
        let History { asset, mut versions, mut decisions } = history;
        let asset = asset.seen_as(view).ok_or(CatalogError::NotFound)?;
        if view == View::Published {
            versions = vec![asset.latest.clone()];
            decisions.retain(|decision| decision.revision == asset.revision);
        }
        Ok(ViewedHistory { asset, versions, decisions })
    }

    /// The same as it is kept for those who see all of it; `None` if the caller does not, or if [`Catalog::history`] has to be
    /// asked for another reason.
    ///
    /// # Errors
    /// The caller may not read.
    pub async fn ready_history(&self, by: &Principal, id: AssetId) -> Result<Option<ReadyHistory>, CatalogError> {
        match self.view_of(by)? {
            View::Working => Ok(self.ports.assets.ready_history(by.workspace, id, self.ports.presenter.edition()).await?),
            View::Published => Ok(None),
        }
    }

    /// One version.
    ///
    /// # Errors
    /// The caller may not read; there is no such asset or version, or none that the caller may see.
    pub async fn version(&self, by: &Principal, id: AssetId, number: VersionNumber) -> Result<Version, CatalogError> {
        match self.view_of(by)? {
            View::Working => self.ports.assets.version(by.workspace, id, number).await?.ok_or(CatalogError::NotFound),
            View::Published => {
                let approved = self.find(by.workspace, id).await?.approved_version().ok_or(CatalogError::NotFound)?;
                if approved.version().number == number { Ok(approved.version().clone()) } else { Err(CatalogError::NotFound) }
            }
        }
    }

    /// The content of one version.
    ///
    /// # Errors
    /// As [`Catalog::version`].
    pub async fn content(&self, by: &Principal, id: AssetId, number: VersionNumber) -> Result<ContentSource, CatalogError> {
        let found = match self.view_of(by)? {
            View::Working => self.ports.ledger.blob_of_version(by.workspace, id, number).await?,
            View::Published => {
                let found = self.ports.ledger.blob_of_approved(by.workspace, id).await?;
                let approved = found.and_then(|(asset, blob)| Some((asset.approved_version()?.into_version(), blob)));
                approved.filter(|(version, _)| version.number == number)
            }
        };
        let (version, blob) = found.ok_or(CatalogError::NotFound)?;
        ContentSource::of(version.content, blob)
    }

    /// The version that may be published now.
    ///
    /// # Errors
    /// The caller may not read; there is no such asset; no approval of it stands. Who sees only what is published cannot
    /// tell the last two apart.
    pub async fn approved(&self, by: &Principal, id: AssetId) -> Result<ApprovedVersion, CatalogError> {
        let view = self.view_of(by)?;
        match self.ports.assets.asset(by.workspace, id).await? {
            Some(asset) => asset.approved_version().ok_or(CatalogError::NotApproved),
            None if view == View::Published => Err(CatalogError::NotApproved),
            None => Err(CatalogError::NotFound),
        }
    }

    /// The version that was approved at a moment, as it stood then. Those who work on assets see whatever was approved then; who sees
    /// only what is published, that alone whose very approval still stands: what was taken back or superseded leaves no more.
    ///
    /// # Errors
    /// The caller may not read; the moment is still to come; there is no such asset; no approval of it stood then, or none that the
    /// caller may see.
    pub async fn approved_at(&self, by: &Principal, id: AssetId, at: DateTime<Utc>) -> Result<Version, CatalogError> {
        let view = self.view_of(by)?;
        if at > self.ports.clock.now() {
            return Err(CatalogError::Invalid(vec![FieldError::of("at", "future", "must not lie in the future")]));
        }
        let Some(History { asset, versions, decisions }) = self.ports.assets.history(by.workspace, id).await? else {
            return Err(if view == View::Published { CatalogError::NotApproved } else { CatalogError::NotFound });
        };
        let approval = standing_at(&decisions, at).ok_or(CatalogError::NotApproved)?;
        let still_stands = asset.standing().is_some_and(|standing| standing.revision == approval.revision);
        if view == View::Published && !still_stands {
            return Err(CatalogError::NotApproved);
        }
        let version = versions.into_iter().find(|version| version.number == approval.version).ok_or(CatalogError::NotFound)?;
        Ok(Version { status: VersionStatus::Approved, ..version })
    }

    /// The content that was approved at a moment, for whoever [`Catalog::approved_at`] answers.
    ///
    /// # Errors
    /// As [`Catalog::approved_at`].
    pub async fn approved_content_at(&self, by: &Principal, id: AssetId, at: DateTime<Utc>) -> Result<ContentSource, CatalogError> {
        let version = self.approved_at(by, id, at).await?;
        let blob = self.ports.ledger.blob(by.workspace, &version.content.digest).await?;
        ContentSource::of(version.content, blob)
    }

    /// The content that may be published now.
    ///
    /// # Errors
    /// As [`Catalog::approved`].
    pub async fn approved_content(&self, by: &Principal, id: AssetId) -> Result<ContentSource, CatalogError> {
        self.view_of(by)?;
        match self.ports.ledger.blob_of_approved(by.workspace, id).await? {
            Some((asset, blob)) => published(asset.approved_version().ok_or(CatalogError::NotApproved)?, blob),
            // Whether there is such an asset is for those to know who see it; and it may be approved by now.
            None => {
                let approved = self.approved(by, id).await?;
                let blob = self.ports.ledger.blob(by.workspace, &approved.version().content.digest).await?;
                published(approved, blob)
            }
        }
    }

    /// All the bytes of content, proven as they pass: the last piece comes only if they are the bytes that came in. The first
    /// piece of the store is at hand when this answers.
    ///
    /// # Errors
    /// Something broke, e.g. the bytes are missing; the same in the stream, which ends with [`Breakage::Damaged`] where the
    /// bytes are others.
    pub async fn deliver(&self, source: &ContentSource) -> Result<ByteStream, CatalogError> {
        let opened = self.ports.blobs.open(&source.blob.key, 0..source.blob.fingerprint.size_bytes).await?;
        Ok(proof::proving(opened, &source.blob, self.proven.clone(), self.ports.clock.now()))
    }

    /// A range of bytes of content, which cannot be proven by itself. The first piece is at hand when this answers.
    ///
    /// # Errors
    /// Something broke, e.g. the bytes are missing.
    pub async fn read(&self, source: &ContentSource, range: Range<u64>) -> Result<ByteStream, CatalogError> {
        Ok(self.ports.blobs.read(&source.blob.key, range).await?)
    }

    /// A link by which content is fetched from the store itself; `None` if the store has none. It asks for no key and cannot
    /// be taken back, only expire: to be handed to nobody but who may have the content now.
    ///
    /// # Errors
    /// Something broke.
    pub async fn link(&self, source: &ContentSource, terms: &LinkTerms) -> Result<Option<String>, CatalogError> {
        Ok(self.ports.blobs.link(&source.blob.key, terms).await?)
    }

    /// One page of assets as the caller may see them; [`ListQuery::view`] is the caller's, whatever was asked.
    ///
    /// # Errors
    /// The caller may not read.
    pub async fn list(&self, by: &Principal, query: ListQuery) -> Result<ViewPage, CatalogError> {
        let view = self.view_of(by)?;
        let page = self.ports.assets.list(by.workspace, &ListQuery { view, ..query }).await?;
        Ok(ViewPage { items: page.items.into_iter().filter_map(|asset| asset.seen_as(view)).collect(), next: page.next, total: page.total })
    }

    /// The same page as the presenter shows it.
    ///
    /// # Errors
    /// The caller may not read.
    pub async fn presented_list(&self, by: &Principal, query: ListQuery) -> Result<PresentedPage, CatalogError> {
        let view = self.view_of(by)?;
        let presenter = &self.ports.presenter;
        let page = self.ports.assets.listed(by.workspace, &ListQuery { view, ..query }, presenter.edition()).await?;
        let present = |listed| match listed {
            Listed::Ready(presented) => Some(presented),
            Listed::Stale(asset) => asset.seen_as(view).map(|seen| presenter.present(&seen).into()),
        };
        let items = page.items.into_iter().filter_map(present).collect();
        Ok(PresentedPage { items, next: page.next, total: page.total, changes: page.changes })
    }

    /// How many changes there have been in the caller's workspace. As long as there is none, every list of it stays as it is.
    ///
    /// # Errors
    /// The caller may not read.
    pub async fn changes(&self, by: &Principal) -> Result<u64, CatalogError> {
        self.view_of(by)?;
        Ok(self.ports.assets.changes(by.workspace).await?)
    }
}

impl ContentSource {
    pub(super) fn of(content: Content, blob: Option<Blob>) -> Result<Self, CatalogError> {
        match blob.filter(|blob| blob.fingerprint.digest == content.digest && blob.fingerprint.size_bytes == content.size_bytes) {
            Some(blob) => Ok(Self { content, blob }),
            None => Err(Breakage::Damaged(format!("no blob row for {}", content.digest).into()).into()),
        }
    }
}

/// The content that a publisher is given: it takes the witness that its approval stands.
pub(super) fn published(approved: ApprovedVersion, blob: Option<Blob>) -> Result<ContentSource, CatalogError> {
    ContentSource::of(approved.into_version().content, blob)
}
