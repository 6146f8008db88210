use serde::{Deserialize, Serialize};

use super::AssetType;

/// What a workspace asks of its decisions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Policy {
    /// How many people must approve: distinct ones, by name.
    pub required_approvals: u8,
    /// Whether an author of the bytes may approve them.
    pub allow_self_approval: bool,
    /// Whether decisions must name the digest they are about.
    pub require_digest: bool,
    /// What is asked besides of some assets. The strictest of all that matches an asset counts.
    pub rules: Vec<PolicyRule>,
    /// Who is told when something is submitted, by the names of their keys: in the event, as `notify`.
    pub notify: Vec<String>,
    /// How often it has changed: its ETag.
    pub revision: u64,
}

/// What is asked besides of some assets. A rule can only make things stricter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct PolicyRule {
    /// Of assets of one of these types; of every type without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub types: Vec<AssetType>,
    /// Of assets with every one of these tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub tags: Vec<String>,
    /// How many people must approve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_approvals: Option<u8>,
    /// Whether an author of the bytes may be among them; `false` forbids it, `true` changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_self_approval: Option<bool>,
    /// Who is told besides when such an asset is submitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(required = false))]
    pub notify: Vec<String>,
}

/// A JSON Merge Patch (RFC 7396) of a policy: what is not named stays; `Some(None)` gives the usual back; a list takes the place of
/// the whole list before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub struct UpdatePolicy {
    /// How many people must approve: 1 unless more are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<u8>))]
    pub required_approvals: Option<Option<u8>>,
    /// Whether an author of the bytes may approve them: not unless it is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<bool>))]
    pub allow_self_approval: Option<Option<bool>>,
    /// Whether decisions must name the digest they are about: not unless it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<bool>))]
    pub require_digest: Option<Option<bool>>,
    /// What is asked besides of some assets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<Vec<PolicyRule>>))]
    pub rules: Option<Option<Vec<PolicyRule>>>,
    /// Who is told when something is submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(value_type = Option<Vec<String>>))]
    pub notify: Option<Option<Vec<String>>>,
}
