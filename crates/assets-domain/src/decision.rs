//! Decisions: the append-only record from which every status follows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Actor, Approver, ChangeItem, Comment, Description, Digest, ItemId, SearchText, Tags, Tally, Terms, Title, Transition, VersionNumber,
    asset::Revision,
};

/// What an asset is called and said to be: what can change without a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// What it is called.
    pub title: Title,
    /// What it is about.
    pub description: Option<Description>,
    /// What it is filed under.
    pub tags: Tags,
}

impl Details {
    /// What is searched of the details; the text of the content comes on top.
    #[must_use]
    pub fn search_text(&self) -> SearchText {
        let mut text = self.title.as_str().to_owned();
        for more in self.description.iter().map(Description::as_str).chain(self.tags.iter().map(crate::Tag::as_str)) {
            text.push(' ');
            text.push_str(more);
        }
        SearchText::of(&text)
    }
}

/// One decision, as it stays on record for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The revision of the asset that this decision made: its place in the order.
    pub revision: Revision,
    /// What was decided.
    pub action: Transition,
    /// About which version.
    pub version: VersionNumber,
    /// About which bytes.
    pub digest: Digest,
    /// Whether the caller named the bytes, by version or digest.
    pub bytes_named: bool,
    /// Who decided.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// What was said with it.
    pub comment: Option<Comment>,
    /// The version whose approval this approval carries on, if it came by rollback.
    pub carried_from: Option<VersionNumber>,
    /// What an approval is good for; everything else has none.
    #[serde(flatten)]
    pub terms: Terms,
    /// How far an approval got, if more than one person was required or stands behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
    /// Everybody who stands behind an approval, oldest first, if that is not just whoever decided here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Approver>,
    /// The points of a request for changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ChangeItem>,
    /// The points that are no longer asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dismissed: Vec<ItemId>,
    /// Title, description and tags as they were; of an approval that came by rollback, those that were approved.
    pub details: Details,
}

impl Decision {
    /// Whether this lets the bytes be published: an approval by as many people as were required.
    #[must_use]
    pub fn is_approval(&self) -> bool {
        self.action == Transition::Approve && self.tally().is_complete()
    }

    /// How far an approval got.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally.unwrap_or(Tally::ONE_OF_ONE)
    }

    /// Everybody who stands behind an approval, oldest first.
    #[must_use]
    pub fn approvers(&self) -> Vec<Approver> {
        if self.approvers.is_empty() { vec![Approver { by: self.by.clone(), at: self.at }] } else { self.approvers.clone() }
    }
}

/// Which bytes a decision says it is about. What is named must be the current one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NamedBytes {
    /// By number.
    pub version: Option<VersionNumber>,
    /// By digest.
    pub digest: Option<Digest>,
}

impl NamedBytes {
    /// Whether anything was named.
    #[must_use]
    pub const fn is_named(&self) -> bool {
        self.version.is_some() || self.digest.is_some()
    }

    /// Whether what was named is this version.
    #[must_use]
    pub fn agree_with(&self, number: VersionNumber, digest: &Digest) -> bool {
        self.version.is_none_or(|named| named == number) && self.digest.is_none_or(|named| named == *digest)
    }
}
