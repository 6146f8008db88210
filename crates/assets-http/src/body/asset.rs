use assets_domain::{Actor, Approver, AssetView, Content, Facts, Provenance, Round, Source, Version, ViewedHistory};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{AnswerBody, AssetStatus, AssetTypeName, DecisionBody, KeyKindName, MediaTypeName, VersionStatusName};

/// One thing to be published, as the caller may see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Asset)]
pub struct AssetBody {
    /// Which asset: a UUID of version 7.
    pub id: Uuid,
    /// What kind of thing.
    #[serde(rename = "type")]
    pub asset_type: AssetTypeName,
    /// What it is called.
    #[schema(example = "Spring launch: headline")]
    pub title: String,
    /// What it is about.
    #[schema(required)]
    pub description: Option<String>,
    /// Where it stands. What can be published is in `approved_version`.
    pub status: AssetStatus,
    /// What it is filed under, in order.
    #[schema(example = json!(["brand:acme", "channel:linkedin"]))]
    pub tags: Vec<String>,
    /// Where the latest version comes from.
    pub provenance: ProvenanceBody,
    /// The newest version.
    pub latest_version: VersionBody,
    /// The version whose approval stands; null if none does.
    #[schema(required)]
    pub approved_version: Option<VersionBody>,
    /// The review that the latest version is under; null if none is, and for publishers.
    #[schema(required)]
    pub review: Option<ReviewBody>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// How often it has changed: the first part of its ETag.
    #[schema(minimum = 1, example = 1)]
    pub revision: u64,
    /// A link to the latest version's original that works without a key for a while; null if the asset is archived.
    #[schema(required, format = "uri")]
    pub preview_url: Option<String>,
}

impl AssetBody {
    /// The wire shape of an asset, with its link.
    #[must_use]
    pub fn new(asset: AssetView, preview_url: Option<String>) -> Self {
        Self {
            id: asset.id.as_uuid(),
            asset_type: asset.asset_type.into(),
            title: asset.details.title.into(),
            description: asset.details.description.map(Into::into),
            status: asset.status.into(),
            tags: asset.details.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
            provenance: asset.latest.provenance.clone().into(),
            latest_version: asset.latest.into(),
            approved_version: asset.approved.map(Into::into),
            review: asset.review.map(Into::into),
            created_at: asset.created_at,
            updated_at: asset.updated_at,
            revision: asset.revision.get(),
            preview_url,
        }
    }
}

/// A review under way: how many people must approve, and who has.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReviewRound)]
pub struct ReviewBody {
    /// How many people must approve: as when the version was submitted, or when somebody last approved it if that was more. The
    /// policy may ask for more by now.
    #[schema(minimum = 1, maximum = 5)]
    pub required_approvals: u8,
    /// Who has approved so far, oldest first. What was approved by a key that is revoked by now does not count.
    pub approvals: Vec<ApproverBody>,
}

impl From<Round> for ReviewBody {
    fn from(round: Round) -> Self {
        Self {
            required_approvals: round.required.get(),
            approvals: round.consents.iter().map(|consent| consent.approver().into()).collect(),
        }
    }
}

/// Somebody who approved, and when.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Approver)]
pub struct ApproverBody {
    /// Who.
    pub by: ActorBody,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<Approver> for ApproverBody {
    fn from(Approver { by, at }: Approver) -> Self {
        Self { by: by.into(), at }
    }
}

/// One asset with all that the caller may see of what happened to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssetHistory {
    /// As it stands.
    #[serde(flatten)]
    pub asset: AssetBody,
    /// Every version, newest first.
    pub versions: Vec<VersionBody>,
    /// Every decision, oldest first.
    pub decisions: Vec<DecisionBody>,
}

impl AssetHistory {
    /// The wire shape of an asset with its history.
    #[must_use]
    pub fn new(history: ViewedHistory, preview_url: Option<String>) -> Self {
        Self {
            asset: AssetBody::new(history.asset, preview_url),
            versions: history.versions.into_iter().map(Into::into).collect(),
            decisions: history.decisions.into_iter().map(Into::into).collect(),
        }
    }
}

/// One page of assets.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssetPage {
    /// In order.
    pub items: Vec<AssetBody>,
    /// What to send as `cursor` for the next page; null at the end. Good for 24 hours and this list alone.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many there are in all, if `include=total` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub total: Option<u64>,
}

