//! The asset: one thing to be published, and the one place where it changes.

mod change;
mod decide;
mod past;
mod points;
mod view;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Act, Action, Answer, AssetChange, AssetId, AssetType, AuditActor, AuditEntry, ChangeItem, Comment, Content, Decision, Details, Event,
    EventId, EventType, Principal, Provenance, Requirement, Round, Severity, Status, Subject, Terms, Transition, Version, VersionNumber,
    VersionStatus, WorkspaceId,
    approval::{
        machine::{OneMore, Outcome, Situation, Wanted, outcome},
        quorum::Ballot,
    },
};

pub use change::{Change, Endorsement, Ruling, TakenBack};
pub(crate) use points::misplaced;

pub use decide::{Circumstances, DecisionRequest};
pub use past::standing_at;
pub use view::{ApprovedVersion, AssetView};

/// How often an asset has changed: 1 when it is created, one more with every change. What writers compare and swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// The revision of a new asset.
    pub const FIRST: Self = Self(1);

    /// Takes back what [`Revision::get`] gave.
    #[must_use]
    pub const fn new(revision: u64) -> Self {
        Self(revision)
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Counts how often the preview links of an asset were taken back. A link is good for one epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkEpoch(u32);

impl LinkEpoch {
    /// Takes back what [`LinkEpoch::get`] gave.
    #[must_use]
    pub const fn new(epoch: u32) -> Self {
        Self(epoch)
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// An approval that stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    /// The version that was approved.
    pub version: Version,
    /// Title, description and tags as approved.
    pub details: Details,
    /// The revision that the approval made.
    pub revision: Revision,
    /// When it was approved.
    pub at: DateTime<Utc>,
    /// What it is good for.
    pub terms: Terms,
}

/// Everything that is kept of an asset besides its history: what adapters write and read back.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetParts {
    /// Which asset.
    pub id: AssetId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// What kind of thing.
    pub asset_type: AssetType,
    /// Title, description and tags.
    pub details: Details,
    /// The newest version.
    pub latest: Version,
    /// The one approval that stands, if any.
    pub standing: Option<Approval>,
    /// Since when it is archived, if it is.
    pub archived_at: Option<DateTime<Utc>>,
    /// When the newest version was last submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Whether any version was ever approved.
    pub ever_approved: bool,
    /// What of the changes that were asked for is open, oldest first.
    pub open_items: Vec<ChangeItem>,
    /// The review that the newest version is under; none where it was submitted to a release that knew no rounds.
    pub round: Option<Round>,
    /// How often it has changed.
    pub revision: Revision,
    /// How often its links were taken back.
    pub link_epoch: LinkEpoch,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// One thing to be published, as it stands.
///
/// Its status is not kept but follows from the status of its latest version. A change consumes it and gives a
/// [`Change`], which the repository saves by compare-and-swap on the revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Asset {
    parts: AssetParts,
}

/// Rows that cannot have come from here: what they say contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Corrupt {
    /// The latest version is said to be approved, but no approval of it stands.
    #[error("the latest version is approved without a standing approval")]
    ApprovedWithoutApproval,
    /// An approval is said to stand whose version is not approved.
    #[error("an approval stands for a version that is not approved")]
    StandingNotApproved,
    /// An approval is said to stand for a version later than the latest.
    #[error("an approval stands for a version that does not exist")]
    StandingUnknown,
    /// An archived asset is said to have an approval.
    #[error("an approval stands for an archived asset")]
    ArchivedWithApproval,
    /// An approval stands for an asset that was never approved.
    #[error("an approval stands for an asset that was never approved")]
    NeverApproved,
    /// The latest version waits for a person, who said what is to be done before.
    #[error("the latest version is pending although changes that were asked for block it")]
    PendingWhileBlocked,
    /// A review is said to be under way of a version that does not wait for one.
    #[error("a review is under way of a version that is not pending")]
    RoundWhileNotPending,
    /// A review is said to be under way that is over, or in which somebody approved twice.
    #[error("a review is under way that has all its approvals, or one of them twice")]
    RoundUnsound,
}

