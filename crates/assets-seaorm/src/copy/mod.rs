//! Taking an installation to another place: its rows from one database to another, of either engine, and its bytes from
//! one store to another.
//!
//! - Everything is read as of one moment. The source serves on meanwhile, and nothing is written to it.
//! - The unit is the asset: its revision says whether the destination has it already. So every run brings the destination
//!   up to date, and one that was cut off is gone on with by the next.
//! - Bytes first, rows second. They are fingerprinted anew while they are written, and compared with what the source's row
//!   says. An asset whose bytes are not whole is named and left out; if the destination has it as it was earlier, it goes
//!   there: what was taken back meanwhile must not stand.
//! - Only a copy of the source is written to. A destination that has lived a life of its own is left as it is.
//! - Tombstones and leases stay: they are about files and processes of the other place. Of webhooks, what became of deliveries stays. So do the archives of exports, which are
//!   made again; that there were exports, and of what, comes along.

mod bytes;
mod destination;
mod lock;
mod progress;
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use assets_domain::{
    AssetId, WorkspaceId,
    ports::{BlobStore, Breakage, Clock, Receipts},
};
use uuid::Uuid;

use crate::{
    Database,
    entity::{key, workspace},
    error::Fault,
};

use bytes::Carrier;
use destination::Destination;
use lock::Lock;
use source::{AssetRows, Source};

pub use progress::{CopyFault, CopyProgress, CopyReport};

/// How many assets are compared, and replaced in one transaction, at a time.
const ASSETS_AT_ONCE: usize = 200;
/// How many rows of other kinds are read and written at a time.
const ROWS_AT_ONCE: usize = 500;

/// Where an installation keeps what it has.
#[derive(Clone)]
pub struct Site {
    /// Its rows. Both sides of a copy have the schema of this program.
    pub database: Database,
    /// Its bytes.
    pub blobs: Arc<dyn BlobStore>,
}

/// Why a copy ended early. What was done until then stays done, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source has not the schema of this program.
    #[error("the source has not the schema of this program: {0}")]
    Schema(String),
    /// Somebody copies into the same destination.
    #[error("another copy into this destination is under way")]
    Busy,
    /// The destination has something that did not come from the source, or is ahead of it.
    #[error("the destination is no copy of this source: {0}")]
    OwnLife(String),
    /// Storage broke, on one of the two sides.
    #[error("{side} failed, and the next run goes on from there")]
    Storage {
        /// Which, e.g. `the source`.
        side: &'static str,
        /// How.
        source: Breakage,
    },
}

impl CopyError {
    fn reading(fault: impl Into<Fault>) -> Self {
        Self::Storage { side: "the source", source: fault.into().into() }
    }

    fn writing(fault: impl Into<Fault>) -> Self {
        Self::Storage { side: "the destination", source: fault.into().into() }
    }
}

/// Takes an installation from one site to another.
pub struct Copier {
    from: Site,
    to: Site,
    clock: Arc<dyn Clock>,
    progress: Arc<CopyProgress>,
}

impl Copier {
    /// A copier between two sites; nothing is read or written yet.
    #[must_use]
    pub fn new(from: Site, to: Site, clock: Arc<dyn Clock>) -> Self {
        Self { from, to, clock, progress: Arc::default() }
    }

    /// How far [`Copier::copy`] has come, for whoever looks on.
    #[must_use]
    pub fn progress(&self) -> Arc<CopyProgress> {
        self.progress.clone()
    }

    /// Brings the destination to what the source was at the moment this began.
    ///
    /// # Errors
    /// See [`CopyError`]. Bytes and rows of the source that are damaged are no error, but faults in the report.
    pub async fn copy(&self) -> Result<CopyReport, CopyError> {
        let alone = Lock::take(&self.to.database).await?;
        let copied = self.copy_alone().await;
        alone.release().await;
        copied
    }

