use assets_domain::{Asked, Channel, Export, ExportStatus, Handover, LeftOut, Market, Released};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ActorBody, AssetStatus, AssetTypeName, ExportStatusName, MediaTypeName, ReasonName, TagText};

/// Which assets are to leave as one archive: `asset_ids`, or filters by the names that the list has. The filters look at the
/// approved version.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"campaign_id": "spring", "type": ["image", "copy"], "channel": "linkedin"}))]
pub struct ExportInput {
    /// These assets; no filter beside them. An asset is in an export once.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 20_000)]
    pub asset_ids: Option<Vec<Uuid>>,
    /// One of these types.
    #[serde(default)]
    #[schema(value_type = Vec<AssetTypeName>)]
    pub r#type: Vec<String>,
    /// `approved`; what has another status is not exported.
    #[serde(default)]
    #[schema(value_type = Vec<AssetStatus>)]
    pub status: Vec<String>,
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
    /// `true`; what has no approval is not exported.
    #[serde(default)]
    pub has_approved: Option<bool>,
    /// With all of these words.
    #[serde(default)]
    #[schema(max_length = 256)]
    pub q: Option<String>,
    /// Created later than this.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub created_after: Option<String>,
    /// Created earlier than this.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub created_before: Option<String>,
    /// Changed later than this: for approved versions, approved later.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub updated_after: Option<String>,
    /// Changed earlier than this.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub updated_before: Option<String>,
    /// The channel that the archive is for. What is approved for some channels alone is left out unless this is one of them.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[a-z0-9._-]{1,64}$")]
    pub channel: Option<Channel>,
    /// The market that the archive is for; likewise.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Z0-9_-]{1,64}$")]
    pub market: Option<Market>,
    /// For how many seconds it can be downloaded: 60 to 604800, which is 7 days and the default. It ends earlier where an
    /// approval in it does.
    #[serde(default)]
    #[schema(minimum = 60, maximum = 604_800)]
    pub expires_in: Option<u32>,
}

impl ExportInput {
    /// The filters by name and value, as a query string would have them.
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
            ("q", &self.q),
            ("created_after", &self.created_after),
            ("created_before", &self.created_before),
            ("updated_after", &self.updated_after),
            ("updated_before", &self.updated_before),
        ];
        let mut stated = stated(&[("type", &self.r#type), ("status", &self.status), ("tag", &self.tag)], &once);
        stated.extend(self.has_approved.map(|value| ("has_approved".to_owned(), value.to_string())));
        stated
    }
}

/// Filters by name and value, as a query string would have them: those that may stand several times, and those that stand once.
pub(super) fn stated(many: &[(&str, &Vec<String>)], once: &[(&str, &Option<String>)]) -> Vec<(String, String)> {
    let many = many.iter().flat_map(|(name, values)| values.iter().map(move |value| (*name, value)));
    let once = once.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?)));
    many.chain(once).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// A pinned list of approved versions, and the archive of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Export)]
pub struct ExportBody {
    /// Which.
    pub id: Uuid,
    /// Where it stands.
    pub status: ExportStatusName,
    /// How many versions are in it.
    pub count: u64,
    /// How many bytes the archive has, exactly.
    pub size_bytes: u64,
    /// The ETag of the archive, without its quotation marks.
    pub digest: String,
    /// Where the archive is, for a key of the workspace.
    #[schema(format = "uri")]
    pub archive_url: String,
    /// What it was asked for.
    pub selection: SelectionBody,
    /// What was asked for and is not in it.
    pub left_out: LeftOutBody,
    /// Who asked for it.
    pub created_by: ActorBody,
    /// When it was pinned.
    pub created_at: DateTime<Utc>,
    /// Until when it can be downloaded.
    pub expires_at: DateTime<Utc>,
    /// Since when some of it is taken back.
    #[schema(required)]
    pub recalled_at: Option<DateTime<Utc>>,
}

/// What an export was asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ExportSelection)]
pub struct SelectionBody {
    /// How many assets were named; null if filters were.
    #[schema(required)]
    pub assets: Option<u64>,
    /// By which filters: pairs of a name and a value.
    pub filters: Vec<FilterBody>,
    /// For which channel.
    #[schema(required)]
    pub channel: Option<String>,
    /// For which market.
    #[schema(required)]
    pub market: Option<String>,
}

/// One filter.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ExportFilter)]
pub struct FilterBody {
    /// Its name in a list.
    pub name: String,
    /// What it looks for.
    pub value: String,
}

impl From<Asked> for SelectionBody {
    fn from(asked: Asked) -> Self {
        let Asked { assets, filters, channel, market } = asked;
        Self {
            assets,
            filters: filters.into_iter().map(|(name, value)| FilterBody { name, value }).collect(),
            channel: channel.map(Into::into),
            market: market.map(Into::into),
        }
    }
}

/// What was asked for and is not in an export.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LeftOut)]
pub struct LeftOutBody {
    /// How many assets.
    pub count: u64,
    /// The first 100 of them.
    pub items: Vec<LeftOutItem>,
}

/// An asset that is not in an export.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeftOutItem {
    /// Which.
    pub asset_id: Uuid,
    /// The first reason why.
    pub reason: ReasonName,
}

