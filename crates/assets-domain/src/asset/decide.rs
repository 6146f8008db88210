use chrono::{DateTime, Utc};

use crate::{
    Action, Asset, AssetParts, ChangeItem, Comment, Consent, EventType, ItemId, KeyPrefix, NamedBytes, Policy, Principal, Refusal,
    Requirement, Round, Status, Terms, Transition, Version, VersionStatus,
    approval::{machine::Outcome, quorum::Ballot},
};

use super::{Change, Ruling};

/// A decision as somebody asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionRequest {
    /// What is to be decided.
    pub action: Transition,
    /// About which bytes, if they were named.
    pub named: NamedBytes,
    /// What is said with it.
    pub comment: Option<Comment>,
    /// What an approval is to be good for.
    pub terms: Terms,
    /// What is wanted, point by point, by a request for changes.
    pub items: Vec<ChangeItem>,
    /// The open points that are no longer asked for; without, all of them.
    pub dismissed: Option<Vec<ItemId>>,
}

impl DecisionRequest {
    /// A decision without terms or points.
    #[must_use]
    pub fn of(action: Transition, named: NamedBytes, comment: Option<Comment>) -> Self {
        Self { action, named, comment, terms: Terms::default(), items: Vec::new(), dismissed: None }
    }
}

/// What is true of the moment in which something is asked for.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    /// Who asks.
    pub by: &'a Principal,
    /// When.
    pub at: DateTime<Utc>,
    /// What the workspace asks of its decisions.
    pub policy: Policy,
    /// Whether the caller ever added the bytes in question to this asset.
    pub by_author: bool,
    /// The keys that were revoked, of those by which somebody approved in the review that is under way.
    pub revoked: Vec<KeyPrefix>,
}

impl Asset {
    /// The version that a transition is about: the standing one for revoke, else the latest.
    #[must_use]
    pub fn subject_of(&self, action: Transition) -> &Version {
        match (action, &self.parts.standing) {
            (Transition::Revoke, Some(approval)) => &approval.version,
            _ => &self.parts.latest,
        }
    }

    /// Judges how a decision names its bytes. An approval must name the digest, too, if it had to when the review began.
    ///
    /// # Errors
    /// The digest must be named, and is not.
    pub fn judge_naming(&self, action: Transition, named: NamedBytes, circumstances: &Circumstances<'_>) -> Result<(), Refusal> {
        let asked = if action == Transition::Approve { self.ballot(circumstances).asked } else { self.asked_now(circumstances) };
        asked.judge(named)
    }

    /// On which terms an approval stands, or is being made, if any.
    fn agreed_terms(&self, ballot: &Ballot) -> Option<Terms> {
        match self.status() {
            Status::Approved => self.parts.standing.as_ref().map(|approval| approval.terms.clone()),
            Status::PendingReview => ballot.terms.clone(),
            Status::Draft | Status::Archived => None,
        }
    }

