//! Exports are made: what is approved is pinned, and whatever goes along is written once.
//!
//! Members are pinned batch by batch, and nothing waits for that. At the end it is looked whether any of them was decided
//! on meanwhile; if so, all of it is done again. So what is pinned stood at one moment, that of the end, and nobody was held up.

mod papers;

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use crate::{
    Asked, Asset, AssetId, CatalogError, Channel, Digest, Event, EventId, Export, ExportId, FieldError, Filter, LeftOut, ListQuery, Market,
    Member, Principal, Purpose, Sort, View, Withheld,
    archive::{Form, Layout, Names},
    ports::{Blob, Breakage, Packed},
};

use super::{Catalog, Remember};

/// How many assets are looked at, and how many members read, at once.
const BATCH: u32 = 200;
/// How often an export is made again because something in it was decided on meanwhile.
const MAX_ATTEMPTS: usize = 8;

/// Which assets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These.
    Named(Vec<AssetId>),
    /// Those that match, with the filters as they were stated.
    Matching {
        /// What must hold of the approved version.
        filter: Box<Filter>,
        /// The same by name and value.
        stated: Vec<(String, String)>,
    },
}

/// An export that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExport {
    /// Of what.
    pub selection: Selection,
    /// For which channel.
    pub channel: Option<Channel>,
    /// For which market.
    pub market: Option<Market>,
    /// For how long it can be downloaded; [`Export::LIFE`] without.
    pub expires_in: Option<TimeDelta>,
}

impl NewExport {
    fn check(&self) -> Result<(), CatalogError> {
        if let Selection::Named(ids) = &self.selection
            && (ids.is_empty() || ids.len() > Export::MOST_NAMED)
        {
            let rule = format!("must be 1 to {} assets", Export::MOST_NAMED);
            return Err(CatalogError::Invalid(vec![FieldError::of("asset_ids", "count", rule)]));
        }
        if self.expires_in.is_some_and(|life| life < Export::LEAST_LIFE || life > Export::LIFE) {
            let rule = format!("must be {} to {} seconds", Export::LEAST_LIFE.num_seconds(), Export::LIFE.num_seconds());
            return Err(CatalogError::Invalid(vec![FieldError::of("expires_in", "range", rule)]));
        }
        Ok(())
    }

    fn asked(&self) -> Asked {
        let (assets, filters) = match &self.selection {
            Selection::Named(ids) => (Some(count(ids.len())), Vec::new()),
            Selection::Matching { stated, .. } => (None, stated.clone()),
        };
        Asked { assets, filters, channel: self.channel.clone(), market: self.market.clone() }
    }
}

impl Catalog {
    /// Pins the approved versions of a selection, so that they can be downloaded as one archive.
    ///
    /// # Errors
    /// The caller may not read; the selection or the life makes no sense; more match than an export may have; things were
    /// decided on all the time.
    pub async fn create_export(
        &self,
        by: &Principal,
        new: &NewExport,
        remember: Option<&Remember<Export>>,
    ) -> Result<Export, CatalogError> {
        let view = self.view_of(by)?;
        new.check()?;
        for _ in 0..MAX_ATTEMPTS {
            let packing = Packing::begin(self, by, view, new).await?;
            let (workspace, id) = (packing.export.workspace, packing.export.id);
            let packed = packing.pack(remember).await;
            let finished = match &packed {
                Ok(packed) => self.ports.exports.finish(packed).await.map_err(CatalogError::from),
                Err(_) => Ok(false),
            };
            match (packed, finished) {
                (Ok(packed), Ok(true)) => return Ok(packed.export),
                (packed, finished) => {
                    self.ports.exports.abandon(workspace, id).await?;
                    packed?;
                    finished?;
                }
            }
        }
        Err(CatalogError::Contended)
    }

    /// One export.
    ///
    /// # Errors
    /// The caller may not read; there is no such export.
    pub async fn export(&self, by: &Principal, id: ExportId) -> Result<Export, CatalogError> {
        let view = self.view_of(by)?;
        let export = self.ports.exports.export(by.workspace, id).await?;
        Ok(export.ok_or(CatalogError::NotFound)?.seen_as(view))
    }

    /// The exports of the workspace, newest first, behind one of them.
    ///
    /// # Errors
    /// The caller may not read.
    pub async fn exports(&self, by: &Principal, after: Option<ExportId>, limit: u32) -> Result<Vec<Export>, CatalogError> {
        let view = self.view_of(by)?;
        let exports = self.ports.exports.exports(by.workspace, after, limit).await?;
        Ok(exports.into_iter().map(|export| export.seen_as(view)).collect())
    }
}

/// An export that is being made.
struct Packing<'a> {
    catalog: &'a Catalog,
    new: &'a NewExport,
    view: View,
    since: u64,
    export: Export,
    layout: Layout,
    names: Names,
}

