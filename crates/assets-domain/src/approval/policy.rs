use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{AssetType, FieldError, KeyName, NamedBytes, PathItem, Refusal, Tags};

/// How many people must approve: 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Quorum(u8);

/// Not a number of people that could be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {most}", most = Quorum::MOST)]
pub struct QuorumError;

impl Quorum {
    /// One person is enough.
    pub const ONE: Self = Self(1);
    /// The most people that can be asked for: 5.
    pub const MOST: u8 = 5;

    /// Accepts 1 to 5.
    ///
    /// # Errors
    /// Anything else.
    pub const fn new(people: u8) -> Result<Self, QuorumError> {
        if people == 0 || people > Self::MOST { Err(QuorumError) } else { Ok(Self(people)) }
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether so many people are enough.
    #[must_use]
    pub fn is_met_by(self, people: usize) -> bool {
        people >= usize::from(self.0)
    }
}

impl Default for Quorum {
    fn default() -> Self {
        Self::ONE
    }
}

impl TryFrom<u8> for Quorum {
    type Error = QuorumError;
    fn try_from(people: u8) -> Result<Self, QuorumError> {
        Self::new(people)
    }
}

impl From<Quorum> for u8 {
    fn from(quorum: Quorum) -> Self {
        quorum.0
    }
}

/// What is asked of the approval of one asset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// How many people must approve.
    pub quorum: Quorum,
    /// Whether an author of the bytes may be among them.
    pub allow_self_approval: bool,
    /// Whether they must name the digest that they approve.
    pub require_digest: bool,
}

impl Requirement {
    /// What satisfies both.
    #[must_use]
    pub fn strictest(self, other: Self) -> Self {
        Self {
            quorum: self.quorum.max(other.quorum),
            allow_self_approval: self.allow_self_approval && other.allow_self_approval,
            require_digest: self.require_digest || other.require_digest,
        }
    }

    /// Judges how a decision names its bytes.
    ///
    /// # Errors
    /// The digest must be named, and is not.
    pub const fn judge(self, named: NamedBytes) -> Result<(), Refusal> {
        if self.require_digest && named.digest.is_none() { Err(Refusal::DigestRequired) } else { Ok(()) }
    }
}

/// What is asked besides of some assets. A rule can only make things stricter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Of assets of one of these types; of every type if there is none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub types: BTreeSet<AssetType>,
    /// Of assets with every one of these tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// How many people must approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_approvals: Option<Quorum>,
    /// Whether an author of the bytes may be among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_self_approval: Option<bool>,
    /// Who is told besides when such an asset is submitted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<KeyName>,
}

impl Rule {
    /// The most tags of one rule: 16.
    pub const MOST_TAGS: usize = 16;

    /// Whether an asset is one of those that the rule is about.
    #[must_use]
    pub fn matches(&self, asset_type: AssetType, tags: &Tags) -> bool {
        (self.types.is_empty() || self.types.contains(&asset_type)) && tags.contain_all(self.tags.iter())
    }
}

/// What a workspace asks of its decisions, beyond the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// How many people must approve: distinct ones, by folded name.
    pub required_approvals: Quorum,
    /// Whether an author of the bytes may approve them. Off unless switched on.
    pub allow_self_approval: bool,
    /// Whether decisions must name the digest they are about.
    pub require_digest: bool,
    /// What is asked besides of some assets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Who is told when something is submitted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<KeyName>,
}

/// How often a policy has changed: 0 while it is as the workspace was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyRevision(u64);

