use chrono::{DateTime, Utc};

use crate::{
    Act, Actor, Answer, Approval, Approver, Asset, AssetChange, AssetId, AssetParts, AssetType, AuditActor, AuditEntry, ChangeItem,
    Comment, Consent, Content, Decided, Decision, Details, Digest, Event, EventId, EventType, ItemId, KeyName, KeyPrefix, Provenance,
    RequestId, Requirement, Revision, Round, Subject, Tally, Terms, Transition, Version, VersionNumber, VersionStatus, WorkspaceId,
    approval::quorum::Ballot,
};

/// A finished change: decided, numbered and dated. The repository saves all of it or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub(super) asset: Asset,
    pub(super) before: Option<Box<Asset>>,
    pub(super) event_type: EventType,
    pub(super) by: Actor,
    pub(super) request: Option<RequestId>,
    pub(super) restated: Vec<(VersionNumber, VersionStatus)>,
    pub(super) added_version: bool,
    pub(super) added_bytes: bool,
    pub(super) decision: Option<Decision>,
    pub(super) asked: Requirement,
    pub(super) relies_on: Vec<KeyPrefix>,
    pub(super) notify: Vec<KeyName>,
}

/// An approval with all that it is about: what is put on paper and signed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Endorsement<'a> {
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// Of which asset.
    pub asset: AssetId,
    /// What kind of thing it is.
    pub asset_type: AssetType,
    /// The version that may be published.
    pub version: &'a Version,
    /// Who said so, when, and on which terms.
    pub decision: &'a Decision,
    /// What was asked of it: by the policy of the workspace then, or when the review began if that was more.
    pub asked: Requirement,
}

/// What of an asset was taken back: it may have been handed out before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenBack {
    /// All of it: it was archived.
    Everything,
    /// These bytes, whichever version has them.
    Bytes(Digest),
}

/// What a move came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Ruling {
    /// The asset already is what was asked for: there is nothing to save.
    Unchanged(Box<Asset>),
    /// This is to be saved.
    Changed(Box<Change>),
}

impl Change {
    /// The asset as it is after the change.
    #[must_use]
    pub const fn asset(&self) -> &Asset {
        &self.asset
    }

    /// The asset as it is after the change, when the change has been saved.
    #[must_use]
    pub fn into_asset(self) -> Asset {
        self.asset
    }

    /// The revision that must still be the asset's when this is saved; `None` for a new asset.
    #[must_use]
    pub fn before(&self) -> Option<Revision> {
        self.previous().map(Asset::revision)
    }

    /// The asset as it was when this was decided; `None` for a new asset. If it still is at its revision when this is saved,
    /// it still is this.
    #[must_use]
    pub fn previous(&self) -> Option<&Asset> {
        self.before.as_deref()
    }

    /// The versions, besides one that is added, whose status changes: three at most.
    #[must_use]
    pub fn restated(&self) -> &[(VersionNumber, VersionStatus)] {
        &self.restated
    }

    /// The version that is added, if one is.
    #[must_use]
    pub const fn added_version(&self) -> Option<&Version> {
        if self.added_version { Some(self.asset.latest()) } else { None }
    }

    /// Whether the caller becomes an author of the bytes of the added version. A rollback adds no author.
    #[must_use]
    pub const fn adds_author(&self) -> bool {
        self.added_bytes
    }

    /// What goes on record, if this is a decision.
    #[must_use]
    pub const fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    /// The keys by which others approved before, if this completes or continues what they began. It is saved only if none of
    /// them is revoked: what such a key approved does not count.
    #[must_use]
    pub fn relies_on(&self) -> &[KeyPrefix] {
        &self.relies_on
    }