impl From<LeftOut> for LeftOutBody {
    fn from(left_out: LeftOut) -> Self {
        let item = |(asset, reason): (assets_domain::AssetId, assets_domain::Withheld)| LeftOutItem {
            asset_id: asset.as_uuid(),
            reason: reason.into(),
        };
        Self { count: left_out.count, items: left_out.first.into_iter().map(item).collect() }
    }
}

impl ExportBody {
    /// An export as it stands, whose archive is at an address.
    #[must_use]
    pub fn new(export: Export, status: ExportStatus, archive_url: String) -> Self {
        Self {
            id: export.id.as_uuid(),
            status: status.into(),
            count: export.count,
            size_bytes: export.size_bytes,
            digest: export.digest.to_string(),
            archive_url,
            selection: export.asked.into(),
            left_out: export.left_out.into(),
            created_by: export.by.into(),
            created_at: export.created_at,
            expires_at: export.expires_at,
            recalled_at: export.recalled_at,
        }
    }
}

/// One page of exports.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExportPage {
    /// Newest first.
    pub items: Vec<ExportBody>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// What approved bytes are wanted for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"channel": "linkedin", "market": "DE"}))]
pub struct ReleaseInput {
    /// Where they will be published.
    #[schema(value_type = String, pattern = "^[a-z0-9._-]{1,64}$")]
    pub channel: Channel,
    /// For whom, if that matters.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Z0-9_-]{1,64}$")]
    pub market: Option<Market>,
}

/// Approved bytes, handed out for one purpose.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Release)]
pub struct ReleaseBody {
    /// Which release.
    pub id: Uuid,
    /// Of which asset.
    pub asset_id: Uuid,
    /// Which version.
    #[schema(minimum = 1)]
    pub version: u32,
    /// Which bytes: whoever publishes them compares.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: String,
    /// How many.
    pub size_bytes: u64,
    /// What they are.
    pub media_type: MediaTypeName,
    /// What they are called.
    pub filename: String,
    /// For which channel.
    pub channel: String,
    /// For which market.
    #[schema(required)]
    pub market: Option<String>,
    /// Where the bytes are, without a key, until `expires_at` or until they are taken back.
    #[schema(format = "uri")]
    pub content_url: String,
    /// The proof, for whoever publishes: a JWS (RFC 7515, EdDSA) by a key of `/.well-known/assets-keys.json`, over `jti` (the
    /// release), `sub` (the asset), `digest`, `channel`, `market`, `iat` and `exp`.
    pub ticket: String,
    /// When it was handed out.
    pub at: DateTime<Utc>,
    /// Until when the ticket and the link are good: at most 15 minutes.
    pub expires_at: DateTime<Utc>,
}

impl ReleaseBody {
    /// What was handed out, with the link to it.
    #[must_use]
    pub fn new(released: &Released, content_url: String) -> Self {
        let Released { release, version, ticket, .. } = released;
        Self {
            id: release.id.as_uuid(),
            asset_id: release.asset.as_uuid(),
            version: release.version.get(),
            digest: release.digest.to_string(),
            size_bytes: version.content.size_bytes,
            media_type: version.content.media_type.into(),
            filename: version.content.filename.as_str().to_owned(),
            channel: release.channel.as_str().to_owned(),
            market: release.market.clone().map(Into::into),
            content_url,
            ticket: ticket.clone(),
            at: release.at,
            expires_at: release.expires_at,
        }
    }
}

/// In which way bytes were handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandoverKind {
    /// By a release, with a ticket.
    Ticket,
    /// Within the archive of an export.
    Export,
}

/// Who was handed which bytes of an asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Handover)]
pub struct HandoverBody {
    /// Which release or export.
    pub id: Uuid,
    /// In which way.
    pub kind: HandoverKind,
    /// Which version.
    #[schema(minimum = 1)]
    pub version: u32,
    /// Which bytes.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    pub digest: String,
    /// For which channel, if one was named.
    #[schema(required)]
    pub channel: Option<String>,
    /// For which market, if one was named.
    #[schema(required)]
    pub market: Option<String>,
    /// To whom.
    pub by: ActorBody,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when the ticket or the archive is good.
    pub expires_at: DateTime<Utc>,
    /// Since when the bytes are taken back: then whoever has them is to be told.
    #[schema(required)]
    pub recalled_at: Option<DateTime<Utc>>,
}

impl From<Handover> for HandoverBody {
    fn from(handed: Handover) -> Self {
        Self {
            id: handed.way.id(),
            kind: match handed.way {
                assets_domain::Way::Ticket { .. } => HandoverKind::Ticket,
                assets_domain::Way::Export { .. } => HandoverKind::Export,
            },
            version: handed.version.get(),
            digest: handed.digest.to_string(),
            channel: handed.channel.map(Into::into),
            market: handed.market.map(Into::into),
            by: handed.by.into(),
            at: handed.at,
            expires_at: handed.expires_at,
            recalled_at: handed.recalled_at,
        }
    }
}

/// One page of what was handed out of an asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandoverPage {
    /// Newest first.
    pub items: Vec<HandoverBody>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}
