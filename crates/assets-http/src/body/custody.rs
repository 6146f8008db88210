use assets_domain::{Comment, Consumer, Quota, Recall, Spared, Target, Usage, Way};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ActorBody, AssetTypeName, FilterBody, HandoverKind, TagText, handoff::stated};

/// Which approvals are to be taken back: all that match every filter, of which there must be one. The filters look at the approved
/// version.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"model": "large-7", "campaign_id": "spring", "comment": "the model was trained on what we may not use", "dry_run": true}))]
pub struct RecallInput {
    /// Whose approval stands: a person's key by its prefix, or all keys of that name. With a carried approval, whoever carried it and
    /// whoever gave the one that was carried.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub approved_by: Option<String>,
    /// One of these types.
    #[serde(default)]
    #[schema(value_type = Vec<AssetTypeName>)]
    pub r#type: Vec<String>,
    /// Made by this agent (`agent_slug`).
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub agent: Option<String>,
    /// Made in this run.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub run_id: Option<String>,
    /// Made for this campaign.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub campaign_id: Option<String>,
    /// Made for this brand.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub brand_id: Option<String>,
    /// Made for this brief.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub brief_id: Option<String>,
    /// Made with this model.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub model: Option<String>,
    /// With these bytes.
    #[serde(default)]
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: Option<String>,
    /// With all of these tags.
    #[serde(default)]
    #[schema(value_type = Vec<TagText>)]
    pub tag: Vec<String>,
    /// Why. It is said with each decision.
    #[schema(value_type = String, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub comment: Comment,
    /// Only says what it would be about; nothing is changed, and the answer is 200.
    #[serde(default)]
    pub dry_run: bool,
    /// How many approvals there were when somebody looked. If there are more or fewer now: 409 `count_mismatch`.
    #[serde(default)]
    pub expected_count: Option<u64>,
}

impl RecallInput {
    /// The filters by name and value, without those that lists do not have.
    #[must_use]
    pub fn filters(&self) -> Vec<(String, String)> {
        let once = [
            ("agent", &self.agent),
            ("run_id", &self.run_id),
            ("campaign_id", &self.campaign_id),
            ("brand_id", &self.brand_id),
            ("brief_id", &self.brief_id),
            ("model", &self.model),
            ("digest", &self.digest),
        ];
        stated(&[("type", &self.r#type), ("tag", &self.tag)], &once)
    }
}

/// Where a recall stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecallStatus)]
pub enum RecallStatusName {
    /// It was only asked about.
    Proposed,
    /// Some of its approvals are still to be revoked. It goes on by itself, whatever becomes of who made it.
    Running,
    /// It is done.
    Done,
}

/// Approvals that were taken back together.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Recall)]
pub struct RecallBody {
    /// Which; null if it was only asked about.
    #[schema(required)]
    pub id: Option<Uuid>,
    /// Where it stands.
    pub status: RecallStatusName,
    /// By which filters: pairs of a name and a value.
    pub filters: Vec<FilterBody>,
    /// Why.
    pub comment: String,
    /// How many approvals match.
    pub count: u64,
    /// The first 100 of them.
    pub assets: Vec<RecalledAsset>,
    /// Who was handed some of that before.
    pub consumers: ConsumersBody,
    /// How many approvals are revoked by now.
    pub revoked: u64,
    /// Those that could not be.
    pub left_over: LeftOverBody,
    /// Who takes them back.
    pub created_by: ActorBody,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it is done.
    #[schema(required)]
    pub finished_at: Option<DateTime<Utc>>,
}

/// An asset whose approval is taken back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecalledAsset {
    /// Which.
    pub asset_id: Uuid,
    /// The version that was approved.
    #[schema(minimum = 1)]
    pub version: u32,
    /// Its bytes.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: String,
}

/// Who was handed what is taken back.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Consumers)]
pub struct ConsumersBody {
    /// How many exports have some of it.
    pub exports: u64,
    /// How often some of it was handed out with a ticket.
    pub releases: u64,
    /// The first 100 of both.
    pub items: Vec<ConsumerBody>,
}

/// Somebody who was handed something that is taken back.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Consumer)]
pub struct ConsumerBody {
    /// Which release or export.
    pub id: Uuid,
    /// In which way.
    pub kind: HandoverKind,
    /// Who.
    pub by: ActorBody,
    /// For which channel, if one was named.
    #[schema(required)]
    pub channel: Option<String>,
    /// For which market, if one was named.
    #[schema(required)]
    pub market: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when the ticket or the archive is good.
    pub expires_at: DateTime<Utc>,
}

/// Approvals that a recall could not revoke.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LeftOver)]
pub struct LeftOverBody {
    /// How many.
    pub count: u64,
    /// The first 100 of them.
    pub items: Vec<LeftOverItem>,
}

/// An approval that a recall could not revoke.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeftOverItem {
    /// Of which asset.
    pub asset_id: Uuid,
    /// Why.
    pub reason: SparedName,
}

/// Why a recall has not revoked an approval.
/// Later versions have more of them: an unknown one is a reason all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LeftOverReason)]
pub enum SparedName {
    /// It stands no more: somebody else ended it meanwhile.
    AlreadyEnded,
    /// Another approval stands, which was given after the recall was made.
    ApprovedAnew,
}

impl From<Spared> for SparedName {
    fn from(spared: Spared) -> Self {
        match spared {
            Spared::AlreadyEnded => Self::AlreadyEnded,
            Spared::ApprovedAnew => Self::ApprovedAnew,
        }
    }
}

impl From<Target> for RecalledAsset {
    fn from(target: Target) -> Self {
        Self { asset_id: target.asset.as_uuid(), version: target.version.get(), digest: target.digest.to_string() }
    }
}

impl From<Consumer> for ConsumerBody {
    fn from(consumer: Consumer) -> Self {
        let kind = match consumer.way {
            Way::Ticket { .. } => HandoverKind::Ticket,
            Way::Export { .. } => HandoverKind::Export,
        };
        Self {
            id: consumer.way.id(),
            kind,
            by: consumer.by.into(),
            channel: consumer.channel.map(Into::into),
            market: consumer.market.map(Into::into),
            at: consumer.at,
            expires_at: consumer.expires_at,
        }
    }
}

impl RecallBody {
    /// A recall that was made, as it stands.
    #[must_use]
    pub fn made(recall: Recall) -> Self {
        let status = if recall.progress.finished_at.is_some() { RecallStatusName::Done } else { RecallStatusName::Running };
        Self { id: Some(recall.id.as_uuid()), status, ..Self::proposed(recall) }
    }