    /// The approval that this is, if it is one. What more people must agree to is none.
    #[must_use]
    pub fn endorsement(&self) -> Option<Endorsement<'_>> {
        let decision = self.decision.as_ref().filter(|decision| decision.is_approval())?;
        let AssetParts { id, workspace, asset_type, latest, .. } = self.asset.parts();
        Some(Endorsement { workspace: *workspace, asset: *id, asset_type: *asset_type, version: latest, decision, asked: self.asked })
    }

    /// Whose word the approval that this makes rests on, if it makes one: who gave it, and if it is carried, who gave the one that
    /// it is carried from, too.
    #[must_use]
    pub fn approvers(&self) -> Vec<Actor> {
        let Some(decision) = self.decision.as_ref().filter(|decision| decision.is_approval()) else { return Vec::new() };
        let mut all: Vec<_> = decision.approvers().into_iter().map(|approver| approver.by).collect();
        all.push(decision.by.clone());
        all
    }

    /// What this takes back, if anything. It is about bytes, whether or not their approval stood to the end.
    #[must_use]
    pub fn taken_back(&self) -> Option<TakenBack> {
        self.decision.as_ref().and_then(|decision| match decision.action {
            Transition::Archive => Some(TakenBack::Everything),
            Transition::RequestChanges | Transition::Revoke => Some(TakenBack::Bytes(decision.digest)),
            Transition::Approve | Transition::Submit | Transition::Withdraw | Transition::Restore | Transition::Dismiss => None,
        })
    }

    /// What others are told.
    #[must_use]
    pub fn event(&self, id: EventId) -> Event {
        let parts = self.asset.parts();
        let (version, digest) = match &self.decision {
            Some(decision) => (decision.version, decision.digest),
            None => (parts.latest.number, parts.latest.content.digest),
        };
        let approved = |standing: Option<&Approval>| standing.map(|approval| (approval.version.number, approval.revision));
        let subject = AssetChange {
            asset: parts.id,
            asset_type: Some(parts.asset_type),
            campaign_id: parts.latest.provenance.campaign_id.clone(),
            brand_id: parts.latest.provenance.brand_id.clone(),
            version,
            digest,
            status: self.asset.status(),
            approved_version: parts.standing.as_ref().map(|approval| approval.version.number),
            approval_changed: approved(parts.standing.as_ref()) != approved(self.previous().and_then(Asset::standing)),
            notify: self.notify.clone(),
        };
        Event {
            id,
            event_type: self.event_type,
            workspace: parts.workspace,
            subject: Subject::Asset(subject),
            by: self.by.clone(),
            occurred_at: parts.updated_at,
        }
    }

    /// What the audit tells, if this is a decision. Of other changes the events tell.
    #[must_use]
    pub fn audit_entry(&self) -> Option<AuditEntry> {
        let decision = self.decision.as_ref()?;
        let act = Act::Decided(Decided {
            asset: self.asset.id(),
            revision: decision.revision.get(),
            action: decision.action,
            version: decision.version,
            digest: decision.digest,
            from: self.previous().map(Asset::status),
            to: self.asset.status(),
            bytes_named: decision.bytes_named,
            carried_from: decision.carried_from,
        });
        let by = AuditActor::Key(self.by.clone());
        Some(AuditEntry { workspace: self.asset.parts.workspace, at: decision.at, by, request: self.request, act })
    }

    const fn at(&self) -> DateTime<Utc> {
        self.asset.parts.updated_at
    }

    /// Gives the latest version another status. A review that it was under is over.
    pub(super) fn restate_latest(&mut self, status: VersionStatus) {
        self.asset.parts.round = None;
        let latest = &mut self.asset.parts.latest;
        latest.status = status;
        if !self.added_version {
            self.restated.push((latest.number, status));
        }
    }

    /// Ends the approval that stands; its version gets this status. The links of the asset stay good.
    pub(super) fn retire_standing(&mut self, status: VersionStatus) {
        if let Some(Approval { version, .. }) = self.asset.parts.standing.take() {
            if version.number == self.asset.parts.latest.number {
                self.restate_latest(status);
            } else {
                self.restated.push((version.number, status));
            }
        }
    }

    /// Takes the standing approval back, and every link to the asset with it.
    pub(super) fn take_back_standing(&mut self) {
        if self.asset.parts.standing.is_some() {
            self.retire_standing(VersionStatus::Revoked);
            self.take_back_links();
        }
    }

    /// Makes every link handed out so far worthless.
    pub(super) const fn take_back_links(&mut self) {
        self.asset.parts.link_epoch = self.asset.parts.link_epoch.next();
    }

    /// Approves the latest version with these details, on these terms; the approval that stood is superseded.
    pub(super) fn approve_latest(&mut self, details: Details, terms: Terms) {
        self.retire_standing(VersionStatus::Superseded);
        self.restate_latest(VersionStatus::Approved);
        let parts = &mut self.asset.parts;
        parts.ever_approved = true;
        parts.standing = Some(Approval { version: parts.latest.clone(), details, revision: parts.revision, at: parts.updated_at, terms });
    }

    /// Counts an approval to which more people must agree.
    pub(super) fn count(&mut self, ballot: Ballot, own: Consent, terms: Terms) {
        let Ballot { asked, mut others, .. } = ballot;
        others.push(own);
        // What was submitted before there were rounds is asked for as of now.
        let round = self.asset.parts.round.get_or_insert_with(|| Round::new(asked));
        *round = Round { required: asked.quorum, terms, consents: others, ..Round::new(round.asked) };
    }

    /// Puts a new version on top. The one below keeps its approval, but not its place in the queue.
    pub(super) fn append(&mut self, content: Content, provenance: Provenance, note: Option<Comment>, restored_from: Option<VersionNumber>) {
        if self.asset.parts.latest.status == VersionStatus::PendingReview {
            self.restate_latest(VersionStatus::Draft);
        }
        let at = self.at();
        let parts = &mut self.asset.parts;
        parts.latest = Version {
            number: parts.latest.number.next(),
            status: VersionStatus::Draft,
            content,
            provenance,
            note,
            answers: Vec::new(),
            restored_from,
            created_by: self.by.clone(),
            created_at: at,
        };
        parts.submitted_at = None;
        self.added_version = true;
    }

    /// Settles what the version that was added answers.
    pub(super) fn answer(&mut self, answers: Vec<Answer>) {
        let parts = &mut self.asset.parts;
        parts.open_items.retain(|item| !answers.iter().any(|answer| answer.item_id == item.id));
        parts.latest.answers = answers;
    }

    /// Has a decision ask for more, point by point.
    pub(super) fn want(&mut self, items: Vec<ChangeItem>) {
        if let Some(decision) = &mut self.decision {
            self.asset.parts.open_items.extend(items.iter().cloned());
            decision.items = items;
        }
    }

    /// Has a decision no longer ask for points: for these, or for all.
    pub(super) fn dismiss(&mut self, items: Option<Vec<ItemId>>) {
        if let Some(decision) = &mut self.decision {
            let dismissed = |item: &mut ChangeItem| items.as_ref().is_none_or(|items| items.contains(&item.id));
            decision.dismissed = self.asset.parts.open_items.extract_if(.., dismissed).map(|item| item.id).collect();
        }
    }

    /// Approves the latest version as its bytes were approved before, and records it.
    pub(super) fn carry(&mut self, approval: &Decision, from: VersionNumber, reason: Option<Comment>) {
        self.approve_latest(approval.details.clone(), approval.terms.clone());
        let about = self.asset.parts.latest.clone();
        self.record(Transition::Approve, &about, true, reason);
        if let Some(decision) = &mut self.decision {
            decision.carried_from = Some(from);
            decision.details = approval.details.clone();
            decision.tally = approval.tally;
            decision.approvers = approval.approvers();
        }
        self.limit(approval.terms.clone());
    }

    /// Has the decision on record say on which terms it was made.
    pub(super) fn limit(&mut self, terms: Terms) {
        if let Some(decision) = &mut self.decision {
            decision.terms = terms;
        }
    }

    /// Has the decision on record say how many people stand behind it, and who, if that is not one alone who is enough.
    pub(super) fn tally(&mut self, tally: Tally, approvers: Vec<Approver>) {
        if let Some(decision) = self.decision.as_mut().filter(|_| tally != Tally::ONE_OF_ONE) {
            decision.tally = Some(tally);
            decision.approvers = if approvers.len() > 1 { approvers } else { Vec::new() };
        }
    }

    /// Records a decision about a version.
    pub(super) fn record(&mut self, action: Transition, about: &Version, bytes_named: bool, comment: Option<Comment>) {
        self.decision = Some(Decision {
            revision: self.asset.parts.revision,
            action,
            version: about.number,
            digest: about.content.digest,
            bytes_named,
            by: self.by.clone(),
            at: self.at(),
            comment,
            carried_from: None,
            tally: None,
            approvers: Vec::new(),
            details: self.asset.parts.details.clone(),
            terms: Terms::default(),
            items: Vec::new(),
            dismissed: Vec::new(),
        });
    }
}
