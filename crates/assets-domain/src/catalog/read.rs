//! The use cases that only look.

use std::ops::Range;

use bytes::Bytes;

use crate::{
    ApprovedVersion, Asset, AssetId, AssetView, CatalogError, Content, Decision, Denied, LinkEpoch, ListQuery, Position, Principal, Scope,
    Version, VersionNumber, View, ViewPage, WorkspaceId,
    ports::{Blob, Breakage, ByteStream, History, LinkTerms, Listed},
};

use super::Catalog;

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
    blob: Blob,
}

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
            versions.retain(|version| version.number == asset.latest.number);
            decisions.retain(|decision| decision.revision == asset.revision);
        }
        Ok(ViewedHistory { asset, versions, decisions })
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
        let version = self.version(by, id, number).await?;
        self.source(by.workspace, version.content).await
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

    /// The content that may be published now: it takes the witness that its approval stands.
    ///
    /// # Errors
    /// Something broke.
    pub async fn approved_content(&self, by: &Principal, approved: &ApprovedVersion) -> Result<ContentSource, CatalogError> {
        self.source(by.workspace, approved.version().content.clone()).await
    }

    /// A range of bytes of content. The first piece is at hand when this answers.
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

    /// The version that a preview link may be made for: the one that was asked for, or the newest that the caller sees.
    ///
    /// # Errors
    /// The caller may not read; there is no such asset or version; the asset is archived.
    pub async fn linkable(
        &self,
        by: &Principal,
        id: AssetId,
        number: Option<VersionNumber>,
    ) -> Result<(LinkTarget, Version), CatalogError> {
        let asset = self.get(by, id).await?;
        if asset.status == crate::Status::Archived {
            return Err(CatalogError::LinkGone);
        }
        let version = match number.filter(|number| *number != asset.latest.number) {
            None => asset.latest,
            Some(number) => self.version(by, id, number).await?,
        };
        let target = LinkTarget { workspace: by.workspace, asset: id, version: version.number, epoch: asset.link_epoch };
        Ok((target, version))
    }

    /// The content behind a preview link, if it still holds.
    ///
    /// # Errors
    /// The link was taken back, or its asset is gone.
    pub async fn follow(&self, link: &LinkTarget) -> Result<ContentSource, CatalogError> {
        let asset = self.ports.assets.asset(link.workspace, link.asset).await?.ok_or(CatalogError::LinkGone)?;
        if asset.parts().link_epoch != link.epoch || asset.parts().archived_at.is_some() {
            return Err(CatalogError::LinkGone);
        }
        let content = self.content_of(&asset, link).await?;
        self.source(link.workspace, content).await
    }

    async fn content_of(&self, asset: &Asset, link: &LinkTarget) -> Result<Content, CatalogError> {
        if asset.latest().number == link.version {
            return Ok(asset.latest().content.clone());
        }
        let version = self.ports.assets.version(link.workspace, link.asset, link.version).await?;
        Ok(version.ok_or(CatalogError::LinkGone)?.content)
    }

    async fn source(&self, workspace: WorkspaceId, content: Content) -> Result<ContentSource, CatalogError> {
        match self.ports.ledger.blob(workspace, &content.digest).await? {
            Some(blob) => Ok(ContentSource { content, blob }),
            None => Err(Breakage::Damaged(format!("no blob row for {}", content.digest).into()).into()),
        }
    }
}
