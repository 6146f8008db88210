use assets_domain::{KeyName, KeyRecord, Principal};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{KeyKindName, ScopeName};

/// A key to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "publisher", "kind": "service", "scopes": ["assets:read:approved"]}))]
#[schema(as = NewApiKey)]
pub struct KeyInput {
    /// What it is called. Two keys with one name belong to one person.
    #[schema(value_type = String, min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub name: KeyName,
    /// What will hold it. Only a person's key makes a person's key.
    pub kind: KeyKindName,
    /// What it may do; nothing that the maker's key may not.
    #[schema(min_items = 1)]
    pub scopes: Vec<ScopeName>,
    /// From when on it is refused.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key as it is known; the key itself is kept nowhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct KeyBody {
    /// The part by which it is named.
    #[schema(example = "4fGh7KqZ")]
    pub prefix: String,
    /// What it is called.
    pub name: String,
    /// What holds it.
    pub kind: KeyKindName,
    /// What it may do.
    pub scopes: Vec<ScopeName>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    #[schema(required)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is refused.
    #[schema(required)]
    pub revoked_at: Option<DateTime<Utc>>,
}

impl From<KeyRecord> for KeyBody {
    fn from(record: KeyRecord) -> Self {
        Self {
            prefix: record.actor.key_prefix.into(),
            name: record.actor.name.into(),
            kind: record.actor.kind.into(),
            scopes: record.scopes.iter().map(Into::into).collect(),
            created_at: record.created_at,
            expires_at: record.expires_at,
            revoked_at: record.revoked_at,
        }
    }
}

/// A new key, the only time it is seen whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CreatedApiKey)]
pub struct CreatedKeyBody {
    /// The whole key. It is shown once; a repetition of the request does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^tnx_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$")]
    pub key: Option<String>,
    /// What is kept of it.
    #[serde(flatten)]
    pub record: KeyBody,
}

/// Every key of the workspace, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ApiKeyList)]
pub struct KeyList {
    /// Revoked ones included.
    pub items: Vec<KeyBody>,
}

/// Who the caller is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Whoami {
    /// The part by which the key is named.
    pub prefix: String,
    /// What the key is called.
    pub name: String,
    /// What holds it.
    pub kind: KeyKindName,
    /// What it may do.
    pub scopes: Vec<ScopeName>,
    /// The tenant it belongs to.
    pub workspace: Uuid,
}

impl From<Principal> for Whoami {
    fn from(principal: Principal) -> Self {
        Self {
            prefix: principal.actor.key_prefix.into(),
            name: principal.actor.name.into(),
            kind: principal.actor.kind.into(),
            scopes: principal.scopes.iter().map(Into::into).collect(),
            workspace: principal.workspace.as_uuid(),
        }
    }
}
