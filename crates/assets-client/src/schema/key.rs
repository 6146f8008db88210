use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{KeyKind, Scope};

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct NewApiKey {
    /// What it is called. Two keys with one name belong to one person.
    pub name: String,
    /// What will hold it. Only a person's key makes a person's key.
    pub kind: KeyKind,
    /// What it may do; nothing that the maker's key may not.
    pub scopes: Vec<Scope>,
    /// From when on it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key as it is known; the key itself is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ApiKey {
    /// The part by which it is named.
    pub prefix: String,
    /// What it is called.
    pub name: String,
    /// What holds it.
    pub kind: KeyKind,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is refused.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A new key, the only time it is seen whole.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CreatedApiKey {
    /// What is kept of it.
    #[serde(flatten)]
    pub record: ApiKey,
    /// The whole key. It is shown once; a repetition of the request does not have it.
    pub key: Option<String>,
}

/// Every key of the workspace, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ApiKeyList {
    /// Revoked ones included.
    pub items: Vec<ApiKey>,
}

/// Who the caller is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Whoami {
    /// The part by which the key is named.
    pub prefix: String,
    /// What the key is called.
    pub name: String,
    /// What holds it.
    pub kind: KeyKind,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The tenant it belongs to.
    pub workspace: Uuid,
}

impl NewApiKey {
    /// A key that does not expire by itself.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: KeyKind, scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self { name: name.into(), kind, scopes: scopes.into_iter().collect(), expires_at: None }
    }
}

impl std::fmt::Debug for CreatedApiKey {
    /// Without the key, which belongs into no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedApiKey").field("record", &self.record).finish_non_exhaustive()
    }
}
