//! Exports: a pinned list of approved versions, delivered as one archive.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Actor, AssetId, AssetType, Channel, Digest, ExportId, Fingerprint, Market, Revision, VersionNumber, View, Withheld, WorkspaceId,
    archive::Entry,
    ports::{Blob, StoredBlob},
};

/// A list of approved versions, pinned as they stood at one moment, and the archive of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: ExportId,
    /// Who asked for it.
    pub by: Actor,
    /// What for.
    pub asked: Asked,
    /// When it was pinned.
    pub created_at: DateTime<Utc>,
    /// Until when it can be downloaded.
    pub expires_at: DateTime<Utc>,
    /// How many versions are in it.
    pub count: u64,
    /// How many bytes the archive has.
    pub size_bytes: u64,
    /// What the archive is known by: the digest of its list of digests and its directory, which say what is in it and where.
    pub digest: Digest,
    /// What was asked for and is not in it.
    pub left_out: LeftOut,
    /// The files that were written for it, in their order; the directory comes last, without a name.
    pub written: Vec<Written>,
    /// Since when some of it is taken back, if it is.
    pub recalled_at: Option<DateTime<Utc>>,
}

/// What an export was asked for, as it goes on record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// How many assets were named, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<u64>,
    /// By which filters, with their names and values as in a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<(String, String)>,
    /// For which channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// For which market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<Market>,
}

/// What was asked for and is not in an export.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// How many assets.
    pub count: u64,
    /// The first of them, with the first reason.
    pub first: Vec<(AssetId, Withheld)>,
}

impl LeftOut {
    /// How many are named: 100.
    pub const NAMED: usize = 100;

    /// Leaves one more out.
    pub fn add(&mut self, asset: AssetId, reason: Withheld) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < Self::NAMED {
            self.first.push((asset, reason));
        }
    }
}

/// Where an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportStatus {
    /// It can be downloaded.
    Ready,
    /// Some of it was taken back.
    Recalled,
    /// Its time is over.
    Expired,
}

/// A version that is in an export, and where it lies in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its place among the others, from 0.
    pub place: u32,
    /// Of which asset.
    pub asset: AssetId,
    /// What kind of thing it is.
    pub asset_type: AssetType,
    /// Which version.
    pub version: VersionNumber,
    /// The decision that approved it, by the revision that it made.
    pub approval: Revision,
    /// What it is called in the archive.
    pub name: String,
    /// Where it begins there.
    pub offset: u64,
    /// Its bytes.
    pub blob: Blob,
}

impl Member {
    /// The file that it is in the archive.
    #[must_use]
    pub fn entry(&self) -> Entry {
        let Fingerprint { size_bytes, crc32, .. } = self.blob.fingerprint;
        Entry { name: self.name.clone(), size_bytes, crc32 }
    }
}

/// A file that was written for an export alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it is called in the archive; nothing for the directory.
    pub name: String,
    /// Where it begins there.
    pub offset: u64,
    /// Its bytes.
    pub stored: StoredBlob,
}

impl Written {
    /// The file that it is in the archive; the directory is none.
    #[must_use]
    pub fn entry(&self) -> Option<Entry> {
        let Fingerprint { size_bytes, crc32, .. } = self.stored.fingerprint;
        (!self.name.is_empty()).then(|| Entry { name: self.name.clone(), size_bytes, crc32 })
    }
}

impl Export {
    /// For how long an export can be downloaded, unless less is asked for: 7 days.
    pub const LIFE: TimeDelta = TimeDelta::days(7);
    /// For how long an export can be downloaded at least: a minute.
    pub const LEAST_LIFE: TimeDelta = TimeDelta::seconds(60);
    /// For how long it stays on record after that who was given what: 90 days.
    pub const ON_RECORD: TimeDelta = TimeDelta::days(90);
    /// The most assets that may be named: 20,000.
    pub const MOST_NAMED: usize = 20_000;
    /// How many exports of a workspace may be there to be downloaded: 1,000.
    pub const MOST_LIVE: u64 = 1000;
    /// The most members: 100,000.
    pub const MOST_MEMBERS: u32 = 100_000;

    /// The export as one reader sees it, whoever made it.
    #[must_use]
    pub fn seen_as(mut self, view: View) -> Self {
        for (_, reason) in &mut self.left_out.first {
            *reason = reason.seen_as(view);
        }
        self
    }

    /// Where it stands at a moment.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>) -> ExportStatus {
        match self.recalled_at {
            Some(_) => ExportStatus::Recalled,
            // A copy of the installation comes without the files of its archives.
            None if now >= self.expires_at || self.written.is_empty() => ExportStatus::Expired,
            None => ExportStatus::Ready,
        }
    }
}
