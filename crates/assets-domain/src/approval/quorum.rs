//! Several people for one approval: who has approved so far, and what one more comes to.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Actor, KeyPrefix, Revision, Terms};

use super::{Quorum, Requirement, machine::OneMore};

/// Somebody who approved, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approver {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

/// How far an approval got: how many people stand behind it, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many people, whoever decided here included.
    pub given: u8,
    /// How many were required.
    pub required: Quorum,
}

impl Tally {
    /// As it is where nothing else is said: one person, who was enough.
    pub const ONE_OF_ONE: Self = Self { given: 1, required: Quorum::ONE };

    pub(crate) fn of(given: usize, required: Quorum) -> Self {
        Self { given: given.try_into().unwrap_or(u8::MAX), required }
    }

    /// Whether nobody else was required.
    #[must_use]
    pub fn is_complete(self) -> bool {
        self.required.is_met_by(self.given.into())
    }
}

/// The approval of one person, of those that a version needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Whose.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// The revision of the asset that it made: its decision on record.
    pub revision: Revision,
    /// Whether an author of the bytes gave it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_author: bool,
    /// Whether it named the digest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub digest_named: bool,
}

impl Consent {
    /// Who, and when.
    #[must_use]
    pub fn approver(&self) -> Approver {
        Approver { by: self.by.clone(), at: self.at }
    }

    fn is_good(&self, asked: Requirement, revoked: &[KeyPrefix]) -> bool {
        (!self.by_author || asked.allow_self_approval)
            && (self.digest_named || !asked.require_digest)
            && !revoked.contains(&self.by.key_prefix)
    }
}

/// A review under way: what was asked for when the version was submitted, and who has approved it since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// What was asked for when it began. It is not asked for less while the round lasts.
    pub asked: Requirement,
    /// How many people were required when somebody last approved, or when it began.
    pub required: Quorum,
    /// What those who approved approved it for.
    #[serde(flatten)]
    pub terms: Terms,
    /// Who has approved, oldest first, each person once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Consent>,
}

impl Round {
    /// A round in which nobody has approved.
    #[must_use]
    pub fn new(asked: Requirement) -> Self {
        Self { asked, required: asked.quorum, terms: Terms::default(), consents: Vec::new() }
    }

    /// The same without what was approved so far: it is about something else now.
    pub(crate) fn begin_anew(&mut self) {
        *self = Self::new(self.asked);
    }

    /// Whether this can be: it waits for somebody, and nobody is there twice.
    pub(crate) fn is_sound(&self) -> bool {
        let twice =
            |(place, consent): (usize, &Consent)| self.consents.iter().take(place).any(|earlier| earlier.by.is_same_as(&consent.by));
        !self.asked.quorum.max(self.required).is_met_by(self.consents.len()) && !self.consents.iter().enumerate().any(twice)
    }
}

/// The approvals of a round as somebody finds them who wants to add one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ballot {
    /// What is asked for: the strictest of when the round began and of now.
    pub(crate) asked: Requirement,
    /// What was approved so far is for these; `None` if nothing counts.
    pub(crate) terms: Option<Terms>,
    /// What others have approved that counts.
    pub(crate) others: Vec<Consent>,
    /// Whether the caller has approved, and it counts.
    pub(crate) has_caller: bool,
}

impl Ballot {
    /// Looks at a round. What was given by a key that is revoked, or does not meet what is asked now, does not count.
    pub(crate) fn of(round: Option<&Round>, now: Requirement, by: &Actor, revoked: &[KeyPrefix]) -> Self {
        let asked = round.map_or(now, |round| round.asked.strictest(now));
        let counted = round.into_iter().flat_map(|round| &round.consents).filter(|consent| consent.is_good(asked, revoked));
        let (own, others): (Vec<Consent>, Vec<Consent>) = counted.cloned().partition(|consent| consent.by.is_same_as(by));
        let terms = round.filter(|_| !own.is_empty() || !others.is_empty()).map(|round| round.terms.clone());
        Self { asked, terms, others, has_caller: !own.is_empty() }
    }

    /// How it stands with the caller among those who approved.
    pub(crate) fn tally(&self) -> Tally {
        Tally::of(self.others.len().saturating_add(1), self.asked.quorum)
    }

    /// What an approval by the caller comes to.
    pub(crate) fn one_more(&self) -> OneMore {
        if self.tally().is_complete() {
            OneMore::Completes
        } else if self.has_caller {
            OneMore::Repeats
        } else {
            OneMore::Counts
        }
    }
}