/// What a new asset is made of, all of it checked.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAsset {
    /// What kind of thing.
    pub asset_type: AssetType,
    /// Title, description and tags.
    pub details: Details,
    /// Where it comes from.
    pub provenance: Provenance,
}

impl Asset {
    /// Creates an asset with its first version, a draft.
    #[must_use]
    pub fn create(id: AssetId, new: NewAsset, content: Content, by: &Principal, at: DateTime<Utc>) -> Change {
        let latest = Version {
            number: VersionNumber::FIRST,
            status: VersionStatus::Draft,
            content,
            provenance: new.provenance,
            note: None,
            answers: Vec::new(),
            restored_from: None,
            created_by: by.actor.clone(),
            created_at: at,
        };
        let parts = AssetParts {
            id,
            workspace: by.workspace,
            asset_type: new.asset_type,
            details: new.details,
            latest,
            standing: None,
            archived_at: None,
            submitted_at: None,
            ever_approved: false,
            open_items: Vec::new(),
            round: None,
            revision: Revision::FIRST,
            link_epoch: LinkEpoch::default(),
            created_at: at,
            updated_at: at,
        };
        Change {
            asset: Self { parts },
            before: None,
            event_type: EventType::Created,
            by: by.actor.clone(),
            request: by.request,
            restated: Vec::new(),
            added_version: true,
            added_bytes: true,
            decision: None,
            asked: Requirement::default(),
            relies_on: Vec::new(),
            notify: Vec::new(),
        }
    }

    /// Rebuilds an asset from what was kept of it.
    ///
    /// # Errors
    /// The parts contradict each other.
    pub fn from_parts(parts: AssetParts) -> Result<Self, Corrupt> {
        let latest_is_standing = parts.standing.as_ref().is_some_and(|approval| approval.version.number == parts.latest.number);
        if parts.latest.status == VersionStatus::Approved && !latest_is_standing {
            return Err(Corrupt::ApprovedWithoutApproval);
        }
        if let Some(approval) = &parts.standing {
            let said = if latest_is_standing { parts.latest.status } else { approval.version.status };
            if said != VersionStatus::Approved {
                return Err(Corrupt::StandingNotApproved);
            }
            if approval.version.number > parts.latest.number {
                return Err(Corrupt::StandingUnknown);
            }
            if parts.archived_at.is_some() {
                return Err(Corrupt::ArchivedWithApproval);
            }
            if !parts.ever_approved {
                return Err(Corrupt::NeverApproved);
            }
        }
        let asset = Self { parts };
        if asset.status() == Status::PendingReview && asset.wanted() == Wanted::Blocking {
            return Err(Corrupt::PendingWhileBlocked);
        }
        if let Some(round) = &asset.parts.round {
            if asset.status() != Status::PendingReview {
                return Err(Corrupt::RoundWhileNotPending);
            }
            if !round.is_sound() {
                return Err(Corrupt::RoundUnsound);
            }
        }
        Ok(asset)
    }

    /// Everything that is to be kept.
    #[must_use]
    pub const fn parts(&self) -> &AssetParts {
        &self.parts
    }

    /// Which asset.
    #[must_use]
    pub const fn id(&self) -> AssetId {
        self.parts.id
    }

