use std::collections::BTreeSet;

use assets_domain::{
    Channel, Comment, Decision, DecisionRequest, Digest, ItemId, Market, NamedBytes, Revision, StatedTerms, Tally, Terms, Transition,
    VersionNumber,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;

use super::{ActorBody, ApproverBody, AssetBody, ChangeItemInput, ChannelText, DecisionAction, MarketText, RequestedChangeBody};

/// One decision, as it stays on record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionBody {
    /// What was decided.
    pub action: DecisionAction,
    /// About which version.
    #[schema(minimum = 1)]
    pub version: u32,
    /// About which bytes.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: String,
    /// Whether the caller named the bytes, by version or digest.
    pub bytes_named: bool,
    /// Who decided.
    pub by: ActorBody,
    /// When.
    pub at: DateTime<Utc>,
    /// What was said with it.
    #[schema(required)]
    pub comment: Option<String>,
    /// The version whose approval was carried on, if it came by rollback.
    #[schema(required, minimum = 1)]
    pub carried_from: Option<u32>,
    /// From when on an approval is good, if it is limited so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when an approval is good, if it is limited so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_until: Option<DateTime<Utc>>,
    /// The channels that an approval is good for, if it is limited so.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    pub channels: BTreeSet<Channel>,
    /// The markets that an approval is good for, if it is limited so.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    pub markets: BTreeSet<Market>,
    /// How far an approval got, if more than one person was required or stands behind it. Only where `given` has reached
    /// `required` may the version be published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tally: Option<TallyBody>,
    /// Everybody who stands behind an approval, oldest first, if that is not just whoever decided here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub approvers: Vec<ApproverBody>,
    /// The points of a request for changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub items: Vec<RequestedChangeBody>,
    /// The points that are no longer asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub dismissed: Vec<Uuid>,
    /// The title as it was.
    pub title: String,
    /// The description as it was.
    #[schema(required)]
    pub description: Option<String>,
    /// The tags as they were.
    pub tags: Vec<String>,
}

/// How many people stand behind an approval, of how many.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Tally)]
pub struct TallyBody {
    /// How many people have approved, whoever decided here included.
    #[schema(minimum = 1)]
    pub given: u8,
    /// How many were required.
    #[schema(minimum = 1, maximum = 5)]
    pub required: u8,
}

impl From<Tally> for TallyBody {
    fn from(tally: Tally) -> Self {
        Self { given: tally.given, required: tally.required.get() }
    }
}

impl From<Decision> for DecisionBody {
    fn from(decision: Decision) -> Self {
        Self {
            action: decision.action.into(),
            version: decision.version.get(),
            digest: decision.digest.to_string(),
            bytes_named: decision.bytes_named,
            by: decision.by.into(),
            at: decision.at,
            comment: decision.comment.map(Into::into),
            carried_from: decision.carried_from.map(VersionNumber::get),
            valid_from: decision.terms.valid_from(),
            valid_until: decision.terms.valid_until(),
            channels: decision.terms.channels().clone(),
            markets: decision.terms.markets().clone(),
            tally: decision.tally.map(Into::into),
            approvers: decision.approvers.into_iter().map(Into::into).collect(),
            items: decision.items.into_iter().map(Into::into).collect(),
            dismissed: decision.dismissed.into_iter().map(ItemId::as_uuid).collect(),
            title: decision.details.title.into(),
            description: decision.details.description.map(Into::into),
            tags: decision.details.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
        }
    }
}

/// What a decision is about and what is said with it. All of it may be left out but a comment where one is required.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"version": 2, "digest": "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "comment": "the tone is right"}))]
pub struct DecisionInput {
    /// The version that was looked at. If it is not the current one: 409 `stale_version`.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub version: Option<VersionNumber>,
    /// The bytes that were looked at. If they are not the current ones: 409 `stale_version`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: Option<Digest>,
    /// What is said with it. Required to revoke.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub comment: Option<Comment>,
    /// From when on an approval is good; at once without.
    #[serde(default)]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when an approval is good (exclusive); for ever without. Not later: it is not handed out, and exports end with it.
    #[serde(default)]
    pub valid_until: Option<DateTime<Utc>>,
    /// The channels that an approval is good for; without, for all.
    #[serde(default)]
    #[schema(value_type = Vec<ChannelText>, max_items = 64)]
    pub channels: BTreeSet<Channel>,
    /// The markets that an approval is good for; without, for all.
    #[serde(default)]
    #[schema(value_type = Vec<MarketText>, max_items = 64)]
    pub markets: BTreeSet<Market>,
}

/// What a request for changes is about, and what is wanted.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"version": 2, "comment": "almost there", "items": [
    {"text": "the date is wrong", "anchor": {"kind": "text", "start": 12, "end": 22}},
    {"text": "a shorter title would help", "severity": "suggestion"},
]}))]
pub struct RequestChangesInput {
    /// The version that was looked at. If it is not the current one: 409 `stale_version`.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub version: Option<VersionNumber>,
    /// The bytes that were looked at. If they are not the current ones: 409 `stale_version`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: Option<Digest>,
    /// What is wanted, in all.
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub comment: Option<Comment>,
    /// What is wanted, point by point. At most 100 points of an asset may be open.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub items: Vec<ChangeItemInput>,
}