    async fn copy_alone(&self) -> Result<CopyReport, CopyError> {
        let source = Source::at_this_moment(&self.from.database).await?;
        let workspaces = source.workspaces().await.map_err(CopyError::reading)?;
        let sequences = self.recognise(&source, &workspaces).await?;
        destination::put_signing_keys(&self.to.database, source.signing_keys().await.map_err(CopyError::reading)?).await?;
        self.progress.expect(source.count_assets().await.map_err(CopyError::reading)?);
        let mut report = CopyReport::default();
        for row in workspaces {
            let id = row.id;
            let sequence = sequences.get(&id).copied().unwrap_or_default();
            let destination = Destination::open(&self.to.database, row, sequence).await?;
            Tenant { copier: self, source: &source, id, destination, report: &mut report }.copy().await?;
        }
        (report.files, report.bytes) = self.progress.carried();
        Ok(report)
    }

    /// Looks whether the destination is an earlier copy of the source, or empty. Answers how far its events go, by workspace.
    async fn recognise(&self, source: &Source, known: &[workspace::Model]) -> Result<BTreeMap<Uuid, i64>, CopyError> {
        let database = &self.to.database;
        let there = destination::workspaces(database).await.map_err(CopyError::writing)?;
        for found in &there {
            let name = &found.name;
            let Some(row) = known.iter().find(|row| row.id == found.id) else {
                return Err(CopyError::OwnLife(format!("it has a workspace \"{name}\" of its own")));
            };
            let last = destination::event_id(database, found.id, found.event_sequence).await.map_err(CopyError::writing)?;
            let expected = source.event_id(found.id, found.event_sequence).await.map_err(CopyError::reading)?;
            if found.event_sequence > row.event_sequence || last != expected {
                return Err(CopyError::OwnLife(format!("the workspace \"{name}\" was written to there")));
            }
            let kept = destination::keys(database, found.id).await.map_err(CopyError::writing)?;
            let keys = source.keys(found.id).await.map_err(CopyError::reading)?;
            recognise_keys(name, kept, &keys)?;
            let last = destination::audited(database, found.id, found.audit_sequence).await.map_err(CopyError::writing)?;
            let expected = source.audited(found.id, found.audit_sequence).await.map_err(CopyError::reading)?;
            if found.audit_sequence > row.audit_sequence || last != expected {
                return Err(CopyError::OwnLife(format!("the audit of the workspace \"{name}\" goes on there")));
            }
        }
        Ok(there.into_iter().map(|found| (found.id, found.event_sequence)).collect())
    }
}

/// A key that was made or revoked at the destination would be lost, or good again.
fn recognise_keys(workspace: &str, there: Vec<key::Model>, known: &[key::Model]) -> Result<(), CopyError> {
    let known: BTreeMap<&str, &key::Model> = known.iter().map(|row| (row.prefix.as_str(), row)).collect();
    for found in there {
        let what = match known.get(found.prefix.as_str()) {
            None => "made",
            Some(row) if found.revoked_at.is_some() && row.revoked_at.is_none() => "revoked",
            Some(_) => continue,
        };
        return Err(CopyError::OwnLife(format!("the key {} of the workspace \"{workspace}\" was {what} there", found.prefix)));
    }
    Ok(())
}

/// One tenant on its way.
struct Tenant<'a> {
    copier: &'a Copier,
    source: &'a Source,
    id: Uuid,
    destination: Destination<'a>,
    report: &'a mut CopyReport,
}

