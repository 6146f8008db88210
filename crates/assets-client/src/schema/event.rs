use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Actor, AssetStatus, AssetType, DisabledReason, EventType, Policy};

/// One committed change: small, and never content.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Event {
    /// Which event: the same wherever and however often it is told.
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// In which workspace.
    pub workspace_id: Uuid,
    /// Its place there: 1 for the first, one more for each next.
    pub sequence: u64,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// To what.
    #[cfg_attr(test, schema(value_type = Object))]
    pub data: EventData,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventData {
    /// An asset.
    Asset(AssetEventData),
    /// Bytes of an asset that were handed out.
    Release(ReleaseEventData),
    /// An export.
    Export(ExportEventData),
    /// An endpoint that is told of events.
    Webhook(WebhookEventData),
    /// The policy of the workspace.
    Policy(Box<PolicyEventData>),
    /// Approvals that are taken back together.
    Recall(RecallEventData),
    /// Something that came later than this crate.
    Other(Value),
}

impl<'de> Deserialize<'de> for EventData {
    /// Each is told by what it names; a release names an asset as well.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let data = Value::deserialize(deserializer)?;
        let read = if data.get("release_id").is_some() {
            serde_json::from_value(data.clone()).map(Self::Release)
        } else if data.get("export_id").is_some() {
            serde_json::from_value(data.clone()).map(Self::Export)
        } else if data.get("webhook_id").is_some() {
            serde_json::from_value(data.clone()).map(Self::Webhook)
        } else if data.get("after").is_some() {
            serde_json::from_value(data.clone()).map(Self::Policy)
        } else if data.get("recall_id").is_some() {
            serde_json::from_value(data.clone()).map(Self::Recall)
        } else {
            serde_json::from_value(data.clone()).map(Self::Asset)
        };
        Ok(read.unwrap_or(Self::Other(data)))
    }
}

/// What became of an asset. A key with only `assets:read:approved` is told which bytes are approved now, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AssetEventData {
    /// Which asset.
    pub asset_id: Uuid,
    /// What kind of thing it is, if that is known.
    pub asset_type: Option<AssetType>,
    /// The campaign that the latest version was made for.
    pub campaign_id: Option<String>,
    /// The brand that the latest version speaks for.
    pub brand_id: Option<String>,
    /// The version concerned.
    pub version: Option<u32>,
    /// Its bytes.
    pub digest: Option<String>,
    /// Where the asset stands since.
    pub status: Option<AssetStatus>,
    /// The version whose approval stands since, if one does.
    pub approved_version: Option<u32>,
    /// Whether what is approved is something else than before.
    pub approval_changed: bool,
    /// Whom the policy of the workspace wants told of what was submitted, by the names of their keys.
    #[serde(default)]
    pub notify: Vec<String>,
    /// Who did it.
    pub by: Option<Actor>,
}

/// Approved bytes that were handed out for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ReleaseEventData {
    /// By which release.
    pub release_id: Uuid,
    /// Of which asset.
    pub asset_id: Uuid,
    /// Which version.
    pub version: u32,
    /// Which bytes.
    pub digest: String,
    /// For which channel.
    pub channel: String,
    /// For which market.
    pub market: Option<String>,
    /// Until when the ticket is good.
    pub expires_at: DateTime<Utc>,
    /// To whom.
    pub by: Actor,
}

/// Approved versions that were pinned to leave as one archive.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ExportEventData {
    /// By which export.
    pub export_id: Uuid,
    /// How many versions are in it.
    pub count: u64,
    /// How many bytes the archive has.
    pub size_bytes: u64,
    /// Until when it can be downloaded.
    pub expires_at: DateTime<Utc>,
    /// Who asked for it.
    pub by: Actor,
}

/// An endpoint that is not told of anything any more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct WebhookEventData {
    /// Which endpoint.
    pub webhook_id: Uuid,
    /// Why.
    pub reason: DisabledReason,
    /// Who made it.
    pub by: Actor,
}

/// What the workspace asks of its decisions, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct PolicyEventData {
    /// What it asked.
    pub before: Policy,
    /// What it asks since.
    pub after: Policy,
    /// Who changed it; on the command line the operator, whose key is called `operator`.
    pub by: Actor,
}

/// Approvals that are taken back together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct RecallEventData {
    /// By which recall.
    pub recall_id: Uuid,
    /// How many.
    pub count: u64,
    /// Who takes them back.
    pub by: Actor,
}

/// A part of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct EventPage {
    /// In the order in which they were committed.
    pub items: Vec<Event>,
    /// What to send as `after` for what comes next, also if `items` is empty. Once it is what was sent, there is nothing more yet.
    pub next_after: u64,
}

/// Which part of the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct EventQuery {
    /// Of these types; of all without.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub event_type: Vec<EventType>,
    /// About this asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_id: Option<Uuid>,
    /// Behind this number; from the very first on without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// How many events; above 200 is taken as 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<usize>))]
    pub limit: Option<u32>,
}

/// What of the feed is followed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct EventStreamQuery {
    /// Of these types; of all without.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub event_type: Vec<EventType>,
    /// About this asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_id: Option<Uuid>,
    /// Behind this number; from now on without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}