/// One state of the content of an asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Version)]
pub struct VersionBody {
    /// 1, 2, 3 …
    #[schema(minimum = 1, example = 1)]
    pub number: u32,
    /// What has been decided about it.
    pub status: VersionStatusName,
    /// The bytes.
    pub content: ContentBody,
    /// Where it comes from.
    pub provenance: ProvenanceBody,
    /// Why it was added.
    #[schema(required)]
    pub note: Option<String>,
    /// What it answers of the changes that were asked for: in the history and of a version alone, and not for publishers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub answers: Vec<AnswerBody>,
    /// The earlier version whose content it repeats, if it came by rollback.
    #[schema(required, minimum = 1)]
    pub restored_from: Option<u32>,
    /// Who added it.
    pub created_by: ActorBody,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

impl From<Version> for VersionBody {
    fn from(version: Version) -> Self {
        Self {
            number: version.number.get(),
            status: version.status.into(),
            content: version.content.into(),
            provenance: version.provenance.into(),
            note: version.note.map(Into::into),
            answers: version.answers.into_iter().map(Into::into).collect(),
            restored_from: version.restored_from.map(assets_domain::VersionNumber::get),
            created_by: version.created_by.into(),
            created_at: version.created_at,
        }
    }
}

/// What a version holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Content)]
pub struct ContentBody {
    /// Which bytes: `sha256:` and 64 hex digits.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$", example = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    pub digest: String,
    /// How many bytes.
    pub size_bytes: u64,
    /// What they are.
    pub media_type: MediaTypeName,
    /// What they are called when saved.
    #[schema(example = "hero.png")]
    pub filename: String,
    /// What was measured when they came in.
    pub facts: FactsBody,
}

impl From<Content> for ContentBody {
    fn from(content: Content) -> Self {
        Self {
            digest: content.digest.to_string(),
            size_bytes: content.size_bytes,
            media_type: content.media_type.into(),
            filename: content.filename.into(),
            facts: content.facts.into(),
        }
    }
}

/// What was measured of content; null where it does not apply or could not be read.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Facts)]
pub struct FactsBody {
    /// Pixels across.
    #[schema(required)]
    pub width: Option<u32>,
    /// Pixels down.
    #[schema(required)]
    pub height: Option<u32>,
    /// Pages or slides.
    #[schema(required)]
    pub pages: Option<u32>,
    /// Playing time in seconds.
    #[schema(required)]
    pub duration_seconds: Option<f64>,
    /// Words of text.
    #[schema(required)]
    pub words: Option<u64>,
}

impl From<Facts> for FactsBody {
    fn from(facts: Facts) -> Self {
        let Facts { width, height, pages, duration_seconds, words } = facts;
        Self { width, height, pages, duration_seconds, words }
    }
}

/// Who and what made a version.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Provenance)]
pub struct ProvenanceBody {
    /// The agent that made it.
    #[schema(example = "copywriter")]
    pub agent_slug: String,
    /// The run of that agent.
    #[schema(required)]
    pub run_id: Option<String>,
    /// The campaign it was made for.
    #[schema(required)]
    pub campaign_id: Option<String>,
    /// The brand it speaks for.
    #[schema(required)]
    pub brand_id: Option<String>,
    /// The brief it answers.
    #[schema(required)]
    pub brief_id: Option<String>,
    /// The model that generated it.
    #[schema(required)]
    pub model: Option<String>,
    /// A digest of the prompt.
    #[schema(required)]
    pub prompt_digest: Option<String>,
    /// The versions it was made from.
    pub derived_from: Vec<SourceBody>,
}

impl From<Provenance> for ProvenanceBody {
    fn from(provenance: Provenance) -> Self {
        Self {
            agent_slug: provenance.agent_slug.into(),
            run_id: provenance.run_id.map(Into::into),
            campaign_id: provenance.campaign_id.map(Into::into),
            brand_id: provenance.brand_id.map(Into::into),
            brief_id: provenance.brief_id.map(Into::into),
            model: provenance.model.map(Into::into),
            prompt_digest: provenance.prompt_digest.map(Into::into),
            derived_from: provenance.derived_from.into_iter().map(Into::into).collect(),
        }
    }
}

/// A version that another was made from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Source)]
pub struct SourceBody {
    /// Which asset.
    pub asset_id: Uuid,
    /// Which of its versions.
    #[schema(minimum = 1)]
    pub version: u32,
}

impl From<Source> for SourceBody {
    fn from(source: Source) -> Self {
        Self { asset_id: source.asset_id.as_uuid(), version: source.version.get() }
    }
}

/// Who did something.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ActorBody {
    /// Which key.
    #[schema(example = "4fGh7KqZ")]
    pub key_prefix: String,
    /// What the key is called.
    #[schema(example = "ann")]
    pub name: String,
    /// What holds it.
    pub kind: KeyKindName,
}

impl From<Actor> for ActorBody {
    fn from(actor: Actor) -> Self {
        Self { key_prefix: actor.key_prefix.into(), name: actor.name.into(), kind: actor.kind.into() }
    }
}

/// A link to one version that works without a key until it expires.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewUrl {
    /// The link. The same one is given out for a while, so that caches can hold it.
    #[schema(format = "uri")]
    pub url: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// What it leads to.
    pub media_type: MediaTypeName,
    /// The link for pages and mails that must not expire: it shows the same variant of whichever version of the asset stands
    /// approved when it is followed, and a neutral placeholder while none does; never a draft.
    #[schema(format = "uri")]
    pub stable_url: String,
}
