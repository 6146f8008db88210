//! Every port in memory, held to the same suites as the real ones.

mod assets;
mod audit;
mod blobs;
mod events;
mod exports;
mod keys;
mod leases;
mod ledger;
mod list;
mod recalls;
mod receipts;
mod remarks;
mod renditions;
mod uploads;
mod usages;
mod webhooks;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard},
};

use assets_domain::{
    AssetId, AssetType, Digest, DraftRetention, Event, ExportId, KeyPrefix, KeyRecord, MediaType, PolicyRevision, Quota, RecallId,
    Recorded, Release, ReleaseId, SearchText, Upload, UploadId, WebhookId, WorkspaceId,
    ports::{Blob, BlobKey, ReceiptId, Rendition, RenditionId, UploadPart, Work, Workspace},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::EventReader;

use assets::KeptAsset;
use audit::KeptAudit;
use events::Clapper;
use exports::KeptExport;
use leases::Lease;
use ledger::Tombstone;
use recalls::KeptRecall;
use receipts::Request;
use webhooks::KeptWebhook;

pub use blobs::InMemoryBlobs;

/// Everything a database keeps, in memory: assets, events, rows about blobs, answers, tenants and keys.
///
/// One lock over all of it makes every method atomic, as one transaction does in a database.
#[derive(Debug, Default)]
pub struct InMemoryAssets {
    tables: Mutex<Tables>,
    rung: Clapper,
}

#[derive(Debug, Default)]
struct Tables {
    workspaces: BTreeMap<WorkspaceId, Workspace>,
    policy_revisions: BTreeMap<WorkspaceId, PolicyRevision>,
    keys: BTreeMap<KeyPrefix, KeyRecord>,
    assets: BTreeMap<(WorkspaceId, AssetId), KeptAsset>,
    events: BTreeMap<WorkspaceId, Vec<Event>>,
    audits: BTreeMap<WorkspaceId, KeptAudit>,
    blobs: BTreeMap<(WorkspaceId, Digest), Blob>,
    texts: BTreeMap<(WorkspaceId, Digest, AssetType, MediaType), SearchText>,
    renditions: BTreeMap<RenditionId, Rendition>,
    tombstones: BTreeMap<BlobKey, Tombstone>,
    requests: HashMap<(WorkspaceId, ReceiptId), Request>,
    leases: HashMap<Work, Lease>,
    uploads: BTreeMap<(WorkspaceId, UploadId), (Upload, Vec<UploadPart>)>,
    exports: BTreeMap<(WorkspaceId, ExportId), KeptExport>,
    recalls: BTreeMap<(WorkspaceId, RecallId), KeptRecall>,
    quotas: BTreeMap<WorkspaceId, Quota>,
    draft_retentions: BTreeMap<WorkspaceId, DraftRetention>,
    webhooks: BTreeMap<(WorkspaceId, WebhookId), KeptWebhook>,
    /// Each with the moment since which its bytes are taken back.
    releases: BTreeMap<ReleaseId, (Release, Option<DateTime<Utc>>)>,
}

impl InMemoryAssets {
    /// Every event of a workspace, in the order of the sequence: the first has the number 1.
    #[must_use]
    pub fn events(&self, workspace: WorkspaceId) -> Vec<Event> {
        self.tables().events.get(&workspace).cloned().unwrap_or_default()
    }

    /// Puts a tenant in place, or another in the place of it: for tests that want another policy.
    pub fn put_workspace(&self, workspace: Workspace) {
        self.tables().workspaces.insert(workspace.id, workspace);
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().expect("no test panics while it holds the tables")
    }
}

#[async_trait]
impl EventReader for InMemoryAssets {
    async fn events(&self, workspace: WorkspaceId) -> Vec<Recorded> {
        (1..).zip(self.events(workspace)).map(|(sequence, event)| Recorded { sequence, event }).collect()
    }
}
