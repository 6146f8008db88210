use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Actor, AssetStatus, AssetType, ExportStatus, Reason};

/// Which assets are to leave as one archive: `asset_ids`, or filters by the names that the list has. The filters look at the
/// approved version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct ExportInput {
    /// These assets; no filter beside them. An asset is in an export once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_ids: Option<Vec<Uuid>>,
    /// One of these types.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub asset_type: Vec<AssetType>,
    /// `approved`; what has another status is not exported.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub status: Vec<AssetStatus>,
    /// Made by this agent (`agent_slug`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Made in this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Made for this campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<String>,
    /// Made for this brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand_id: Option<String>,
    /// Made for this brief.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brief_id: Option<String>,
    /// Made with this model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// With these bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// With all of these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub tag: Vec<String>,
    /// `true`; what has no approval is not exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_approved: Option<bool>,
    /// With all of these words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Created later than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_after: Option<DateTime<Utc>>,
    /// Created earlier than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<DateTime<Utc>>,
    /// Changed later than this: for approved versions, approved later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_after: Option<DateTime<Utc>>,
    /// Changed earlier than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_before: Option<DateTime<Utc>>,
    /// The channel that the archive is for. What is approved for some channels alone is left out unless this is one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The market that the archive is for; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// For how many seconds it can be downloaded: 60 to 604800, which is 7 days and the default. It ends earlier where an
    /// approval in it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
}

/// A pinned list of approved versions, and the archive of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Export {
    /// Which.
    pub id: Uuid,
    /// Where it stands.
    pub status: ExportStatus,
    /// How many versions are in it.
    pub count: u64,
    /// How many bytes the archive has, exactly.
    pub size_bytes: u64,
    /// The ETag of the archive, without its quotation marks.
    pub digest: String,
    /// Where the archive is, for a key of the workspace.
    pub archive_url: String,
    /// What it was asked for.
    pub selection: ExportSelection,
    /// What was asked for and is not in it.
    pub left_out: LeftOut,
    /// Who asked for it.
    pub created_by: Actor,
    /// When it was pinned.
    pub created_at: DateTime<Utc>,
    /// Until when it can be downloaded.
    pub expires_at: DateTime<Utc>,
    /// Since when some of it is taken back.
    pub recalled_at: Option<DateTime<Utc>>,
}

/// What an export was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ExportSelection {
    /// How many assets were named; null if filters were.
    pub assets: Option<u64>,
    /// By which filters: pairs of a name and a value.
    pub filters: Vec<ExportFilter>,
    /// For which channel.
    pub channel: Option<String>,
    /// For which market.
    pub market: Option<String>,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ExportFilter {
    /// Its name in a list.
    pub name: String,
    /// What it looks for.
    pub value: String,
}

/// What was asked for and is not in an export.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct LeftOut {
    /// How many assets.
    pub count: u64,
    /// The first 100 of them.
    pub items: Vec<LeftOutItem>,
}

/// An asset that is not in an export.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct LeftOutItem {
    /// Which.
    pub asset_id: Uuid,
    /// The first reason why.
    pub reason: Reason,
}

impl ExportInput {
    /// Everything of a campaign that is approved.
    #[must_use]
    pub fn of_campaign(campaign_id: impl Into<String>) -> Self {
        Self { campaign_id: Some(campaign_id.into()), ..Self::default() }
    }
}