/// Which points of requests for changes are no longer asked for.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissInput {
    /// The version that was looked at. If it is not the current one: 409 `stale_version`.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub version: Option<VersionNumber>,
    /// The bytes that were looked at. If they are not the current ones: 409 `stale_version`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: Option<Digest>,
    /// Why.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub comment: Option<Comment>,
    /// Which points; without, all that are open.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 100)]
    pub item_ids: Option<Vec<Uuid>>,
}

/// A decision as somebody sends it.
pub trait Stated {
    /// What an approval is to be good for.
    fn terms(&self) -> StatedTerms {
        StatedTerms::default()
    }

    /// The decision; its points get their ids.
    fn into_request(self, action: Transition, terms: Terms, new_id: impl Fn() -> Uuid) -> DecisionRequest;
}

macro_rules! stated_terms {
    () => {
        fn terms(&self) -> StatedTerms {
            let Self { valid_from, valid_until, channels, markets, .. } = self.clone();
            StatedTerms { valid_from, valid_until, channels, markets }
        }
    };
}

impl Stated for DecisionInput {
    stated_terms!();

    fn into_request(self, action: Transition, terms: Terms, _: impl Fn() -> Uuid) -> DecisionRequest {
        let named = NamedBytes { version: self.version, digest: self.digest };
        DecisionRequest { terms, ..DecisionRequest::of(action, named, self.comment) }
    }
}

impl Stated for RequestChangesInput {
    fn into_request(self, action: Transition, terms: Terms, new_id: impl Fn() -> Uuid) -> DecisionRequest {
        let named = NamedBytes { version: self.version, digest: self.digest };
        let items = self.items.into_iter().map(|item| item.into_item(new_id())).collect();
        DecisionRequest { terms, items, ..DecisionRequest::of(action, named, self.comment) }
    }
}

impl Stated for DismissInput {
    fn into_request(self, action: Transition, terms: Terms, _: impl Fn() -> Uuid) -> DecisionRequest {
        let named = NamedBytes { version: self.version, digest: self.digest };
        let dismissed = self.item_ids.map(|ids| ids.into_iter().map(ItemId::new).collect());
        DecisionRequest { terms, dismissed, ..DecisionRequest::of(action, named, self.comment) }
    }
}

impl Stated for BulkDecision {
    stated_terms!();

    fn into_request(self, action: Transition, terms: Terms, new_id: impl Fn() -> Uuid) -> DecisionRequest {
        let named = NamedBytes { version: Some(self.version), digest: Some(self.digest) };
        let items = self.items.into_iter().map(|item| item.into_item(new_id())).collect();
        let dismissed = self.item_ids.map(|ids| ids.into_iter().map(ItemId::new).collect());
        DecisionRequest { terms, items, dismissed, ..DecisionRequest::of(action, named, self.comment) }
    }
}

/// Many decisions in one request, each for itself.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkDecisions {
    /// 1 to 500.
    #[schema(min_items = 1, max_items = 500)]
    pub decisions: Vec<BulkDecision>,
}

/// One of many decisions. The bytes are always named.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkDecision {
    /// About which asset.
    pub asset_id: Uuid,
    /// What is decided.
    pub action: DecisionAction,
    /// The version that was looked at.
    #[schema(value_type = u32, minimum = 1)]
    pub version: VersionNumber,
    /// The bytes that were looked at.
    #[schema(value_type = String, pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: Digest,
    /// The revision of the asset that was looked at. If it is not the current one: 412 `precondition_failed`.
    #[serde(default)]
    #[schema(value_type = Option<u64>, minimum = 1)]
    pub revision: Option<Revision>,
    /// What is said with it. Required to request changes and to revoke.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub comment: Option<Comment>,
    /// From when on an approval is good; at once without.
    #[serde(default)]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when an approval is good (exclusive); for ever without. Not later: it is not handed out, and exports end with it.
    #[serde(default)]
    pub valid_until: Option<DateTime<Utc>>,
    /// The channels that an approval is good for; without, for all.
    #[serde(default)]
    #[schema(value_type = Vec<ChannelText>, max_items = 64)]
    pub channels: BTreeSet<Channel>,
    /// The markets that an approval is good for; without, for all.
    #[serde(default)]
    #[schema(value_type = Vec<MarketText>, max_items = 64)]
    pub markets: BTreeSet<Market>,
    /// What is wanted, point by point, by a request for changes. At most 100 may be open.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub items: Vec<ChangeItemInput>,
    /// To dismiss: the open points that are no longer asked for; without, all of them.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 100)]
    pub item_ids: Option<Vec<Uuid>>,
}

/// What became of many decisions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkResults {
    /// In the order of the request.
    pub results: Vec<BulkResult>,
}

/// What became of one of many decisions: the asset as it is then, or the problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkResult {
    /// About which asset.
    pub asset_id: Uuid,
    /// The HTTP status that the decision alone would have had.
    #[schema(example = 200)]
    pub status: u16,
    /// The asset, if it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub asset: Option<AssetBody>,
    /// The problem, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub problem: Option<Problem>,
}