impl<'a> Packing<'a> {
    async fn begin(catalog: &'a Catalog, by: &Principal, view: View, new: &'a NewExport) -> Result<Self, CatalogError> {
        let ports = &catalog.ports;
        let since = ports.assets.changes(by.workspace).await?;
        let created_at = ports.clock.now();
        let export = Export {
            workspace: by.workspace,
            id: ExportId::new(ports.ids.next()),
            by: by.actor.clone(),
            asked: new.asked(),
            created_at,
            expires_at: created_at + new.expires_in.unwrap_or(Export::LIFE),
            count: 0,
            size_bytes: 0,
            digest: Digest::of(&[]),
            left_out: LeftOut::default(),
            written: Vec::new(),
            recalled_at: None,
        };
        let most = Export::MOST_LIVE;
        if !ports.exports.begin(export.workspace, export.id, created_at, most).await? {
            return Err(CatalogError::TooManyExports { most });
        }
        Ok(Self { catalog, new, view, since, layout: Layout::of(Form::at(created_at)), names: Names::default(), export })
    }

    async fn pack(mut self, remember: Option<&Remember<Export>>) -> Result<Packed, CatalogError> {
        match &self.new.selection {
            Selection::Named(ids) => self.pin_named(ids).await?,
            Selection::Matching { filter, .. } => self.pin_matching(filter).await?,
        }
        self.write_all().await?;
        let receipt = remember.map(|remember| remember.receipt(&self.export));
        let event = Event::exported(EventId::new(self.catalog.ports.ids.next()), &self.export);
        Ok(Packed { export: self.export, since: self.since, event, receipt })
    }

    async fn pin_named(&mut self, ids: &[AssetId]) -> Result<(), CatalogError> {
        let mut named = HashSet::with_capacity(ids.len());
        let once: Vec<AssetId> = ids.iter().copied().filter(|id| named.insert(*id)).collect();
        for ids in once.chunks(usize::try_from(BATCH).unwrap_or(1)) {
            self.pin(ids).await?;
        }
        Ok(())
    }

    async fn pin_matching(&mut self, filter: &Filter) -> Result<(), CatalogError> {
        let mut after = None;
        loop {
            let query =
                ListQuery { view: View::Published, filter: filter.clone(), sort: Sort::CreatedAt, limit: BATCH, after, with_total: false };
            let page = self.catalog.ports.assets.list(self.export.workspace, &query).await?;
            let ids: Vec<AssetId> = page.items.iter().map(Asset::id).collect();
            self.pin(&ids).await?;
            after = match page.next {
                Some(next) => Some(next),
                None => return Ok(()),
            };
        }
    }

    /// Pins those of these assets that may leave, in their order.
    async fn pin(&mut self, ids: &[AssetId]) -> Result<(), CatalogError> {
        let found = self.catalog.ports.ledger.blobs_of_approved(self.export.workspace, ids).await?;
        let mut found: HashMap<AssetId, _> = found.into_iter().map(|(asset, blob)| (asset.id(), (asset, blob))).collect();
        let mut members = Vec::with_capacity(ids.len());
        for id in ids {
            match self.judge(found.remove(id)) {
                Ok((asset, blob)) => members.push(self.member(&asset, blob)?),
                Err(reason) => self.export.left_out.add(*id, reason),
            }
        }
        Ok(self.catalog.ports.exports.pin(self.export.workspace, self.export.id, &members).await?)
    }

    /// Whether an asset may leave for the purpose of this export.
    fn judge(&self, found: Option<(Asset, Option<Blob>)>) -> Result<(Asset, Option<Blob>), Withheld> {
        let (asset, blob) = found.ok_or(Withheld::NotFound)?;
        let purpose = Purpose { at: self.export.created_at, channel: self.new.channel.as_ref(), market: self.new.market.as_ref() };
        match withheld(&asset, &purpose).first() {
            None => Ok((asset, blob)),
            Some(reason) => Err(reason.seen_as(self.view)),
        }
    }

    fn member(&mut self, asset: &Asset, blob: Option<Blob>) -> Result<Member, CatalogError> {
        let most = Export::MOST_MEMBERS;
        let place = u32::try_from(self.export.count).ok().filter(|place| *place < most).ok_or(CatalogError::TooManyMembers { most })?;
        let (Some(approval), Some(approved)) = (asset.standing(), asset.approved_version()) else {
            return Err(Breakage::Damaged("an approval that was judged does not stand".into()).into());
        };
        let source = super::read::published(approved, blob)?;
        let asset_type = asset.parts().asset_type;
        let mut member = Member {
            place,
            asset: asset.id(),
            asset_type,
            version: approval.version.number,
            approval: approval.revision,
            name: self.names.next(asset_type, &approval.details.title, asset.id(), source.content.media_type),
            offset: 0,
            blob: source.blob,
        };
        member.offset = self.layout.place(&member.entry());
        self.export.count += 1;
        if let Some(until) = approval.terms.valid_until() {
            // Nothing is handed out for longer than it is approved.
            self.export.expires_at = self.export.expires_at.min(until);
        }
        Ok(member)
    }
}

/// Everything that speaks against handing an asset out.
pub(super) fn withheld(asset: &Asset, purpose: &Purpose<'_>) -> Vec<Withheld> {
    match asset.standing() {
        _ if asset.parts().archived_at.is_some() => vec![Withheld::Archived],
        None => vec![Withheld::NotApproved],
        Some(approval) => approval.terms.judge(purpose),
    }
}

fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}
