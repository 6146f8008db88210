use assets_domain::{KeyName, Policy, PolicyPatch, Quorum, Rule, Tags, ports::KeptPolicy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AssetTypeName, KeyNameText, TagText, request::present};

/// What a workspace asks of its decisions.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Policy)]
pub struct PolicyBody {
    /// How many people must approve: distinct ones, by name.
    #[schema(minimum = 1, maximum = 5)]
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

impl From<KeptPolicy> for PolicyBody {
    fn from(KeptPolicy { policy, revision }: KeptPolicy) -> Self {
        let Policy { required_approvals, allow_self_approval, require_digest, rules, notify } = policy;
        Self {
            required_approvals: required_approvals.get(),
            allow_self_approval,
            require_digest,
            rules: rules.into_iter().map(Into::into).collect(),
            notify: notify.into_iter().map(Into::into).collect(),
            revision: revision.get(),
        }
    }
}

/// What is asked besides of some assets. A rule can only make things stricter.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// Of assets of one of these types; of every type without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 6)]
    pub types: Vec<AssetTypeName>,
    /// Of assets with every one of these tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    #[schema(value_type = Vec<TagText>, required = false, max_items = 16)]
    pub tags: Tags,
    /// How many people must approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u8>, nullable = false, minimum = 1, maximum = 5)]
    pub required_approvals: Option<Quorum>,
    /// Whether an author of the bytes may be among them; `false` forbids it, `true` changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allow_self_approval: Option<bool>,
    /// Who is told besides when such an asset is submitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<KeyNameText>, required = false, max_items = 20)]
    pub notify: Vec<KeyName>,
}

impl From<Rule> for PolicyRule {
    fn from(rule: Rule) -> Self {
        let Rule { types, tags, required_approvals, allow_self_approval, notify } = rule;
        Self { types: types.into_iter().map(Into::into).collect(), tags, required_approvals, allow_self_approval, notify }
    }
}

impl From<PolicyRule> for Rule {
    fn from(rule: PolicyRule) -> Self {
        let PolicyRule { types, tags, required_approvals, allow_self_approval, notify } = rule;
        Self { types: types.into_iter().map(Into::into).collect(), tags, required_approvals, allow_self_approval, notify }
    }
}

/// A JSON Merge Patch (RFC 7396) of a policy: what is not named stays; null gives the usual back; a list takes the place of the
/// whole list before.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"required_approvals": 2, "rules": [{"types": ["video"], "tags": ["brand:acme"], "required_approvals": 3}]}))]
pub struct UpdatePolicy {
    /// How many people must approve: 1 unless more are asked for.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 5)]
    pub required_approvals: Option<Option<Quorum>>,
    /// Whether an author of the bytes may approve them: not unless it is allowed.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    pub allow_self_approval: Option<Option<bool>>,
    /// Whether decisions must name the digest they are about: not unless it is asked for.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    pub require_digest: Option<Option<bool>>,
    /// What is asked besides of some assets.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<PolicyRule>>, max_items = 50)]
    pub rules: Option<Option<Vec<PolicyRule>>>,
    /// Who is told when something is submitted.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<KeyNameText>>, max_items = 20)]
    pub notify: Option<Option<Vec<KeyName>>>,
}

impl From<UpdatePolicy> for PolicyPatch {
    fn from(update: UpdatePolicy) -> Self {
        let UpdatePolicy { required_approvals, allow_self_approval, require_digest, rules, notify } = update;
        let rules = rules.map(|rules| rules.map(|rules| rules.into_iter().map(Into::into).collect()));
        Self { required_approvals, allow_self_approval, require_digest, rules, notify }
    }
}
