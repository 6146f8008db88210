use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Actor, HandoverKind, MediaType};

/// What approved bytes are wanted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct ReleaseInput {
    /// Where they will be published.
    pub channel: String,
    /// For whom, if that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
}

/// Approved bytes, handed out for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Release {
    /// Which release.
    pub id: Uuid,
    /// Of which asset.
    pub asset_id: Uuid,
    /// Which version.
    pub version: u32,
    /// Which bytes: whoever publishes them compares.
    pub digest: String,
    /// How many.
    pub size_bytes: u64,
    /// What they are.
    pub media_type: MediaType,
    /// What they are called.
    pub filename: String,
    /// For which channel.
    pub channel: String,
    /// For which market.
    pub market: Option<String>,
    /// Where the bytes are, without a key, until `expires_at` or until they are taken back.
    pub content_url: String,
    /// The proof, for whoever publishes: a JWS (RFC 7515, EdDSA) by a key of `/.well-known/assets-keys.json`, over `jti` (the
    /// release), `sub` (the asset), `digest`, `channel`, `market`, `iat` and `exp`.
    pub ticket: String,
    /// When it was handed out.
    pub at: DateTime<Utc>,
    /// Until when the ticket and the link are good: at most 15 minutes.
    pub expires_at: DateTime<Utc>,
}

/// Who was handed which bytes of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Handover {
    /// Which release or export.
    pub id: Uuid,
    /// In which way.
    pub kind: HandoverKind,
    /// Which version.
    pub version: u32,
    /// Which bytes.
    pub digest: String,
    /// For which channel, if one was named.
    pub channel: Option<String>,
    /// For which market, if one was named.
    pub market: Option<String>,
    /// To whom.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when the ticket or the archive is good.
    pub expires_at: DateTime<Utc>,
    /// Since when the bytes are taken back: then whoever has them is to be told.
    pub recalled_at: Option<DateTime<Utc>>,
}

/// The keys by which an installation signs: a JWK Set (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct SigningKeys {
    /// The first signs now.
    pub keys: Vec<SigningKey>,
}

/// The public half of a key that signs: a JWK (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct SigningKey {
    /// The kind of key.
    pub kty: String,
    /// The curve.
    pub crv: String,
    /// What it signs by.
    pub alg: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub purpose: String,
    /// How signatures name it: its thumbprint (RFC 7638).
    pub kid: String,
    /// The key itself, in base64url.
    pub x: String,
}

impl ReleaseInput {
    /// Wanted for a channel, in whatever market.
    #[must_use]
    pub fn to(channel: impl Into<String>) -> Self {
        Self { channel: channel.into(), market: None }
    }
}