impl PolicyRevision {
    /// Takes back what [`PolicyRevision::get`] gave.
    #[must_use]
    pub const fn new(revision: u64) -> Self {
        Self(revision)
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What of a policy is to change (JSON Merge Patch): what is not named stays; `null` gives the usual back; a list takes the place
/// of the whole list before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyPatch {
    /// How many people must approve.
    #[serde(deserialize_with = "named")]
    pub required_approvals: Option<Option<Quorum>>,
    /// Whether an author of the bytes may approve them.
    #[serde(deserialize_with = "named")]
    pub allow_self_approval: Option<Option<bool>>,
    /// Whether decisions must name the digest they are about.
    #[serde(deserialize_with = "named")]
    pub require_digest: Option<Option<bool>>,
    /// What is asked besides of some assets.
    #[serde(deserialize_with = "named")]
    pub rules: Option<Option<Vec<Rule>>>,
    /// Who is told when something is submitted.
    #[serde(deserialize_with = "named")]
    pub notify: Option<Option<Vec<KeyName>>>,
}

/// What is named, if only to be `null`.
fn named<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl PolicyPatch {
    /// The policy as it is to be.
    ///
    /// # Errors
    /// It has too many rules, names too many people, or a rule has too many tags.
    pub fn apply_to(self, policy: &Policy) -> Result<Policy, Vec<FieldError>> {
        let Self { required_approvals, allow_self_approval, require_digest, rules, notify } = self;
        let patched = Policy {
            required_approvals: required_approvals.map_or(policy.required_approvals, Option::unwrap_or_default),
            allow_self_approval: allow_self_approval.map_or(policy.allow_self_approval, Option::unwrap_or_default),
            require_digest: require_digest.map_or(policy.require_digest, Option::unwrap_or_default),
            rules: rules.map_or_else(|| policy.rules.clone(), Option::unwrap_or_default),
            notify: notify.map_or_else(|| policy.notify.clone(), Option::unwrap_or_default),
        };
        patched.checked()
    }
}

impl Policy {
    /// The most rules of a policy: 50.
    pub const MOST_RULES: usize = 50;
    /// The most people that a policy, or a rule, can have told: 20.
    pub const MOST_TOLD: usize = 20;

    /// The same, if it keeps within its bounds; everybody who is told is named once.
    fn checked(mut self) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        if self.rules.len() > Self::MOST_RULES {
            errors.push(FieldError::of("rules", "too_many", format!("must be at most {} rules", Self::MOST_RULES)));
        }
        let told = |people: &mut Vec<KeyName>| {
            *people = distinct(std::mem::take(people));
            people.len() > Self::MOST_TOLD
        };
        let too_many = format!("must be at most {} names", Self::MOST_TOLD);
        if told(&mut self.notify) {
            errors.push(FieldError::of("notify", "too_many", too_many.clone()));
        }
        for (place, rule) in self.rules.iter_mut().enumerate() {
            let path = |field| vec![PathItem::Field("rules"), PathItem::Index(place), PathItem::Field(field)];
            if told(&mut rule.notify) {
                errors.push(FieldError { path: path("notify"), message: too_many.clone(), kind: "too_many" });
            }
            if rule.tags.iter().count() > Rule::MOST_TAGS {
                let message = format!("must be at most {} tags", Rule::MOST_TAGS);
                errors.push(FieldError { path: path("tags"), message, kind: "too_many" });
            }
        }
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// What is asked of the approval of an asset: the strictest of what is asked of all and of every rule that is about it.
    #[must_use]
    pub fn for_asset(&self, asset_type: AssetType, tags: &Tags) -> Requirement {
        let all = Requirement {
            quorum: self.required_approvals,
            allow_self_approval: self.allow_self_approval,
            require_digest: self.require_digest,
        };
        self.rules.iter().filter(|rule| rule.matches(asset_type, tags)).fold(all, |asked, rule| {
            asked.strictest(Requirement {
                quorum: rule.required_approvals.unwrap_or_default(),
                allow_self_approval: rule.allow_self_approval.unwrap_or(true),
                require_digest: false,
            })
        })
    }

