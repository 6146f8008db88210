use chrono::{DateTime, Utc};

use crate::{
    Action, Asset, ChangeItem, Comment, EventType, ItemId, NamedBytes, Policy, Principal, Refusal, Terms, Transition, Version,
    VersionStatus, approval::machine::Outcome,
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
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// Who asks.
    pub by: &'a Principal,
    /// When.
    pub at: DateTime<Utc>,
    /// What the workspace asks of its decisions.
    pub policy: Policy,
    /// Whether the caller ever added the bytes in question to this asset.
    pub by_author: bool,
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

    /// Decides, or refuses and changes nothing. The one choke point for every recorded decision but a carried one.
    ///
    /// # Errors
    /// In this order: the caller may not on this asset; a point makes no sense; the digest was not named but must be; other bytes were named; the
    /// table has no such move; it is approved already, on other terms; the caller is an author of the bytes.
    pub fn decide(self, request: DecisionRequest, circumstances: &Circumstances<'_>) -> Result<Ruling, Refusal> {
        let judged = self.judge_points(&request);
        let DecisionRequest { action, named, comment, terms, items, dismissed } = request;
        Action::from(action).right_on(self.parts.standing.is_some()).judge(circumstances.by)?;
        judged?;
        circumstances.policy.judge(named)?;
        let subject = self.subject_of(action);
        let (version, digest) = (subject.number, subject.content.digest);
        // What is revoked already is not stale but over: there are no other bytes that the caller could have meant.
        let nothing_to_revoke = action == Transition::Revoke && self.parts.standing.is_none();
        if !nothing_to_revoke && !named.agree_with(version, &digest) {
            return Err(Refusal::StaleVersion { version, digest });
        }
        if self.possible(action.into(), circumstances)? == Outcome::Unchanged {
            // Who says nothing of terms agrees to those that stand.
            if !terms.are_unlimited() && self.parts.standing.as_ref().is_none_or(|approval| approval.terms != terms) {
                return Err(Refusal::OtherTerms);
            }
            return Ok(Ruling::Unchanged(Box::new(self)));
        }
        if action == Transition::Approve && circumstances.by_author && !circumstances.policy.allow_self_approval {
            return Err(Refusal::SelfApproval);
        }

        let about = subject.clone();
        let mut change = self.begin(EventType::from(action), circumstances);
        match action {
            Transition::Submit => change.submit(),
            Transition::Withdraw => change.restate_latest(VersionStatus::Draft),
            Transition::Approve => change.approve_latest(change.asset.parts.details.clone(), terms.clone()),
            Transition::RequestChanges => change.request_changes(),
            Transition::Revoke => change.take_back_standing(),
            Transition::Archive => change.archive(),
            Transition::Restore => change.asset.parts.archived_at = None,
            Transition::Dismiss => {}
        }
        change.record(action, &about, named.is_named(), comment);
        match action {
            Transition::Approve => change.limit(terms),
            Transition::RequestChanges => change.want(items),
            Transition::Dismiss => change.dismiss(dismissed),
            Transition::Submit | Transition::Withdraw | Transition::Revoke | Transition::Archive | Transition::Restore => {}
        }
        Ok(Ruling::Changed(Box::new(change)))
    }
}

impl Change {
    fn submit(&mut self) {
        self.restate_latest(VersionStatus::PendingReview);
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
