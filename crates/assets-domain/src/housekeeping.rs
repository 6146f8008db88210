//! Housekeeping: sweeping what nothing refers to, and checking that everything is whole.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use futures_util::{TryStreamExt, stream::TryChunksError};

use crate::{
    Export, Fingerprinter,
    ports::{Blob, BlobKey, BlobLedger, BlobStore, Breakage, Clock, Exports, Receipts, Uploads},
};

const BATCH: u32 = 500;
/// About how many files the ledger is asked at once.
const FILES_AT_ONCE: usize = 500;
/// After which time an export that was not finished is nobody's any more: it takes seconds.
const UNFINISHED_LIFE: Duration = Duration::hours(24);
/// For how long a file that is gone keeps a commit away: longer than any request takes from its bytes to its commit.
const TOMBSTONE_LIFE: Duration = Duration::hours(24);

/// Sweeps and checks the bytes of all workspaces.
#[derive(Clone)]
pub struct Housekeeper {
    ledger: Arc<dyn BlobLedger>,
    blobs: Arc<dyn BlobStore>,
    receipts: Arc<dyn Receipts>,
    uploads: Arc<dyn Uploads>,
    exports: Arc<dyn Exports>,
    clock: Arc<dyn Clock>,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GcReport {
    /// Files removed: what earlier cycles retired.
    pub removed: u64,
    /// Blobs that nothing refers to, to be removed in a later cycle.
    pub retired: u64,
    /// Files that no row knows of, to be removed in a later cycle.
    pub orphans: u64,
    /// Rests of uploads that were cut off, removed at once.
    pub temporary: u64,
    /// Remembered answers that were past their time.
    pub receipts: u64,
    /// Uploads that nobody went on with or used in time.
    pub uploads: u64,
    /// Exports that let go of their files or went.
    pub exports: u64,
}

/// What is wrong with a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Its bytes cannot be read.
    Missing,
    /// Its bytes are others than were written, or fewer or more.
    Damaged,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FsckReport {
    /// Blobs read whole.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs that are not whole: a fault.
    pub faults: Vec<(BlobKey, Finding)>,
    /// Versions without a blob: a fault.
    pub versions_without_blob: u64,
    /// Files that no row knows of: no fault, the next sweep removes them.
    pub orphans: u64,
    /// Rests of uploads: no fault.
    pub temporary: u64,
}

impl FsckReport {
    /// Whether every row has its whole bytes.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.faults.is_empty() && self.versions_without_blob == 0
    }
}

impl Housekeeper {
    /// A housekeeper over these ports.
    #[must_use]
    pub fn new(
        ledger: Arc<dyn BlobLedger>,
        blobs: Arc<dyn BlobStore>,
        receipts: Arc<dyn Receipts>,
        uploads: Arc<dyn Uploads>,
        exports: Arc<dyn Exports>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { ledger, blobs, receipts, uploads, exports, clock }
    }

    /// One cycle of sweeping. It retires what has been nobody's and is older than so long; a later cycle removes it, when
    /// it has been retired for as long again, so that a copy of the store that is made within that time after a copy of
    /// the database has every file. A commit that comes later still, with bytes that were taken for nobody's meanwhile, is
    /// refused.
    ///
    /// # Errors
    /// Something broke; what was done until then stays done.
    pub async fn gc(&self, older_than: Duration) -> Result<GcReport, Breakage> {
        let now = self.clock.now();
        let before = now - older_than;
        let mut report = GcReport { removed: self.remove_retired(before, now).await?, ..GcReport::default() };
        // Their files are orphans from here on, for this cycle to find.
        report.uploads = self.uploads.expire(now).await?;
        report.exports = self.exports.expire(now, now - UNFINISHED_LIFE, now - Export::ON_RECORD).await?;
        report.retired = self.ledger.retire_unreferenced(before, now).await?;
        let mut files = self.blobs.list().await?.try_chunks(FILES_AT_ONCE);
        while let Some(files) = files.try_next().await.map_err(|TryChunksError(_, breakage)| breakage)? {
            let old = files.into_iter().filter(|file| file.modified_at <= before);
            let (temporary, finished): (Vec<_>, Vec<_>) = old.partition(|file| file.is_temporary);
            for file in temporary {
                self.blobs.delete(&file.key).await?;
                report.temporary += 1;
            }
            let keys: Vec<BlobKey> = finished.into_iter().map(|file| file.key).collect();
            let known = self.ledger.knows(&keys).await?;
            for key in keys.iter().filter(|key| !known.contains(key)) {
                if self.ledger.retire_orphan(key, self.clock.now()).await? {
                    report.orphans += 1;
                }
            }
        }
        self.ledger.forget_removed(now - TOMBSTONE_LIFE).await?;
        report.receipts = self.receipts.sweep(now - <dyn Receipts>::LIFE).await?;
        Ok(report)
    }

