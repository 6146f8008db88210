//! Lists: what is looked for, in which order, and from where on.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::{Asset, AssetId, AssetType, Digest, KeyPrefix, Label, SearchTerms, Status, Tag, View};

/// The order of a list. Within one moment, the id decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// By creation, newest first.
    #[default]
    CreatedAt,
    /// By submission of the latest version, oldest first. Assets whose latest version was never submitted are not in it.
    /// A publisher sees the moment of the approval instead.
    SubmittedAt,
}

impl Sort {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::SubmittedAt => "submitted_at",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::CreatedAt, Self::SubmittedAt].into_iter().find(|known| known.as_str() == text)
    }
}

/// What an asset must be to be listed. Everything that is set must hold; an empty set asks for nothing.
///
/// In the [`View::Published`] all of it looks at the approved version alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these types.
    pub types: BTreeSet<AssetType>,
    /// One of these statuses.
    pub statuses: BTreeSet<Status>,
    /// Made by this agent.
    pub agent: Option<Label>,
    /// Made in this run.
    pub run_id: Option<Label>,
    /// Made for this campaign.
    pub campaign_id: Option<Label>,
    /// Made for this brand.
    pub brand_id: Option<Label>,
    /// Made for this brief.
    pub brief_id: Option<Label>,
    /// Made with this model.
    pub model: Option<Label>,
    /// With these bytes.
    pub digest: Option<Digest>,
    /// With all of these tags.
    pub tags: BTreeSet<Tag>,
    /// With an approval that stands and rests on the word of one of these keys.
    pub approved_by: BTreeSet<KeyPrefix>,
    /// With, or without, an approval that stands.
    pub has_approved: Option<bool>,
    /// With all of these words.
    pub terms: Option<SearchTerms>,
    /// Created later than this.
    pub created_after: Option<DateTime<Utc>>,
    /// Created earlier than this.
    pub created_before: Option<DateTime<Utc>>,
    /// Changed later than this.
    pub updated_after: Option<DateTime<Utc>>,
    /// Changed earlier than this.
    pub updated_before: Option<DateTime<Utc>>,
}

/// The place of an item in a list: the next page begins behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The moment it is sorted by.
    pub at: DateTime<Utc>,
    /// The asset.
    pub id: AssetId,
}

/// Which page of which list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// As whom.
    pub view: View,
    /// Of what.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// At most so many items, 1 to 200.
    pub limit: u32,
    /// Behind this place; from the start without.
    pub after: Option<Position>,
    /// Whether to count all that match, which costs a look at each.
    pub with_total: bool,
}

impl ListQuery {
    /// How many items a page has when nothing is said.
    pub const DEFAULT_LIMIT: u32 = 50;
    /// The most items of a page.
    pub const MAX_LIMIT: u32 = 200;
}

/// One page of assets.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPage {
    /// In order, each as it stood when its row was read.
    pub items: Vec<Asset>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Position>,
    /// How many there are in all, if that was asked for.
    pub total: Option<u64>,
}

/// One page as one reader sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewPage {
    /// In order.
    pub items: Vec<crate::AssetView>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Position>,
    /// How many there are in all, if that was asked for.
    pub total: Option<u64>,
}
