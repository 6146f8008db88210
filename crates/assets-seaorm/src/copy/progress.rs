//! How far a copy has come, and what came of it.

use std::sync::atomic::{AtomicU64, Ordering};

use assets_domain::AssetId;

/// How far a copy has come. Whoever holds it may look at any time.
#[derive(Debug, Default)]
pub struct CopyProgress {
    expected: AtomicU64,
    assets: AtomicU64,
    files: AtomicU64,
    bytes: AtomicU64,
}

impl CopyProgress {
    /// How many assets the source has; 0 before they were counted.
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.expected.load(Ordering::Relaxed)
    }

    /// How many of them were dealt with: copied, found up to date or left out.
    #[must_use]
    pub fn assets(&self) -> u64 {
        self.assets.load(Ordering::Relaxed)
    }

    /// How many files were copied whole, and their bytes.
    #[must_use]
    pub fn carried(&self) -> (u64, u64) {
        (self.files.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    pub(super) fn expect(&self, assets: u64) {
        self.expected.store(assets, Ordering::Relaxed);
    }

    pub(super) fn advance(&self, assets: u64) {
        self.assets.fetch_add(assets, Ordering::Relaxed);
    }

    pub(super) fn carry(&self, size_bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(size_bytes, Ordering::Relaxed);
    }
}

/// What a copy did.
#[derive(Debug, Default)]
pub struct CopyReport {
    /// Assets that were new or older at the destination.
    pub copied: u64,
    /// Assets that the destination had already.
    pub up_to_date: u64,
    /// Assets that were deleted at the source since the last copy, and so at the destination.
    pub deleted: u64,
    /// Files of content copied.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Events appended.
    pub events: u64,
    /// Keys brought in step.
    pub keys: u64,
    /// What could not be copied whole, and is not at the destination.
    pub faults: Vec<CopyFault>,
}

/// An asset that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyFault {
    /// The name of its workspace.
    pub workspace: String,
    /// Which.
    pub asset: AssetId,
    /// Why: which bytes or row of the source are not as they were written.
    pub why: String,
}