    async fn remove_retired(&self, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, Breakage> {
        let mut removed = 0;
        loop {
            let keys = self.ledger.retired(before, BATCH).await?;
            if keys.is_empty() {
                return Ok(removed);
            }
            for key in keys {
                self.blobs.delete(&key).await?;
                self.ledger.note_removed(&key, now).await?;
                removed += 1;
            }
        }
    }

    /// Reads every blob and compares it with what was written, and counts what no row knows of.
    ///
    /// # Errors
    /// Something broke besides what the check is there to find.
    pub async fn fsck(&self) -> Result<FsckReport, Breakage> {
        let mut report = FsckReport { versions_without_blob: self.ledger.versions_without_blob().await?, ..FsckReport::default() };
        let mut after = None;
        loop {
            let blobs = self.ledger.blobs(after, BATCH).await?;
            let Some(last) = blobs.last() else { break };
            after = Some((last.workspace, last.fingerprint.digest));
            for blob in blobs {
                report.blobs += 1;
                report.bytes += blob.fingerprint.size_bytes;
                if let Some(finding) = self.examine(&blob).await? {
                    report.faults.push((blob.key, finding));
                }
            }
        }
        let mut files = self.blobs.list().await?.try_chunks(FILES_AT_ONCE);
        while let Some(files) = files.try_next().await.map_err(|TryChunksError(_, breakage)| breakage)? {
            let (temporary, finished): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.is_temporary);
            let keys: Vec<BlobKey> = finished.into_iter().map(|file| file.key).collect();
            let known = self.ledger.knows(&keys).await?;
            report.temporary += count(temporary.len());
            report.orphans += count(keys.len().saturating_sub(known.len()));
        }
        Ok(report)
    }

    /// What is wrong with a blob.
    async fn examine(&self, blob: &Blob) -> Result<Option<Finding>, Breakage> {
        let expected = blob.fingerprint.size_bytes;
        match self.blobs.size_bytes(&blob.key).await {
            Ok(Some(size_bytes)) if size_bytes == expected => {}
            Ok(Some(_)) => return Ok(Some(Finding::Damaged)),
            Ok(None) => return Ok(Some(Finding::Missing)),
            Err(breakage) => return unreadable(breakage),
        }
        let mut pieces = match self.blobs.read(&blob.key, 0..expected).await {
            Ok(pieces) => pieces,
            Err(breakage) => return unreadable(breakage),
        };
        let mut fingerprinter = Fingerprinter::default();
        loop {
            match pieces.try_next().await {
                Ok(Some(piece)) => fingerprinter.update(&piece),
                Ok(None) => break,
                Err(cut) => return unreadable(Breakage::from_cut(cut)),
            }
        }
        Ok((fingerprinter.finish() != blob.fingerprint).then_some(Finding::Damaged))
    }
}

/// Bytes that cannot be read are missing, unless the store is away: that says nothing about them.
fn unreadable(breakage: Breakage) -> Result<Option<Finding>, Breakage> {
    match breakage {
        Breakage::Unavailable(_) => Err(breakage),
        Breakage::Full(_) | Breakage::Damaged(_) | Breakage::Failed(_) => Ok(Some(Finding::Missing)),
    }
}

fn count(files: usize) -> u64 {
    u64::try_from(files).unwrap_or(u64::MAX)
}
