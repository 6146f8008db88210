use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Actor, Approver, Asset, ChangeItemInput, DecisionAction, Problem, RequestedChange, Version};

/// One decision, as it stays on record.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Decision {
    /// What was decided.
    pub action: DecisionAction,
    /// About which version.
    pub version: u32,
    /// About which bytes.
    pub digest: String,
    /// Whether the caller named the bytes, by version or digest.
    pub bytes_named: bool,
    /// Who decided.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// What was said with it.
    pub comment: Option<String>,
    /// The version whose approval was carried on, if it came by rollback.
    pub carried_from: Option<u32>,
    /// From when on an approval is good, if it is limited so.
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when an approval is good, if it is limited so.
    pub valid_until: Option<DateTime<Utc>>,
    /// The channels that an approval is good for, if it is limited so.
    #[serde(default)]
    pub channels: Vec<String>,
    /// The markets that an approval is good for, if it is limited so.
    #[serde(default)]
    pub markets: Vec<String>,
    /// How far an approval got, if more than one person was required or stands behind it. Only where `given` has reached
    /// `required` may the version be published.
    pub tally: Option<Tally>,
    /// Everybody who stands behind an approval, oldest first, if that is not just whoever decided here.
    #[serde(default)]
    pub approvers: Vec<Approver>,
    /// The points of a request for changes.
    #[serde(default)]
    pub items: Vec<RequestedChange>,
    /// The points that are no longer asked for.
    #[serde(default)]
    pub dismissed: Vec<Uuid>,
    /// The title as it was.
    pub title: String,
    /// The description as it was.
    pub description: Option<String>,
    /// The tags as they were.
    pub tags: Vec<String>,
}

/// How many people stand behind an approval, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Tally {
    /// How many people have approved, whoever decided here included.
    pub given: u8,
    /// How many were required.
    pub required: u8,
}

/// What a decision is about and what is said with it. All of it may be left out but a comment where one is required.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct DecisionInput {
    /// The version that was looked at. If it is not the current one: 409 `stale_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The bytes that were looked at. If they are not the current ones: 409 `stale_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What is said with it. Required to revoke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// From when on an approval is good; at once without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when an approval is good (exclusive); for ever without. Not later: it is not handed out, and exports end with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
    /// The channels that an approval is good for; without, for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub channels: Vec<String>,
    /// The markets that an approval is good for; without, for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub markets: Vec<String>,
}

/// Many decisions in one request, each for itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct BulkDecisions {
    /// 1 to 500.
    pub decisions: Vec<BulkDecision>,
}

/// One of many decisions. The bytes are always named.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct BulkDecision {
    /// About which asset.
    pub asset_id: Uuid,
    /// What is decided.
    pub action: DecisionAction,
    /// The version that was looked at.
    pub version: u32,
    /// The bytes that were looked at.
    pub digest: String,
    /// The revision of the asset that was looked at. If it is not the current one: 412 `precondition_failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// What is said with it. Required to request changes and to revoke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// From when on an approval is good; at once without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when an approval is good (exclusive); for ever without. Not later: it is not handed out, and exports end with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
    /// The channels that an approval is good for; without, for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub channels: Vec<String>,
    /// The markets that an approval is good for; without, for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub markets: Vec<String>,
    /// What is wanted, point by point, by a request for changes. At most 100 may be open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub items: Vec<ChangeItemInput>,
    /// To dismiss: the open points that are no longer asked for; without, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_ids: Option<Vec<Uuid>>,
}

/// What became of many decisions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct BulkResults {
    /// In the order of the request.
    pub results: Vec<BulkResult>,
}

/// What became of one of many decisions: the asset as it is then, or the problem.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct BulkResult {
    /// About which asset.
    pub asset_id: Uuid,
    /// The HTTP status that the decision alone would have had.
    pub status: u16,
    /// The asset, if it was decided.
    pub asset: Option<Asset>,
    /// The problem, if it was not.
    pub problem: Option<Problem>,
}

impl DecisionInput {
    /// About exactly these bytes, which is how one should decide: whatever is added meanwhile is refused, and never decided on
    /// unseen.
    #[must_use]
    pub fn about(seen: &Version) -> Self {
        Self { version: Some(seen.number), digest: Some(seen.content.digest.clone()), ..Self::default() }
    }

    /// With something to say.
    #[must_use]
    pub fn saying(self, comment: impl Into<String>) -> Self {
        Self { comment: Some(comment.into()), ..self }
    }
}

impl BulkDecision {
    /// One decision about the latest version of an asset, as it was seen.
    #[must_use]
    pub fn about(seen: &Asset, action: DecisionAction) -> Self {
        let Version { number, content, .. } = &seen.latest_version;
        Self {
            asset_id: seen.id,
            action,
            version: *number,
            digest: content.digest.clone(),
            revision: None,
            comment: None,
            valid_from: None,
            valid_until: None,
            channels: Vec::new(),
            markets: Vec::new(),
            items: Vec::new(),
            item_ids: None,
        }
    }
}
