use assets_domain::{
    AssetChange, Ended, EventType, EventView, Exported, Handed, Heard, PolicyChanged, PolicyRevision, Recalling, Subject, ports::KeptPolicy,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Discriminator, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema,
        schema::{KnownFormat, SchemaFormat, Type},
    },
};
use uuid::Uuid;

use super::{ActorBody, AssetStatus, AssetTypeName, DisabledReason, PolicyBody};

/// One committed change, as it is told: small, and never content.
#[derive(Debug, Clone, Serialize)]
pub struct EventBody {
    /// Which event: the same wherever and however often it is told.
    pub id: String,
    /// What happened.
    pub r#type: &'static str,
    /// In which workspace.
    pub workspace_id: Uuid,
    /// Its place there: 1 for the first, one more for each next.
    pub sequence: u64,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// To what.
    pub data: EventData,
}

/// What an event is about.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum EventData {
    /// An asset.
    Asset(AssetEventData),
    /// Bytes of an asset that were handed out.
    Release(ReleaseEventData),
    /// An export.
    Export(ExportEventData),
    /// An endpoint.
    Webhook(WebhookEventData),
    /// The policy of the workspace.
    Policy(Box<PolicyEventData>),
    /// A recall.
    Recall(RecallEventData),
}

/// What became of an asset. A key with only `assets:read:approved` is told which bytes are approved now, and nothing else: then
/// `version` is `approved_version`, `digest` is of its bytes, and the others that may be null are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssetEventData {
    /// Which asset.
    pub asset_id: Uuid,
    /// What kind of thing it is. Null in events that earlier releases kept.
    #[schema(required)]
    pub asset_type: Option<AssetTypeName>,
    /// The campaign that the latest version was made for.
    #[schema(required)]
    pub campaign_id: Option<String>,
    /// The brand that the latest version speaks for.
    #[schema(required)]
    pub brand_id: Option<String>,
    /// The version concerned.
    #[schema(required, minimum = 1)]
    pub version: Option<u32>,
    /// Its bytes.
    #[schema(required, pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: Option<String>,
    /// Where the asset stands since.
    #[schema(required)]
    pub status: Option<AssetStatus>,
    /// The version whose approval stands since; null if none does.
    #[schema(required, minimum = 1)]
    pub approved_version: Option<u32>,
    /// Whether what is approved is something else than before.
    pub approval_changed: bool,
    /// Whom the policy of the workspace wants told of what was submitted, by the names of their keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub notify: Vec<String>,
    /// Who did it.
    #[schema(required)]
    pub by: Option<ActorBody>,
}

/// Approved bytes that were handed out for one purpose.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReleaseEventData {
    /// By which release.
    pub release_id: Uuid,
    /// Of which asset.
    pub asset_id: Uuid,
    /// Which version.
    #[schema(minimum = 1)]
    pub version: u32,
    /// Which bytes.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: String,
    /// For which channel.
    pub channel: String,
    /// For which market.
    #[schema(required)]
    pub market: Option<String>,
    /// Until when the ticket is good.
    pub expires_at: DateTime<Utc>,
    /// To whom.
    pub by: ActorBody,
}

/// Approved versions that were pinned to leave as one archive.
#[derive(Debug, Clone, Serialize, ToSchema)]
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
    pub by: ActorBody,
}

/// An endpoint that is not told of anything any more.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookEventData {
    /// Which endpoint.
    pub webhook_id: Uuid,
    /// Why.
    pub reason: DisabledReason,
    /// Who made it.
    pub by: ActorBody,
}

/// What the workspace asks of its decisions, before and after.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PolicyEventData {
    /// What it asked.
    pub before: PolicyBody,
    /// What it asks since.
    pub after: PolicyBody,
    /// Who changed it; on the command line the operator, whose key is called `operator`.
    pub by: ActorBody,
}

/// Approvals that are taken back together; each of them is told besides.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecallEventData {
    /// By which recall.
    pub recall_id: Uuid,
    /// How many.
    pub count: u64,
    /// Who takes them back.
    pub by: ActorBody,
}

/// A part of the feed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventPage {
    /// In the order in which they were committed.
    pub items: Vec<EventBody>,
    /// What to send as `after` for what comes next, also if `items` is empty. Once it is what was sent, there is nothing more yet.
    pub next_after: u64,
}

