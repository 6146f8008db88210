use std::{collections::BTreeSet, ops::Bound};

use assets_domain::{
    Asset, AssetId, Digest, Version, VersionNumber, WorkspaceId,
    ports::{Blob, BlobKey, BlobLedger, Breakage},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{InMemoryAssets, Tables, exports::KeptExport};

/// A file that is to go, or has gone.
#[derive(Debug)]
pub(super) struct Tombstone {
    at: DateTime<Utc>,
    removed_at: Option<DateTime<Utc>>,
}

impl Tombstone {
    const fn made(at: DateTime<Utc>) -> Self {
        Self { at, removed_at: None }
    }
}

impl Tables {
    /// The files that a row names.
    fn files(&self) -> impl Iterator<Item = &BlobKey> {
        let parts = self.uploads.values().flat_map(|(_, parts)| parts).map(|part| &part.key);
        let written = self.exports.values().flat_map(KeptExport::files);
        self.blobs.values().map(|blob| &blob.key).chain(self.renditions.values().map(|made| &made.stored.key)).chain(parts).chain(written)
    }

    /// The bytes that some version refers to, once for each version.
    fn references(&self) -> impl Iterator<Item = (WorkspaceId, Digest)> {
        self.assets.iter().flat_map(|((workspace, _), kept)| kept.versions.iter().map(|version| (*workspace, version.content.digest)))
    }
}

#[async_trait]
impl BlobLedger for InMemoryAssets {
    async fn blob(&self, workspace: WorkspaceId, digest: &Digest) -> Result<Option<Blob>, Breakage> {
        Ok(self.tables().blobs.get(&(workspace, *digest)).cloned())
    }

    async fn blob_of_approved(&self, workspace: WorkspaceId, asset: AssetId) -> Result<Option<(Asset, Option<Blob>)>, Breakage> {
        let tables = self.tables();
        let approved = tables.assets.get(&(workspace, asset)).map(|kept| &kept.asset).filter(|asset| asset.standing().is_some());
        Ok(approved.map(|asset| {
            let digest = asset.standing().map(|approval| approval.version.content.digest);
            (asset.clone(), digest.and_then(|digest| tables.blobs.get(&(workspace, digest)).cloned()))
        }))
    }

    async fn blobs_of_approved(&self, workspace: WorkspaceId, assets: &[AssetId]) -> Result<Vec<(Asset, Option<Blob>)>, Breakage> {
        let tables = self.tables();
        let there = assets.iter().filter_map(|id| tables.assets.get(&(workspace, *id)).map(|kept| &kept.asset));
        let digest = |asset: &Asset| asset.standing().map(|approval| approval.version.content.digest);
        Ok(there.map(|asset| (asset.clone(), digest(asset).and_then(|digest| tables.blobs.get(&(workspace, digest)).cloned()))).collect())
    }

    async fn blob_of_version(
        &self,
        workspace: WorkspaceId,
        asset: AssetId,
        number: VersionNumber,
    ) -> Result<Option<(Version, Option<Blob>)>, Breakage> {
        let tables = self.tables();
        let version = tables.assets.get(&(workspace, asset)).and_then(|kept| kept.version(number));
        Ok(version.map(|version| (version.clone(), tables.blobs.get(&(workspace, version.content.digest)).cloned())))
    }

    async fn blobs(&self, after: Option<(WorkspaceId, Digest)>, limit: u32) -> Result<Vec<Blob>, Breakage> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let limit = limit.try_into().expect("a batch fits into memory");
        Ok(self.tables().blobs.range((from, Bound::Unbounded)).take(limit).map(|(_, blob)| blob.clone()).collect())
    }

    async fn knows(&self, keys: &[BlobKey]) -> Result<BTreeSet<BlobKey>, Breakage> {
        let tables = self.tables();
        Ok(tables.files().filter(|key| keys.contains(key)).cloned().collect())
    }

    async fn versions_without_blob(&self) -> Result<u64, Breakage> {
        let tables = self.tables();
        let missing = tables.references().filter(|row| !tables.blobs.contains_key(row)).count();
        Ok(missing.try_into().expect("fewer versions than 2^64"))
    }

    async fn retire_unreferenced(&self, created_before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, Breakage> {
        let mut tables = self.tables();
        let referred: BTreeSet<_> = tables.references().collect();
        let unwanted = tables.blobs.extract_if(.., |row, blob| blob.created_at < created_before && !referred.contains(row));
        let unwanted: Vec<Blob> = unwanted.map(|(_, blob)| blob).collect();
        let retired = unwanted.len().try_into().expect("fewer blobs than 2^64");
        let Tables { texts, blobs, renditions, .. } = &mut *tables;
        texts.retain(|(workspace, digest, ..), _| blobs.contains_key(&(*workspace, *digest)));
        renditions.retain(|id, _| blobs.contains_key(&(id.workspace, id.digest)));
        tables.tombstones.extend(unwanted.into_iter().map(|blob| (blob.key, Tombstone::made(now))));
        Ok(retired)
    }

    async fn retire_orphan(&self, key: &BlobKey, now: DateTime<Utc>) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        if tables.tombstones.contains_key(key) || tables.files().any(|known| known == key) {
            return Ok(false);
        }
        tables.tombstones.insert(key.clone(), Tombstone::made(now));
        Ok(true)
    }

    async fn retired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<BlobKey>, Breakage> {
        let limit = limit.try_into().expect("a batch fits into memory");
        let tables = self.tables();
        let waiting = tables.tombstones.iter().filter(|(_, tombstone)| tombstone.removed_at.is_none() && tombstone.at < before);
        Ok(waiting.take(limit).map(|(key, _)| key.clone()).collect())
    }

    async fn note_removed(&self, key: &BlobKey, now: DateTime<Utc>) -> Result<(), Breakage> {
        if let Some(tombstone) = self.tables().tombstones.get_mut(key) {
            tombstone.removed_at.get_or_insert(now);
        }
        Ok(())
    }

    async fn forget_removed(&self, before: DateTime<Utc>) -> Result<u64, Breakage> {
        let forgotten = self.tables().tombstones.extract_if(.., |_, tombstone| tombstone.removed_at.is_some_and(|at| at < before)).count();
        Ok(forgotten.try_into().expect("fewer tombstones than 2^64"))
    }
}