    /// What a recall would be about.
    #[must_use]
    pub fn proposed(recall: Recall) -> Self {
        let Recall { by, filters, comment, at, concern, progress, .. } = recall;
        let left = |(asset, reason): (assets_domain::AssetId, Spared)| LeftOverItem { asset_id: asset.as_uuid(), reason: reason.into() };
        Self {
            id: None,
            status: RecallStatusName::Proposed,
            filters: filters.into_iter().map(|(name, value)| FilterBody { name, value }).collect(),
            comment: comment.into(),
            count: concern.count,
            assets: concern.first.into_iter().map(Into::into).collect(),
            consumers: ConsumersBody {
                exports: concern.exports,
                releases: concern.releases,
                items: concern.consumers.into_iter().map(Into::into).collect(),
            },
            revoked: progress.revoked,
            left_over: LeftOverBody { count: progress.left_over, items: progress.first_left.into_iter().map(left).collect() },
            created_by: by.into(),
            created_at: at,
            finished_at: progress.finished_at,
        }
    }
}

/// One page of recalls.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecallPage {
    /// Newest first.
    pub items: Vec<RecallBody>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// How much a workspace has.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Usage)]
pub struct UsageBody {
    /// Assets, archived ones included.
    pub assets: u64,
    /// Bytes of content, each counted once, however many versions have them.
    pub bytes: u64,
    /// Bytes of uploads that became no content yet.
    pub uploading_bytes: u64,
    /// How much it may have.
    pub quota: QuotaBody,
}

/// How much a workspace may have; null where there is no end.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Quota)]
pub struct QuotaBody {
    /// Assets.
    #[schema(required)]
    pub assets: Option<u64>,
    /// Bytes of content.
    #[schema(required)]
    pub bytes: Option<u64>,
}

impl From<Usage> for UsageBody {
    fn from(usage: Usage) -> Self {
        let Usage { bytes, uploading_bytes, assets, quota: Quota { bytes: most_bytes, assets: most_assets } } = usage;
        Self { assets, bytes, uploading_bytes, quota: QuotaBody { assets: most_assets, bytes: most_bytes } }
    }
}
