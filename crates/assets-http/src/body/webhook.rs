use std::collections::BTreeSet;

use assets_domain::{
    AssetType, Delivery, DeliveryKind, Description, EventType, Failing, FiltersPatch, Label, Replay, Standing, Subscription, Webhook,
    WebhookFilters, WebhookPatch, WebhookSettings, WebhookUrl,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::EventTypeName;

use super::{ActorBody, AssetTypeName, LabelText, request::present};

/// An endpoint that is to be told of events.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook, example = json!({
    "url": "https://campaigns.example.com/hooks/assets", "types": ["asset.approved", "asset.revoked"], "filters": {"campaign_id": ["spring"]}
}))]
pub struct WebhookInput {
    /// Where events are sent: an address of https at port 443, of a host that is reached over the public Internet.
    #[schema(value_type = String, min_length = 1, max_length = 2048, format = "uri")]
    pub url: WebhookUrl,
    /// Of which types of events.
    #[schema(value_type = Vec<EventTypeName>, min_items = 1)]
    pub types: BTreeSet<EventType>,
    /// Which of those.
    #[serde(default)]
    pub filters: WebhookFiltersBody,
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub description: Option<Description>,
}

/// Which events of its types an endpoint is told of: those that meet every filter. A filter without values asks for nothing; one about
/// assets is met by events that say what became of an asset, and by no others.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WebhookFilters)]
pub struct WebhookFiltersBody {
    /// About assets of one of these types.
    pub r#type: Vec<AssetTypeName>,
    /// About assets whose latest version was made for one of these campaigns.
    #[schema(value_type = Vec<LabelText>, max_items = 100)]
    pub campaign_id: Vec<Label>,
    /// About assets whose latest version speaks for one of these brands.
    #[schema(value_type = Vec<LabelText>, max_items = 100)]
    pub brand_id: Vec<Label>,
    /// Only those by which what is approved is something else than before: all that a publisher must hear of.
    pub approval_changed: bool,
}

/// A JSON Merge Patch (RFC 7396) of a webhook.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": true, "filters": {"campaign_id": null}}))]
pub struct UpdateWebhook {
    /// Another place to send to. If the webhook fails, it is tried there at once.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 2048, format = "uri")]
    pub url: Option<WebhookUrl>,
    /// Other types of events.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<EventTypeName>, required = false, min_items = 1)]
    pub types: Option<BTreeSet<EventType>>,
    /// Other filters; null removes them all.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<UpdateWebhookFilters>)]
    pub filters: Option<Option<UpdateWebhookFilters>>,
    /// Another description; null removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 8000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub description: Option<Option<Description>>,
    /// Whether anything is delivered. One that is enabled again goes on where it was.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    pub enabled: Option<bool>,
}

/// What is to be changed of the filters of a webhook; null removes a filter.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWebhookFilters {
    /// About assets of one of these types.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<AssetTypeName>>)]
    pub r#type: Option<Option<Vec<AssetTypeName>>>,
    /// About assets whose latest version was made for one of these campaigns.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<LabelText>>, max_items = 100)]
    pub campaign_id: Option<Option<BTreeSet<Label>>>,
    /// About assets whose latest version speaks for one of these brands.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<LabelText>>, max_items = 100)]
    pub brand_id: Option<Option<BTreeSet<Label>>>,
    /// Only those by which what is approved is something else than before.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    pub approval_changed: Option<Option<bool>>,
}

fn asset_types(names: impl IntoIterator<Item = AssetTypeName>) -> BTreeSet<AssetType> {
    names.into_iter().map(Into::into).collect()
}