    /// Who is told when an asset is submitted, each once.
    #[must_use]
    pub fn told_of(&self, asset_type: AssetType, tags: &Tags) -> Vec<KeyName> {
        let by_rule = self.rules.iter().filter(|rule| rule.matches(asset_type, tags)).flat_map(|rule| &rule.notify);
        distinct(self.notify.iter().chain(by_rule).cloned().collect())
    }
}

/// Each person once, where they were named first.
fn distinct(people: Vec<KeyName>) -> Vec<KeyName> {
    let mut known = BTreeSet::new();
    people.into_iter().filter(|name| known.insert(name.folded())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tag;

    fn tags(all: &[&str]) -> Tags {
        Tags::collect(all.iter().map(|tag| Tag::parse(*tag).unwrap())).unwrap()
    }

    fn patch(text: &str) -> PolicyPatch {
        serde_json::from_str(text).unwrap()
    }

    fn policy(text: &str) -> Policy {
        patch(text).apply_to(&Policy::default()).unwrap()
    }

    #[test]
    fn the_strictest_of_all_that_is_asked_counts() {
        let policy = policy(
            r#"{"required_approvals": 2, "allow_self_approval": true, "rules": [
                {"types": ["video"], "required_approvals": 3},
                {"tags": ["brand:acme", "market:de"], "allow_self_approval": false, "required_approvals": 1},
                {"types": ["copy", "video"], "tags": ["brand:acme"], "required_approvals": 5}]}"#,
        );
        let asked = |asset_type, with: &[&str]| {
            let Requirement { quorum, allow_self_approval, .. } = policy.for_asset(asset_type, &tags(with));
            (quorum.get(), allow_self_approval)
        };
        assert_eq!(asked(AssetType::Image, &[]), (2, true));
        assert_eq!(asked(AssetType::Video, &[]), (3, true));
        assert_eq!(asked(AssetType::Image, &["brand:acme"]), (2, true), "every tag of a rule must match");
        assert_eq!(asked(AssetType::Image, &["brand:acme", "market:de", "x:y"]), (2, false), "a rule loosens nothing");
        assert_eq!(asked(AssetType::Video, &["brand:acme"]), (5, true));
        assert_eq!(asked(AssetType::Video, &["brand:acme", "market:de"]), (5, false));
    }

    #[test]
    fn a_patch_changes_what_it_names_and_null_gives_the_usual_back() {
        let strict = policy(r#"{"required_approvals": 3, "require_digest": true, "notify": ["ann"]}"#);
        let patched = patch(r#"{"required_approvals": null, "rules": [{"types": ["blog"]}]}"#).apply_to(&strict).unwrap();
        assert_eq!((patched.required_approvals, patched.require_digest, patched.rules.len()), (Quorum::ONE, true, 1));
        assert_eq!(patch("{}").apply_to(&patched).unwrap(), patched);
        let bad = [
            r#"{"required_approvals": 0}"#,
            r#"{"required_approvals": 6}"#,
            r#"{"rules": [{"type": ["blog"]}]}"#,
            r#"{"rules": [{"tags": ["no namespace"]}]}"#,
            r#"{"notify": [""]}"#,
            r#"{"quorum": 2}"#,
        ];
        for bad in bad {
            assert!(serde_json::from_str::<PolicyPatch>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_policy_keeps_within_its_bounds() {
        let refused = |patch: PolicyPatch| patch.apply_to(&Policy::default()).unwrap_err().len();
        let names = |count: usize| (0..count).map(|number| KeyName::parse(format!("name {number}")).unwrap()).collect::<Vec<_>>();
        assert_eq!(refused(PolicyPatch { rules: Some(Some(vec![Rule::default(); 51])), ..PolicyPatch::default() }), 1);
        assert_eq!(refused(PolicyPatch { notify: Some(Some(names(21))), ..PolicyPatch::default() }), 1);
        let tags = Tags::collect((0..17).map(|number| Tag::parse(format!("n:{number}")).unwrap())).unwrap();
        let rule = Rule { tags, notify: names(21), ..Rule::default() };
        assert_eq!(refused(PolicyPatch { rules: Some(Some(vec![rule])), ..PolicyPatch::default() }), 2);
    }

    #[test]
    fn everybody_is_told_once() {
        let policy = policy(r#"{"notify": ["Ann", "ANN", "bob"], "rules": [{"types": ["copy"], "notify": ["BOB", "cleo"]}]}"#);
        let told = |asset_type| policy.told_of(asset_type, &Tags::default()).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(told(AssetType::Copy), ["Ann", "bob", "cleo"]);
        assert_eq!(told(AssetType::Blog), ["Ann", "bob"]);
    }

    #[test]
    fn what_is_kept_reads_back() {
        let kept = policy(r#"{"required_approvals": 2, "rules": [{"types": ["copy"], "required_approvals": 3}], "notify": ["ann"]}"#);
        assert_eq!(serde_json::from_str::<Policy>(&serde_json::to_string(&kept).unwrap()).unwrap(), kept);
        assert_eq!(serde_json::from_str::<Policy>(r#"{"allow_self_approval":false,"require_digest":false}"#).unwrap(), Policy::default());
    }
}
