use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{AssetStatus, AssetType, ChangeRequestState, ListInclude, ListSort};

/// Which assets are listed, in which order, and from where on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct AssetFilter {
    /// One of these types; may be repeated.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub asset_type: Vec<AssetType>,
    /// The latest version has one of these statuses, or the asset is archived; may be repeated. What can be published is
    /// another question: `has_approved=true`.
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
    /// The latest version has these bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Has this tag; repeated, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub tag: Vec<String>,
    /// Whether an approval stands: what can be published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_approved: Option<bool>,
    /// Has all these words in title, description, tags or the text of copy and blogs; the last word may be a beginning.
    /// Case and accents are ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Created later than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_after: Option<DateTime<Utc>>,
    /// Created earlier than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<DateTime<Utc>>,
    /// Changed later than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_after: Option<DateTime<Utc>>,
    /// Changed earlier than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_before: Option<DateTime<Utc>>,
    /// The order: `created_at` is newest first; `submitted_at` is oldest first and holds only assets whose latest version
    /// was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<ListSort>,
    /// How many items; above 200 is taken as 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<usize>))]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters and sort.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// `total` adds how many there are in all, which takes longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include: Option<ListInclude>,
}

/// Which page of a list that has no filters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct PageQuery {
    /// How many items; above 200 is taken as 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<usize>))]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Which requests for changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct ChangeRequestQuery {
    /// Those alone of which something is still to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ChangeRequestState>,
    /// How many items; above 200 is taken as 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<usize>))]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What a link is to be made for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct PreviewQuery {
    /// Which version; without it, the newest that the caller sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// How it is shown. `original`: as it came in. `thumbnail`, `small`, `large`: a WebP picture of at most 256, 640 or 1600
    /// pixels a side. `page`: a page to read or look at. `text`: the words of copy, blogs and decks. `slide-1`, `slide-2` …:
    /// a WebP picture of one page of a deck, of at most 1600 pixels a side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// For how many seconds, rounded up to a window so that the link repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
}

impl AssetFilter {
    /// Everything of a campaign.
    #[must_use]
    pub fn of_campaign(campaign_id: impl Into<String>) -> Self {
        Self { campaign_id: Some(campaign_id.into()), ..Self::default() }
    }
}

impl ChangeRequestQuery {
    /// Those of which something is still to be done.
    #[must_use]
    pub fn open() -> Self {
        Self { state: Some(ChangeRequestState::Open), ..Self::default() }
    }
}