    /// Decides, or refuses and changes nothing. The one choke point for every recorded decision but a carried one.
    ///
    /// # Errors
    /// In this order: the caller may not on this asset; a point makes no sense; the digest was not named but must be; other bytes were named; the
    /// table has no such move; it is approved already, by one person at least, on other terms; the caller is an author of the bytes.
    pub fn decide(self, request: DecisionRequest, circumstances: &Circumstances<'_>) -> Result<Ruling, Refusal> {
        let judged = self.judge_points(&request);
        let DecisionRequest { action, named, comment, terms, items, dismissed } = request;
        Action::from(action).right_on(self.parts.standing.is_some()).judge(circumstances.by)?;
        judged?;
        self.judge_naming(action, named, circumstances)?;
        let subject = self.subject_of(action);
        let (version, digest) = (subject.number, subject.content.digest);
        // What is revoked already is not stale but over: there are no other bytes that the caller could have meant.
        let nothing_to_revoke = action == Transition::Revoke && self.parts.standing.is_none();
        if !nothing_to_revoke && !named.agree_with(version, &digest) {
            return Err(Refusal::StaleVersion { version, digest });
        }
        let outcome = self.possible(action.into(), circumstances)?;
        let ballot = self.ballot(circumstances);
        let agreed = self.agreed_terms(&ballot);
        // Who says nothing of terms agrees to those that there are.
        if outcome == Outcome::Unchanged || action == Transition::Approve {
            let differ = |agreed: &Terms| *agreed != terms;
            let is_new = action == Transition::Approve && outcome != Outcome::Unchanged;
            if !terms.are_unlimited() && agreed.as_ref().map_or(!is_new, differ) {
                return Err(Refusal::OtherTerms);
            }
        }
        if outcome == Outcome::Unchanged {
            return Ok(Ruling::Unchanged(Box::new(self)));
        }
        if action == Transition::Approve {
            if circumstances.by_author && !ballot.asked.allow_self_approval {
                return Err(Refusal::SelfApproval);
            }
            let terms = agreed.unwrap_or(terms);
            return Ok(Ruling::Changed(Box::new(self.approve(outcome, ballot, (named, comment, terms), circumstances))));
        }

        let about = subject.clone();
        let asked = ballot.asked;
        let mut change = self.begin(EventType::from(action), circumstances);
        match action {
            Transition::Submit => {
                change.submit(asked);
                change.notify = circumstances.policy.told_of(change.asset.parts.asset_type, &change.asset.parts.details.tags);
            }
            Transition::Withdraw => change.restate_latest(VersionStatus::Draft),
            Transition::RequestChanges => change.request_changes(),
            Transition::Revoke => change.take_back_standing(),
            Transition::Archive => change.archive(),
            Transition::Restore => change.asset.parts.archived_at = None,
            Transition::Dismiss | Transition::Approve => {}
        }
        change.record(action, &about, named.is_named(), comment);
        match action {
            Transition::RequestChanges => change.want(items),
            Transition::Dismiss => change.dismiss(dismissed),
            Transition::Approve
            | Transition::Submit
            | Transition::Withdraw
            | Transition::Revoke
            | Transition::Archive
            | Transition::Restore => {}
        }
        Ok(Ruling::Changed(Box::new(change)))
    }

    /// One more person approves. If these are enough people, the latest version may be published from now on; if not, it waits
    /// for more, and others are told of no approval.
    fn approve(self, outcome: Outcome, ballot: Ballot, said: Said, circumstances: &Circumstances<'_>) -> Change {
        let (named, comment, terms) = said;
        let is_complete = outcome == Outcome::Becomes(Status::Approved);
        let about = self.parts.latest.clone();
        let mut change = self.begin(if is_complete { EventType::Approved } else { EventType::Updated }, circumstances);
        let AssetParts { revision, updated_at, details, .. } = &change.asset.parts;
        let (by, details) = (circumstances.by.actor.clone(), details.clone());
        let (by_author, digest_named) = (circumstances.by_author, named.digest.is_some());
        let own = Consent { by, at: *updated_at, revision: *revision, by_author, digest_named };
        let approvers = ballot.others.iter().chain([&own]).map(Consent::approver).collect();
        change.asked = ballot.asked;
        change.relies_on = ballot.others.iter().map(|consent| consent.by.key_prefix.clone()).collect();
        change.record(Transition::Approve, &about, named.is_named(), comment);
        change.tally(ballot.tally(), approvers);
        change.limit(terms.clone());
        if is_complete {
            change.approve_latest(details, terms);
        } else {
            change.count(ballot, own, terms);
        }
        change
    }
}

/// Which bytes were named, what was said, and on which terms.
type Said = (NamedBytes, Option<Comment>, Terms);

impl Change {
    fn submit(&mut self, asked: Requirement) {
        self.restate_latest(VersionStatus::PendingReview);
        self.asset.parts.round = Some(Round::new(asked));
        self.asset.parts.submitted_at = Some(self.asset.parts.updated_at);
    }

    /// To want these bytes otherwise ends an approval of the same bytes, whichever version has it.
    fn request_changes(&mut self) {
        let unwanted = self.asset.parts.latest.content.digest;
        if self.asset.parts.standing.as_ref().is_some_and(|approval| approval.version.content.digest == unwanted) {
            self.take_back_standing();
            // The latest version, if it was the approved one, is restated once: as what was asked for.
            let latest = self.asset.parts.latest.number;
            self.restated.retain(|(number, _)| *number != latest);
        }
        self.restate_latest(VersionStatus::ChangesRequested);
    }

    /// Archiving takes every link back, whether or not an approval stood.
    fn archive(&mut self) {
        self.retire_standing(VersionStatus::Revoked);
        if self.asset.parts.latest.status == VersionStatus::PendingReview {
            self.restate_latest(VersionStatus::Draft);
        }
        self.take_back_links();
        self.asset.parts.archived_at = Some(self.asset.parts.updated_at);
    }
}