impl From<EventView> for EventBody {
    fn from(view: EventView) -> Self {
        let EventView { id, event_type, workspace, sequence, occurred_at, heard } = view;
        Self {
            id: format!("evt_{id}"),
            r#type: event_type.as_str(),
            workspace_id: workspace.as_uuid(),
            sequence,
            occurred_at,
            data: heard.into(),
        }
    }
}

impl From<Heard> for EventData {
    fn from(heard: Heard) -> Self {
        match heard {
            Heard::Whole(Subject::Asset(change), by) => {
                let AssetChange {
                    asset,
                    asset_type,
                    campaign_id,
                    brand_id,
                    version,
                    digest,
                    status,
                    approved_version,
                    approval_changed,
                    notify,
                } = change;
                Self::Asset(AssetEventData {
                    asset_id: asset.as_uuid(),
                    asset_type: asset_type.map(Into::into),
                    campaign_id: campaign_id.map(Into::into),
                    brand_id: brand_id.map(Into::into),
                    version: Some(version.get()),
                    digest: Some(digest.to_string()),
                    status: Some(status.into()),
                    approved_version: approved_version.map(assets_domain::VersionNumber::get),
                    approval_changed,
                    notify: notify.into_iter().map(Into::into).collect(),
                    by: Some(by.into()),
                })
            }
            Heard::Approval { asset, asset_type, approved } => {
                let (version, digest) = approved.unzip();
                let version = version.map(assets_domain::VersionNumber::get);
                Self::Asset(AssetEventData {
                    asset_id: asset.as_uuid(),
                    asset_type: asset_type.map(Into::into),
                    campaign_id: None,
                    brand_id: None,
                    version,
                    digest: digest.map(|digest| digest.to_string()),
                    status: None,
                    approved_version: version,
                    approval_changed: true,
                    notify: Vec::new(),
                    by: None,
                })
            }
            Heard::Whole(Subject::Release(handed), by) => {
                let Handed { release, asset, version, digest, channel, market, expires_at } = handed;
                Self::Release(ReleaseEventData {
                    release_id: release.as_uuid(),
                    asset_id: asset.as_uuid(),
                    version: version.get(),
                    digest: digest.to_string(),
                    channel: channel.into(),
                    market: market.map(Into::into),
                    expires_at,
                    by: by.into(),
                })
            }
            Heard::Whole(Subject::Webhook(Ended { webhook, reason }), by) => {
                Self::Webhook(WebhookEventData { webhook_id: webhook.as_uuid(), reason: reason.into(), by: by.into() })
            }
            Heard::Whole(Subject::Export(exported), by) => {
                let Exported { export, count, size_bytes, expires_at } = exported;
                Self::Export(ExportEventData { export_id: export.as_uuid(), count, size_bytes, expires_at, by: by.into() })
            }
            Heard::Whole(Subject::Policy(changed), by) => {
                let PolicyChanged { policy_revision, before, after } = *changed;
                let earlier = PolicyRevision::new(policy_revision.get().saturating_sub(1));
                Self::Policy(Box::new(PolicyEventData {
                    before: KeptPolicy { policy: before, revision: earlier }.into(),
                    after: KeptPolicy { policy: after, revision: policy_revision }.into(),
                    by: by.into(),
                }))
            }
            Heard::Whole(Subject::Recall(Recalling { recall, count }), by) => {
                Self::Recall(RecallEventData { recall_id: recall.as_uuid(), count, by: by.into() })
            }
        }
    }
}