    /// How often it has changed.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.parts.revision
    }

    /// The newest version.
    #[must_use]
    pub const fn latest(&self) -> &Version {
        &self.parts.latest
    }

    /// The approval that stands, if any.
    #[must_use]
    pub const fn standing(&self) -> Option<&Approval> {
        self.parts.standing.as_ref()
    }

    /// Where the asset stands.
    #[must_use]
    pub const fn status(&self) -> Status {
        if self.parts.archived_at.is_some() {
            return Status::Archived;
        }
        match self.parts.latest.status {
            VersionStatus::PendingReview => Status::PendingReview,
            VersionStatus::Approved => Status::Approved,
            VersionStatus::Draft | VersionStatus::ChangesRequested | VersionStatus::Superseded | VersionStatus::Revoked => Status::Draft,
        }
    }

    /// What the table needs to know of the asset, and of whoever asks.
    #[must_use]
    pub fn situation(&self, circumstances: &Circumstances<'_>) -> Situation {
        Situation {
            status: self.status(),
            approval_stands: self.parts.standing.is_some(),
            ever_approved: self.parts.ever_approved,
            wanted: self.wanted(),
            one_more: match self.status() {
                Status::PendingReview => self.ballot(circumstances).one_more(),
                Status::Draft | Status::Approved | Status::Archived => OneMore::Completes,
            },
        }
    }

    /// What of the changes that were asked for is open, oldest first.
    #[must_use]
    pub fn open_items(&self) -> &[ChangeItem] {
        &self.parts.open_items
    }

    fn blocking(&self) -> impl Iterator<Item = &ChangeItem> {
        self.parts.open_items.iter().filter(|item| item.severity == Severity::Blocking)
    }

    fn wanted(&self) -> Wanted {
        if self.parts.open_items.is_empty() {
            Wanted::Nothing
        } else if self.blocking().next().is_none() {
            Wanted::Suggestions
        } else {
            Wanted::Blocking
        }
    }

    /// What is asked of an approval of the latest version now.
    fn asked_now(&self, circumstances: &Circumstances<'_>) -> Requirement {
        circumstances.policy.for_asset(self.parts.asset_type, &self.parts.details.tags)
    }

    /// How it stands with the approvals of the latest version.
    fn ballot(&self, circumstances: &Circumstances<'_>) -> Ballot {
        let Circumstances { by, revoked, .. } = circumstances;
        Ballot::of(self.parts.round.as_ref(), self.asked_now(circumstances), &by.actor, revoked)
    }

    /// What this caller could do now that would change something, in the order of the table.
    #[must_use]
    pub fn legal_actions(&self, circumstances: &Circumstances<'_>) -> Vec<Action> {
        let situation = self.situation(circumstances);
        let is_own = circumstances.by_author && !self.ballot(circumstances).asked.allow_self_approval;
        let possible = |action: &Action| !matches!(outcome(situation, *action), None | Some(Outcome::Unchanged));
        let permitted = |action: &Action| action.right_on(self.parts.standing.is_some()).judge(circumstances.by).is_ok();
        let own = |action: &Action| *action == Action::Transition(Transition::Approve) && is_own;
        Action::ALL.into_iter().filter(|action| possible(action) && permitted(action) && !own(action)).collect()
    }

    /// Whether the caller may carry this approval over to a new version with the same bytes: as many people stand behind it as
    /// are asked for now, of what was approved and of the asset as it is called now.
    fn may_carry(&self, approval: &Decision, circumstances: &Circumstances<'_>) -> bool {
        let of_approved = circumstances.policy.for_asset(self.parts.asset_type, &approval.details.tags);
        let asked = self.asked_now(circumstances).strictest(of_approved);
        let may_decide = circumstances.by.may_decide() && (!circumstances.by_author || asked.allow_self_approval);
        may_decide && asked.quorum.is_met_by(approval.tally().given.into())
    }

    fn begin(self, event_type: EventType, circumstances: &Circumstances<'_>) -> Change {
        let asked = self.asked_now(circumstances);
        let before = Some(Box::new(self.clone()));
        let mut parts = self.parts;
        parts.revision = parts.revision.next();
        parts.updated_at = circumstances.at;
        Change {
            asset: Self { parts },
            before,
            event_type,
            by: circumstances.by.actor.clone(),
            request: circumstances.by.request,
            restated: Vec::new(),
            added_version: false,
            added_bytes: false,
            decision: None,
            asked,
            relies_on: Vec::new(),
            notify: Vec::new(),
        }
    }

    /// Changes title, description and tags. A standing approval keeps those it was given on; in a review that is under way,
    /// whoever has approved has to look again.
    ///
    /// # Errors
    /// The asset is archived.
    pub fn update(self, details: Details, circumstances: &Circumstances<'_>) -> Result<Ruling, crate::Refusal> {
        self.possible(Action::Update, circumstances)?;
        if details == self.parts.details {
            return Ok(Ruling::Unchanged(Box::new(self)));
        }
        let mut change = self.begin(EventType::Updated, circumstances);
        change.asset.parts.details = details;
        // Whoever approved it did so with the details that were there.
        if let Some(round) = &mut change.asset.parts.round {
            round.begin_anew();
        }
        Ok(Ruling::Changed(Box::new(change)))
    }

    /// Appends a version with new content. A review in progress ends; a standing approval stays. What it answers is settled.
    ///
    /// # Errors
    /// An answer is to no open point; the asset is archived.
    pub fn add_version(
        self,
        content: Content,
        provenance: Provenance,
        note: Option<Comment>,
        answers: Vec<Answer>,
        circumstances: &Circumstances<'_>,
    ) -> Result<Change, crate::Refusal> {
        self.judge_answers(&answers)?;
        self.possible(Action::AddVersion, circumstances)?;
        let mut change = self.begin(EventType::VersionAdded, circumstances);
        change.append(content, provenance, note, None);
        change.answer(answers);
        change.added_bytes = true;
        Ok(change)
    }

    /// Appends a version with the content and provenance of an earlier one (or of the latest itself).
    ///
    /// `verdict` is the newest one on these bytes in this asset. If it is an approval, by as many people as are asked for now,
    /// and the caller may decide on them, it is carried, with the title, description and tags that were approved. What it
    /// answers is settled.
    ///
    /// # Errors
    /// The asset is archived.
    pub fn rollback(
        self,
        to: &Version,
        reason: Option<Comment>,
        answers: Vec<Answer>,
        verdict: Option<&Decision>,
        circumstances: &Circumstances<'_>,
    ) -> Result<Change, crate::Refusal> {
        self.judge_answers(&answers)?;
        self.possible(Action::Rollback, circumstances)?;
        let carried = verdict.filter(|verdict| verdict.is_approval() && self.may_carry(verdict, circumstances));
        let mut change = self.begin(EventType::RolledBack, circumstances);
        change.append(to.content.clone(), to.provenance.clone(), reason.clone(), Some(to.number));
        change.answer(answers);
        if let Some(approval) = carried {
            change.carry(approval, to.number, reason);
        }
        Ok(change)
    }

    /// Whether the asset may be removed for good.
    ///
    /// # Errors
    /// It is no draft, or was approved once.
    pub fn delete(&self, circumstances: &Circumstances<'_>) -> Result<(), crate::Refusal> {
        match outcome(self.situation(circumstances), Action::Delete) {
            Some(_) => Ok(()),
            None => Err(crate::Refusal::NotDeletable { status: self.status(), legal_actions: self.legal_actions(circumstances) }),
        }
    }

    /// What others are told when the asset is removed.
    #[must_use]
    pub fn deleted(&self, id: EventId, circumstances: &Circumstances<'_>) -> Event {
        let subject = AssetChange {
            asset: self.parts.id,
            asset_type: Some(self.parts.asset_type),
            campaign_id: self.parts.latest.provenance.campaign_id.clone(),
            brand_id: self.parts.latest.provenance.brand_id.clone(),
            version: self.parts.latest.number,
            digest: self.parts.latest.content.digest,
            status: self.status(),
            approved_version: None,
            approval_changed: false,
            notify: Vec::new(),
        };
        Event {
            id,
            event_type: EventType::Deleted,
            workspace: self.parts.workspace,
            subject: Subject::Asset(subject),
            by: circumstances.by.actor.clone(),
            occurred_at: circumstances.at,
        }
    }

    /// What the audit tells when the asset is removed.
    #[must_use]
    pub fn deletion_entry(&self, circumstances: &Circumstances<'_>) -> AuditEntry {
        let Version { number, content, .. } = &self.parts.latest;
        AuditEntry {
            workspace: self.parts.workspace,
            at: circumstances.at,
            by: AuditActor::Key(circumstances.by.actor.clone()),
            request: circumstances.by.request,
            act: Act::Deleted { asset: self.parts.id, version: *number, digest: content.digest },
        }
    }

    fn possible(&self, action: Action, circumstances: &Circumstances<'_>) -> Result<Outcome, crate::Refusal> {
        outcome(self.situation(circumstances), action).ok_or_else(|| {
            let (status, legal_actions) = (self.status(), self.legal_actions(circumstances));
            if action == Action::Transition(Transition::Submit) && status == Status::Draft {
                return crate::Refusal::ChangesOpen { items: self.blocking().cloned().collect(), legal_actions };
            }
            crate::Refusal::IllegalTransition { action, status, legal_actions }
        })
    }
}
