use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{Answer, AssetStatus, AssetType, Decision, KeyKind, MediaType, VersionStatus};

/// One thing to be published, as the caller may see it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Asset {
    /// Which asset: a UUID of version 7.
    pub id: Uuid,
    /// What kind of thing.
    #[serde(rename = "type")]
    pub asset_type: AssetType,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub description: Option<String>,
    /// Where it stands. What can be published is in `approved_version`.
    pub status: AssetStatus,
    /// What it is filed under, in order.
    pub tags: Vec<String>,
    /// Where the latest version comes from.
    pub provenance: Provenance,
    /// The newest version.
    pub latest_version: Version,
    /// The version whose approval stands; null if none does.
    pub approved_version: Option<Version>,
    /// The review that the latest version is under; null if none is, and for publishers.
    pub review: Option<ReviewRound>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// How often it has changed: the first part of its ETag.
    pub revision: u64,
    /// A link to the latest version's original that works without a key for a while; null if the asset is archived.
    pub preview_url: Option<String>,
}

/// A review under way: how many people must approve, and who has.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ReviewRound {
    /// How many people must approve: as when the version was submitted, or when somebody last approved it if that was more. The
    /// policy may ask for more by now.
    pub required_approvals: u8,
    /// Who has approved so far, oldest first. What was approved by a key that is revoked by now does not count.
    pub approvals: Vec<Approver>,
}

/// Somebody who approved, and when.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Approver {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

/// One asset with all that the caller may see of what happened to it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AssetHistory {
    /// As it stands.
    #[serde(flatten)]
    pub asset: Asset,
    /// Every version, newest first.
    pub versions: Vec<Version>,
    /// Every decision, oldest first.
    pub decisions: Vec<Decision>,
}

/// One state of the content of an asset.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Version {
    /// 1, 2, 3 …
    pub number: u32,
    /// What has been decided about it.
    pub status: VersionStatus,
    /// The bytes.
    pub content: Content,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Why it was added.
    pub note: Option<String>,
    /// What it answers of the changes that were asked for: in the history and of a version alone, and not for publishers.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// The earlier version whose content it repeats, if it came by rollback.
    pub restored_from: Option<u32>,
    /// Who added it.
    pub created_by: Actor,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// What a version holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Content {
    /// Which bytes: `sha256:` and 64 hex digits.
    pub digest: String,
    /// How many bytes.
    pub size_bytes: u64,
    /// What they are.
    pub media_type: MediaType,
    /// What they are called when saved.
    pub filename: String,
    /// What was measured when they came in.
    pub facts: Facts,
}

/// What was measured of content; null where it does not apply or could not be read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Facts {
    /// Pixels across.
    pub width: Option<u32>,
    /// Pixels down.
    pub height: Option<u32>,
    /// Pages or slides.
    pub pages: Option<u32>,
    /// Playing time in seconds.
    pub duration_seconds: Option<f64>,
    /// Words of text.
    pub words: Option<u64>,
}

/// Who and what made a version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Provenance {
    /// The agent that made it.
    pub agent_slug: String,
    /// The run of that agent.
    pub run_id: Option<String>,
    /// The campaign it was made for.
    pub campaign_id: Option<String>,
    /// The brand it speaks for.
    pub brand_id: Option<String>,
    /// The brief it answers.
    pub brief_id: Option<String>,
    /// The model that generated it.
    pub model: Option<String>,
    /// A digest of the prompt.
    pub prompt_digest: Option<String>,
    /// The versions it was made from.
    pub derived_from: Vec<Source>,
}

/// A version that another was made from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Source {
    /// Which asset.
    pub asset_id: Uuid,
    /// Which of its versions.
    pub version: u32,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Actor {
    /// Which key.
    pub key_prefix: String,
    /// What the key is called.
    pub name: String,
    /// What holds it.
    pub kind: KeyKind,
}

/// A link to one version that works without a key until it expires.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct PreviewUrl {
    /// The link. The same one is given out for a while, so that caches can hold it.
    pub url: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// What it leads to.
    pub media_type: MediaType,
    /// The link for pages and mails that must not expire: it shows the same variant of whichever version of the asset stands
    /// approved when it is followed, and a neutral placeholder while none does; never a draft.
    pub stable_url: String,
}