impl Tenant<'_> {
    async fn copy(mut self) -> Result<(), CopyError> {
        for keys in self.source.keys(self.id).await.map_err(CopyError::reading)?.chunks(ROWS_AT_ONCE) {
            self.destination.put_keys(keys).await?;
            self.report.keys += count(keys.len());
        }
        let mut after = None;
        loop {
            after = self.copy_assets(after).await?;
            if after.is_none() {
                break;
            }
        }
        self.copy_remarks().await?;
        self.copy_releases().await?;
        self.destination.put_webhooks(self.source.webhooks(self.id).await.map_err(CopyError::reading)?).await?;
        self.copy_exports().await?;
        self.copy_recalls().await?;
        if let Some(row) = self.source.usage(self.id).await.map_err(CopyError::reading)? {
            self.destination.put_quota(&row).await?;
        }
        self.copy_receipts().await?;
        self.copy_audit().await?;
        self.copy_events().await
    }

    async fn copy_exports(&self) -> Result<(), CopyError> {
        let mut after = None;
        loop {
            let rows = self.source.exports(self.id, after, ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            self.destination.put_exports(rows).await?;
            for id in ids {
                self.copy_members(id).await?;
            }
        }
    }

    async fn copy_members(&self, export: Uuid) -> Result<(), CopyError> {
        let mut from = 0;
        loop {
            let rows = self.source.members((self.id, export), from, ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            let Some(last) = rows.last() else { return Ok(()) };
            from = last.place.saturating_add(1);
            self.destination.put_members(rows).await?;
        }
    }

    async fn copy_recalls(&self) -> Result<(), CopyError> {
        let mut after = None;
        loop {
            let rows = self.source.recalls(self.id, after, ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            self.destination.put_recalls(rows).await?;
            for id in ids {
                self.copy_recall_targets(id).await?;
            }
        }
    }

    async fn copy_recall_targets(&self, recall: Uuid) -> Result<(), CopyError> {
        let mut after = None;
        loop {
            let rows = self.source.recall_targets((self.id, recall), after, ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.asset_id);
            self.destination.put_recall_targets(rows).await?;
        }
    }

    async fn copy_remarks(&self) -> Result<(), CopyError> {
        let mut after = None;
        loop {
            let rows = self.source.remarks(self.id, after, ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            self.destination.put_remarks(rows).await?;
        }
    }

    async fn copy_releases(&self) -> Result<(), CopyError> {
        let mut after = None;
        loop {
            let rows = self.source.releases(self.id, after, ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            self.destination.put_releases(rows).await?;
        }
    }

    /// Compares the next assets of both sides and replaces what differs. Answers where it came to, `None` at the end.
    async fn copy_assets(&mut self, after: Option<Uuid>) -> Result<Option<Uuid>, CopyError> {
        let mut here = self.source.heads(self.id, after, ASSETS_AT_ONCE).await.map_err(CopyError::reading)?;
        let mut there = self.destination.heads(after, ASSETS_AT_ONCE).await.map_err(CopyError::writing)?;
        let ends = [&here, &there].map(|heads| heads.last_key_value().filter(|_| heads.len() == ASSETS_AT_ONCE).map(|(id, _)| *id));
        // A full page says nothing of what lies behind it.
        let until = ends.into_iter().flatten().min();
        if let Some(until) = until {
            here.retain(|id, _| *id <= until);
            there.retain(|id, _| *id <= until);
        }
        self.replace(&here, &there).await?;
        self.copier.progress.advance(count(here.len()));
        Ok(until)
    }

    async fn replace(&mut self, here: &BTreeMap<Uuid, i64>, there: &BTreeMap<Uuid, i64>) -> Result<(), CopyError> {
        let ahead = here.iter().find(|(id, revision)| there.get(id).is_some_and(|found| found > revision));
        if let Some((id, _)) = ahead {
            let name = self.destination.name();
            return Err(CopyError::OwnLife(format!("the asset {id} of the workspace \"{name}\" is newer there")));
        }
        let stale: Vec<Uuid> = here.iter().filter(|(id, revision)| there.get(id) != Some(revision)).map(|(id, _)| *id).collect();
        let deleted: BTreeSet<Uuid> = there.keys().filter(|id| !here.contains_key(id)).copied().collect();
        self.report.up_to_date += count(here.len() - stale.len());
        self.report.deleted += count(deleted.len());
        if stale.is_empty() && deleted.is_empty() {
            return Ok(());
        }
        let assets = self.with_whole_bytes(self.source.assets(self.id, &stale).await.map_err(CopyError::reading)?).await?;
        let texts = self.source.texts(self.id, &digests(&assets)).await.map_err(CopyError::reading)?;
        let leave: Vec<Uuid> = stale.into_iter().chain(deleted).filter(|id| there.contains_key(id)).collect();
        self.report.copied += count(assets.len());
        self.destination.replace(&leave, texts, assets).await
    }

    /// Brings the bytes over that the destination does not know, and leaves out the assets whose bytes or rows are damaged.
    async fn with_whole_bytes(&mut self, assets: Vec<(Uuid, Result<AssetRows, Fault>)>) -> Result<Vec<AssetRows>, CopyError> {
        let mut whole = Vec::with_capacity(assets.len());
        for (id, rows) in assets {
            match rows {
                Ok(rows) => whole.push(rows),
                Err(Fault::Row(why)) => self.leave_out(id, why.to_string()),
                Err(fault) => return Err(CopyError::reading(fault)),
            }
        }
        let mut missing = digests(&whole);
        for digest in self.destination.known(&missing).await.map_err(CopyError::writing)? {
            missing.remove(&digest);
        }
        let blobs = self.source.blobs(self.id, &missing).await.map_err(CopyError::reading)?;
        let damaged = Carrier::between(self.copier).carry(blobs).await?;
        let mut kept = Vec::with_capacity(whole.len());
        for rows in whole {
            let why = rows.digests().find_map(|digest| damaged.get(digest));
            match why {
                None => kept.push(rows),
                Some(why) => self.leave_out(rows.head.id, why.clone()),
            }
        }
        Ok(kept)
    }

    fn leave_out(&mut self, id: Uuid, why: String) {
        let workspace = self.destination.name().to_owned();
        self.report.faults.push(CopyFault { workspace, asset: AssetId::new(id), why });
    }

    /// The answers that repetitions of requests may still ask for.
    async fn copy_receipts(&mut self) -> Result<(), CopyError> {
        let since = self.copier.clock.now() - <dyn Receipts>::LIFE;
        let mut after = Vec::new();
        loop {
            let rows = self.source.receipts(self.id, since, after, ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id.clone();
            self.destination.put_receipts(rows).await?;
        }
    }

    /// The audit with its hashes and checkpoints, which are what they are wherever they lie.
    async fn copy_audit(&self) -> Result<(), CopyError> {
        let mut after = self.destination.audit_sequence().await.map_err(CopyError::writing)?;
        // What was sealed since is of entries that may be here already.
        let (mut sealed_after, mut noted_after) = self.destination.audit_sealed().await.map_err(CopyError::writing)?;
        loop {
            let rows = self.source.audit(self.id, after, ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            let Some(last) = rows.last() else { break };
            after = last.sequence;
            self.destination.append_audit(rows).await?;
        }
        loop {
            let rows = self.source.audit_chain(self.id, sealed_after, ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            let Some(last) = rows.last() else { break };
            sealed_after = last.sequence;
            self.destination.put_audit_chain(rows).await?;
        }
        loop {
            let rows = self.source.audit_checkpoints(self.id, noted_after, ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            let Some(last) = rows.last() else { return Ok(()) };
            noted_after = last.sequence;
            self.destination.put_audit_checkpoints(rows).await?;
        }
    }

    async fn copy_events(&mut self) -> Result<(), CopyError> {
        loop {
            let rows = self.source.events(self.id, self.destination.sequence(), ROWS_AT_ONCE).await.map_err(CopyError::reading)?;
            if rows.is_empty() {
                return Ok(());
            }
            self.report.events += count(rows.len());
            self.destination.append_events(rows).await?;
        }
    }
}

fn digests(assets: &[AssetRows]) -> BTreeSet<Vec<u8>> {
    assets.iter().flat_map(AssetRows::digests).cloned().collect()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn scope(workspace: Uuid) -> crate::scope::Scope {
    crate::scope::Scope::Tenant(WorkspaceId::new(workspace))
}