impl From<WebhookInput> for WebhookSettings {
    fn from(input: WebhookInput) -> Self {
        let WebhookFiltersBody { r#type, campaign_id, brand_id, approval_changed } = input.filters;
        let filters = WebhookFilters {
            asset_types: asset_types(r#type),
            campaigns: campaign_id.into_iter().collect(),
            brands: brand_id.into_iter().collect(),
            approval_changed,
        };
        Self { url: input.url, description: input.description, subscription: Subscription { types: input.types, filters } }
    }
}

impl From<UpdateWebhook> for WebhookPatch {
    fn from(update: UpdateWebhook) -> Self {
        let filters = update.filters.map(|filters| match filters {
            None => FiltersPatch::none(),
            Some(filters) => FiltersPatch {
                asset_types: filters.r#type.map(|names| asset_types(names.unwrap_or_default())),
                campaigns: filters.campaign_id.map(Option::unwrap_or_default),
                brands: filters.brand_id.map(Option::unwrap_or_default),
                approval_changed: filters.approval_changed.map(Option::unwrap_or_default),
            },
        });
        Self { url: update.url, description: update.description, types: update.types, filters, enabled: update.enabled }
    }
}

/// How it goes with a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookStatus {
    /// What was sent last arrived, or nothing was sent yet.
    Active,
    /// What was sent last did not arrive; it is tried again, and what comes behind it waits.
    Failing,
    /// Nothing is sent until it is enabled again; `disabled_reason` says why.
    Disabled,
}

/// Why nothing is sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// Somebody wanted it.
    Request,
    /// The endpoint answered 410 Gone.
    Gone,
    /// The endpoint failed for five days.
    Failing,
}

impl From<assets_domain::DisabledReason> for DisabledReason {
    fn from(reason: assets_domain::DisabledReason) -> Self {
        match reason {
            assets_domain::DisabledReason::Request => Self::Request,
            assets_domain::DisabledReason::Gone => Self::Gone,
            assets_domain::DisabledReason::Failing => Self::Failing,
        }
    }
}

/// An endpoint that is told of events.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookBody {
    /// Which.
    pub id: Uuid,
    /// Where events are sent.
    #[schema(value_type = String)]
    pub url: String,
    /// What it is for.
    #[schema(required)]
    pub description: Option<String>,
    /// Of which types of events.
    #[schema(value_type = Vec<EventTypeName>)]
    pub types: Vec<&'static str>,
    /// Which of those.
    pub filters: WebhookFiltersBody,
    /// How it goes.
    pub status: WebhookStatus,
    /// Since when it fails.
    #[schema(required)]
    pub failing_since: Option<DateTime<Utc>>,
    /// How many attempts have failed since.
    pub failed_attempts: u32,
    /// When it is tried next.
    #[schema(required)]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Since when nothing is sent.
    #[schema(required)]
    pub disabled_at: Option<DateTime<Utc>>,
    /// Why nothing is sent.
    #[schema(required)]
    pub disabled_reason: Option<DisabledReason>,
    /// The sequence up to which every event was delivered, or is none that it is told of.
    pub delivered_up_to: u64,
    /// Until when everything is signed by the secret from before as well.
    #[schema(required)]
    pub former_secret_until: Option<DateTime<Utc>>,
    /// Who made it.
    pub created_by: ActorBody,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<Webhook> for WebhookBody {
    fn from(webhook: Webhook) -> Self {
        let WebhookSettings { url, description, subscription: Subscription { types, filters } } = webhook.settings;
        let WebhookFilters { asset_types, campaigns, brands, approval_changed } = filters;
        let mut body = Self {
            id: webhook.id.as_uuid(),
            url: url.into(),
            description: description.map(Into::into),
            types: types.into_iter().map(EventType::as_str).collect(),
            filters: WebhookFiltersBody {
                r#type: asset_types.into_iter().map(Into::into).collect(),
                campaign_id: campaigns.into_iter().collect(),
                brand_id: brands.into_iter().collect(),
                approval_changed,
            },
            status: WebhookStatus::Active,
            failing_since: None,
            failed_attempts: 0,
            next_attempt_at: None,
            disabled_at: None,
            disabled_reason: None,
            delivered_up_to: webhook.cursor,
            former_secret_until: webhook.former.map(|former| former.until),
            created_by: webhook.created_by.into(),
            created_at: webhook.created_at,
        };
        match webhook.standing {
            Standing::Working => {}
            Standing::Failing(Failing { since, attempts, next_attempt_at }) => {
                body.status = WebhookStatus::Failing;
                (body.failing_since, body.failed_attempts, body.next_attempt_at) = (Some(since), attempts, Some(next_attempt_at));
            }
            Standing::Disabled { since, reason } => {
                body.status = WebhookStatus::Disabled;
                (body.disabled_at, body.disabled_reason) = (Some(since), Some(reason.into()));
            }
        }
        body
    }
}

