use chrono::{DateTime, Utc};

use crate::{Asset, AssetId, AssetType, Details, LinkEpoch, Revision, Round, Status, Version, View};

/// A version whose approval stands. It can only be had from an asset that has one, and is the only thing that is
/// handed to a publisher or put into an archive.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovedVersion {
    asset: AssetId,
    version: Version,
    details: Details,
}

impl ApprovedVersion {
    /// Of which asset.
    #[must_use]
    pub const fn asset(&self) -> AssetId {
        self.asset
    }

    /// Which version.
    #[must_use]
    pub const fn version(&self) -> &Version {
        &self.version
    }

    /// The version itself.
    #[must_use]
    pub fn into_version(self) -> Version {
        self.version
    }

    /// Title, description and tags as approved.
    #[must_use]
    pub const fn details(&self) -> &Details {
        &self.details
    }
}

/// An asset as one reader may see it: all of it, or its approved version as if it were the only one.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetView {
    /// Which asset.
    pub id: AssetId,
    /// What kind of thing.
    pub asset_type: AssetType,
    /// Title, description and tags.
    pub details: Details,
    /// Where it stands.
    pub status: Status,
    /// The newest version that this reader sees. What it answers stands in the history alone.
    pub latest: Version,
    /// The version whose approval stands.
    pub approved: Option<Version>,
    /// When the asset was created.
    pub created_at: DateTime<Utc>,
    /// When what this reader sees last changed.
    pub updated_at: DateTime<Utc>,
    /// When what this reader sees was put up for a decision: last submitted or, for a publisher, approved.
    pub submitted_at: Option<DateTime<Utc>>,
    /// The review that the newest version is under. Publishers are not told.
    pub review: Option<Round>,
    /// The revision that made what this reader sees.
    pub revision: Revision,
    /// For which epoch links are to be made.
    pub link_epoch: LinkEpoch,
}

impl Asset {
    /// The version that may be published now.
    #[must_use]
    pub fn approved_version(&self) -> Option<ApprovedVersion> {
        self.parts.standing.as_ref().map(|approval| ApprovedVersion {
            asset: self.parts.id,
            version: approval.version.clone().without_answers(),
            details: approval.details.clone(),
        })
    }

    /// The asset with all that is being worked on.
    #[must_use]
    pub fn working(self) -> AssetView {
        AssetView {
            status: self.status(),
            id: self.parts.id,
            asset_type: self.parts.asset_type,
            details: self.parts.details,
            latest: self.parts.latest.without_answers(),
            approved: self.parts.standing.map(|approval| approval.version.without_answers()),
            created_at: self.parts.created_at,
            updated_at: self.parts.updated_at,
            submitted_at: self.parts.submitted_at,
            review: self.parts.round,
            revision: self.parts.revision,
            link_epoch: self.parts.link_epoch,
        }
    }

    /// The asset as a publisher sees it: its approved version as if it were the only one. `None` if no approval stands.
    #[must_use]
    pub fn published(self) -> Option<AssetView> {
        let parts = self.parts;
        parts.standing.map(|approval| AssetView {
            id: parts.id,
            asset_type: parts.asset_type,
            details: approval.details,
            status: Status::Approved,
            latest: approval.version.clone().without_answers(),
            approved: Some(approval.version.without_answers()),
            created_at: parts.created_at,
            updated_at: approval.at,
            submitted_at: Some(approval.at),
            review: None,
            revision: approval.revision,
            link_epoch: parts.link_epoch,
        })
    }

    /// The asset as a reader with this view sees it; `None` if it sees none of it.
    #[must_use]
    pub fn seen_as(self, view: View) -> Option<AssetView> {
        match view {
            View::Working => Some(self.working()),
            View::Published => self.published(),
        }
    }
}