/// What the document calls an event of a type, what it says of it, and what its `data` is.
#[must_use]
pub(crate) const fn described(event_type: EventType) -> (&'static str, &'static str, &'static str) {
    const ASSET: &str = "AssetEventData";
    match event_type {
        EventType::Created => ("AssetCreatedEvent", "A new asset.", ASSET),
        EventType::VersionAdded => ("AssetVersionAddedEvent", "An asset has new content. An approval of an earlier version stays.", ASSET),
        EventType::Submitted => ("AssetSubmittedEvent", "A review was asked for.", ASSET),
        EventType::Withdrawn => ("AssetWithdrawnEvent", "A review is no longer asked for.", ASSET),
        EventType::Approved => ("AssetApprovedEvent", "A version was approved: it may be published.", ASSET),
        EventType::ChangesRequested => {
            ("AssetChangesRequestedEvent", "A person wants it otherwise. If these bytes were approved, they are not any more.", ASSET)
        }
        EventType::Revoked => ("AssetRevokedEvent", "An approval was taken back: what it was of is not to be published any more.", ASSET),
        EventType::Archived => ("AssetArchivedEvent", "An asset was put away, and its approval ended.", ASSET),
        EventType::Restored => ("AssetRestoredEvent", "An asset was taken out again, as a draft.", ASSET),
        EventType::RolledBack => {
            ("AssetRolledBackEvent", "An earlier content is the latest again; whether approved, `approved_version` says.", ASSET)
        }
        EventType::Updated => (
            "AssetUpdatedEvent",
            "Title, description, tags or what is asked for changed, or one more person approved of those that are required.",
            ASSET,
        ),
        EventType::Deleted => ("AssetDeletedEvent", "A draft was removed for good.", ASSET),
        EventType::Released => ("AssetReleasedEvent", "Approved bytes were handed out by `release_asset`.", "ReleaseEventData"),
        EventType::WebhookDisabled => (
            "WebhookDisabledEvent",
            "An endpoint is not told of anything any more: it is gone, or failed for five days.",
            "WebhookEventData",
        ),
        EventType::Exported => ("ExportCreatedEvent", "Approved versions were pinned to leave as one archive.", "ExportEventData"),
        EventType::PolicyChanged => {
            ("PolicyChangedEvent", "What the workspace asks of its decisions changed. Only admins hear of it.", "PolicyEventData")
        }
        EventType::RecallMade => {
            ("RecallMadeEvent", "Approvals are taken back together. Each of them is told besides, as `asset.revoked`.", "RecallEventData")
        }
    }
}

/// The schema of the events of one type.
fn schema_of(event_type: EventType) -> Schema {
    let (_, about, data) = described(event_type);
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let id = text().description(Some("Which event: the same wherever and however often it is told.")).pattern(Some("^evt_[0-9a-f-]{36}$"));
    let kind = text().description(Some("What happened.")).enum_values(Some([event_type.as_str()]));
    let workspace = text().description(Some("In which workspace.")).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    let sequence = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some("Its place there: 1 for the first, one more for each next."))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1));
    let at = text().description(Some("When.")).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    let object = ObjectBuilder::new()
        .description(Some(about))
        .property("id", id)
        .property("type", kind)
        .property("workspace_id", workspace)
        .property("sequence", sequence)
        .property("occurred_at", at)
        .property("data", Ref::from_schema_name(data));
    ["id", "type", "workspace_id", "sequence", "occurred_at", "data"].into_iter().fold(object, ObjectBuilder::required).into()
}

impl PartialSchema for EventBody {
    fn schema() -> RefOr<Schema> {
        let named = || EventType::ALL.iter().map(|event_type| (event_type.as_str(), described(*event_type).0));
        let variants = named().fold(OneOfBuilder::new(), |one_of, (_, name)| one_of.item(Ref::from_schema_name(name)));
        let mapping = named().map(|(text, name)| (text, format!("#/components/schemas/{name}")));
        variants
            .description(Some(
                "One committed change: small, and never content. What `data` is depends on `type`; types are added as time goes by.",
            ))
            .discriminator(Some(Discriminator::with_mapping("type", mapping)))
            .into()
    }
}

impl ToSchema for EventBody {
    fn name() -> Cow<'static, str> {
        "Event".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(EventType::ALL.iter().map(|event_type| (described(*event_type).0.to_owned(), schema_of(*event_type).into())));
        AssetEventData::schemas(schemas);
        ReleaseEventData::schemas(schemas);
        ExportEventData::schemas(schemas);
        PolicyEventData::schemas(schemas);
        schemas.push((AssetEventData::name().into(), AssetEventData::schema()));
        schemas.push((ReleaseEventData::name().into(), ReleaseEventData::schema()));
        schemas.push((ExportEventData::name().into(), ExportEventData::schema()));
        WebhookEventData::schemas(schemas);
        schemas.push((WebhookEventData::name().into(), WebhookEventData::schema()));
        schemas.push((PolicyEventData::name().into(), PolicyEventData::schema()));
        RecallEventData::schemas(schemas);
        schemas.push((RecallEventData::name().into(), RecallEventData::schema()));
    }
}