/// A webhook with a new secret, the only time that is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RevealedWebhook)]
pub struct RevealedWebhookBody {
    /// What deliveries are signed with, for a library of Standard Webhooks. It is shown once; a repetition of the request does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^whsec_[A-Za-z0-9+/]{43}=$")]
    pub secret: Option<String>,
    /// The webhook.
    #[serde(flatten)]
    pub webhook: WebhookBody,
}

/// Every webhook of the workspace, oldest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookList {
    /// At most 20.
    pub items: Vec<WebhookBody>,
}

/// Why something was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryKind)]
pub enum DeliveryKindName {
    /// It was its turn.
    Event,
    /// Somebody asked for it once more.
    Replay,
    /// Somebody wanted to see whether anything arrives.
    Ping,
}

/// Whether something arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It was answered with 2xx.
    Delivered,
    /// It was not.
    Failed,
}

/// One attempt to deliver.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct DeliveryBody {
    /// Which attempt of all.
    pub id: Uuid,
    /// Why it was sent.
    pub kind: DeliveryKindName,
    /// What was sent: `webhook-id`, the same at every attempt.
    #[schema(pattern = "^evt_[0-9a-f-]{36}$")]
    pub event_id: String,
    /// Its place in the feed; null for a ping, which is in no feed.
    #[schema(required, minimum = 1)]
    pub sequence: Option<u64>,
    /// How many attempts there had been, this one included, since the endpoint answered last.
    #[schema(minimum = 1)]
    pub attempt: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// Whether it arrived.
    pub status: DeliveryStatus,
    /// The status of the answer, if there was one. Of the rest of it nothing is kept.
    #[schema(required)]
    pub http_status: Option<u16>,
    /// What was wrong: `http_status`, `redirect`, `gone`, `forbidden_address`, `unresolved`, `connection`, `certificate`, `timeout`,
    /// `secret`. Later versions have more of them.
    #[schema(value_type = Option<String>, required)]
    pub error: Option<&'static str>,
}

impl From<Delivery> for DeliveryBody {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.as_uuid(),
            kind: match delivery.kind {
                DeliveryKind::Event => DeliveryKindName::Event,
                DeliveryKind::Replay => DeliveryKindName::Replay,
                DeliveryKind::Ping => DeliveryKindName::Ping,
            },
            event_id: format!("evt_{}", delivery.event),
            sequence: Some(delivery.sequence).filter(|sequence| *sequence > 0),
            attempt: delivery.attempt,
            at: delivery.at,
            latency_ms: delivery.latency_ms,
            status: if delivery.outcome.is_delivered() { DeliveryStatus::Delivered } else { DeliveryStatus::Failed },
            http_status: delivery.outcome.http_status(),
            error: delivery.outcome.error(),
        }
    }
}

/// What was tried, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookDeliveryPage)]
pub struct DeliveryPage {
    /// The last 30 days.
    pub items: Vec<DeliveryBody>,
    /// What to send as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// What is to be delivered once more: an event by its id, or a range of the feed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"after": 120, "until": 180}))]
pub struct ReplayInput {
    /// An event that was sent to this endpoint in the last 30 days. Then neither `after` nor `until`.
    #[serde(default)]
    #[schema(pattern = "^evt_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    pub event_id: Option<String>,
    /// Every event that the endpoint is told of, behind this number.
    #[serde(default)]
    pub after: Option<u64>,
    /// … and up to this one, at most 10,000 further on. Without it, up to where the endpoint is.
    #[serde(default)]
    pub until: Option<u64>,
}

/// What will be delivered once more.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookReplay)]
pub struct ReplayBody {
    /// Which request.
    pub id: Uuid,
    /// Behind which number.
    pub after: u64,
    /// Up to which number.
    pub until: u64,
}

impl From<Replay> for ReplayBody {
    fn from(replay: Replay) -> Self {
        Self { id: replay.id.as_uuid(), after: replay.after, until: replay.until }
    }
}
