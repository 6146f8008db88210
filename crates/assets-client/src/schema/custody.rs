use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Actor, AssetType, ExportFilter, HandoverKind, LeftOverReason, RecallStatus};

/// Which approvals are to be taken back: all that match every filter, of which there must be one. The filters look at the approved
/// version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct RecallInput {
    /// Whose approval stands: a person's key by its prefix, or all keys of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// One of these types.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub asset_type: Vec<AssetType>,
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
    /// Why. It is said with each decision.
    pub comment: String,
    /// Only says what it would be about; nothing is changed.
    #[cfg_attr(test, schema(required = false))]
    pub dry_run: bool,
    /// How many approvals there were when somebody looked. If there are more or fewer now: `count_mismatch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_count: Option<u64>,
}

/// Approvals that were taken back together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Recall {
    /// Which; nothing if it was only asked about.
    pub id: Option<Uuid>,
    /// Where it stands.
    pub status: RecallStatus,
    /// By which filters: pairs of a name and a value.
    pub filters: Vec<ExportFilter>,
    /// Why.
    pub comment: String,
    /// How many approvals match.
    pub count: u64,
    /// The first 100 of them.
    pub assets: Vec<RecalledAsset>,
    /// Who was handed some of that before.
    pub consumers: Consumers,
    /// How many approvals are revoked by now.
    pub revoked: u64,
    /// Those that could not be.
    pub left_over: LeftOver,
    /// Who takes them back.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it is done.
    pub finished_at: Option<DateTime<Utc>>,
}

/// An asset whose approval is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct RecalledAsset {
    /// Which.
    pub asset_id: Uuid,
    /// The version that was approved.
    pub version: u32,
    /// Its bytes.
    pub digest: String,
}

/// Who was handed what is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Consumers {
    /// How many exports have some of it.
    pub exports: u64,
    /// How often some of it was handed out with a ticket.
    pub releases: u64,
    /// The first 100 of both.
    pub items: Vec<Consumer>,
}

/// Somebody who was handed something that is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Consumer {
    /// Which release or export.
    pub id: Uuid,
    /// In which way.
    pub kind: HandoverKind,
    /// Who.
    pub by: Actor,
    /// For which channel, if one was named.
    pub channel: Option<String>,
    /// For which market, if one was named.
    pub market: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when the ticket or the archive is good.
    pub expires_at: DateTime<Utc>,
}

/// Approvals that a recall could not revoke.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct LeftOver {
    /// How many.
    pub count: u64,
    /// The first 100 of them.
    pub items: Vec<LeftOverItem>,
}

/// An approval that a recall could not revoke.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct LeftOverItem {
    /// Of which asset.
    pub asset_id: Uuid,
    /// Why.
    pub reason: LeftOverReason,
}

/// How much a workspace has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Usage {
    /// Assets, archived ones included.
    pub assets: u64,
    /// Bytes of content, each counted once, however many versions have them.
    pub bytes: u64,
    /// Bytes of uploads that became no content yet.
    pub uploading_bytes: u64,
    /// How much it may have.
    pub quota: Quota,
}

/// How much a workspace may have; nothing where there is no end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Quota {
    /// Assets.
    pub assets: Option<u64>,
    /// Bytes of content.
    pub bytes: Option<u64>,
}
