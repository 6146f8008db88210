//! The state machine: one pure function, total over states and actions.

use serde::{Deserialize, Serialize};

/// Where an asset stands: the status of its latest version, or archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Being worked on.
    Draft,
    /// Waits for a person.
    PendingReview,
    /// The approval of the latest version stands.
    Approved,
    /// Put away; nothing of it can be published.
    Archived,
}

impl Status {
    /// Every status there is.
    pub const ALL: [Self; 4] = [Self::Draft, Self::PendingReview, Self::Approved, Self::Archived];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::PendingReview => "pending_review",
            Self::Approved => "approved",
            Self::Archived => "archived",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// A move that is recorded as a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// Ask a person to look.
    Submit,
    /// Take that request back.
    Withdraw,
    /// Let it be published.
    Approve,
    /// Want it otherwise. A comment says how.
    RequestChanges,
    /// Take the standing approval back, whichever version has it. A comment says why.
    Revoke,
    /// Put it away and end its approval.
    Archive,
    /// Take it out again, as a draft.
    Restore,
    /// No longer ask for changes that were asked for.
    Dismiss,
}

impl Transition {
    /// Every transition there is.
    pub const ALL: [Self; 8] =
        [Self::Submit, Self::Withdraw, Self::Approve, Self::RequestChanges, Self::Revoke, Self::Archive, Self::Restore, Self::Dismiss];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Withdraw => "withdraw",
            Self::Approve => "approve",
            Self::RequestChanges => "request_changes",
            Self::Revoke => "revoke",
            Self::Archive => "archive",
            Self::Restore => "restore",
            Self::Dismiss => "dismiss",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// Whether it must say why.
    #[must_use]
    pub const fn needs_comment(self) -> bool {
        matches!(self, Self::RequestChanges | Self::Revoke)
    }
}

/// Everything that can be done to an asset and depends on its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// A recorded decision.
    Transition(Transition),
    /// Add new content.
    AddVersion,
    /// Add the content of an earlier version again.
    Rollback,
    /// Remove it for good.
    Delete,
    /// Change title, description or tags.
    Update,
}

impl Action {
    /// Every action there is, in the order of the table.
    pub const ALL: [Self; 12] = [
        Self::Transition(Transition::Submit),
        Self::Transition(Transition::Withdraw),
        Self::Transition(Transition::Approve),
        Self::Transition(Transition::RequestChanges),
        Self::Transition(Transition::Revoke),
        Self::Transition(Transition::Archive),
        Self::Transition(Transition::Restore),
        Self::Transition(Transition::Dismiss),
        Self::AddVersion,
        Self::Rollback,
        Self::Delete,
        Self::Update,
    ];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transition(transition) => transition.as_str(),
            Self::AddVersion => "add_version",
            Self::Rollback => "rollback",
            Self::Delete => "delete",
            Self::Update => "update",
        }
    }
}

impl From<Transition> for Action {
    fn from(transition: Transition) -> Self {
        Self::Transition(transition)
    }
}

/// What an action does where it is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The asset has this status afterwards.
    Becomes(Status),
    /// Something changes, the status does not.
    Stays,
    /// The asset already is what was asked for: nothing is written.
    Unchanged,
    /// A draft, or approved if an approval is carried.
    DraftOrApproved,
    /// The asset is no more.
    Gone,
}

/// What of an asset, besides its status, makes an action possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Situation {
    /// Where the asset stands.
    pub status: Status,
    /// Whether some version's approval stands.
    pub approval_stands: bool,
    /// Whether any version was ever approved.
    pub ever_approved: bool,
    /// What of the changes that were asked for is open.
    pub wanted: Wanted,
    /// What an approval by whoever asks comes to, while one is waited for; else that it would be enough.
    pub one_more: OneMore,
}

/// What one more approval comes to while a version waits for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OneMore {
    /// Enough people have approved then.
    Completes,
    /// It counts, and more are required.
    Counts,
    /// The same person has approved already, and more are required.
    Repeats,
}

impl OneMore {
    /// Everything that it can come to.
    pub const ALL: [Self; 3] = [Self::Completes, Self::Counts, Self::Repeats];
}

/// What of the changes that were asked for is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wanted {
    /// Nothing.
    Nothing,
    /// Suggestions alone.
    Suggestions,
    /// Something that blocks.
    Blocking,
}

impl Wanted {
    /// Everything that can be open.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Suggestions, Self::Blocking];
}

/// The table: what an action leads to, or `None` where it is refused.
#[must_use]
pub const fn outcome(situation: Situation, action: Action) -> Option<Outcome> {
    use Outcome::{Becomes, DraftOrApproved, Gone, Stays, Unchanged};
    use Status::{Approved, Archived, Draft, PendingReview};
    use Transition as T;
    match (action, situation.status) {
        (Action::Transition(T::Submit), Draft) if !matches!(situation.wanted, Wanted::Blocking) => Some(Becomes(PendingReview)),
        (Action::Transition(T::Submit), Draft | PendingReview | Approved | Archived) => None,

        (Action::Transition(T::Withdraw), PendingReview) => Some(Becomes(Draft)),
        (Action::Transition(T::Withdraw), Draft | Approved | Archived) => None,

        (Action::Transition(T::Approve), PendingReview) => Some(match situation.one_more {
            OneMore::Completes => Becomes(Approved),
            OneMore::Counts => Stays,
            OneMore::Repeats => Unchanged,
        }),
        (Action::Transition(T::Approve), Approved) => Some(Unchanged),
        (Action::Transition(T::Approve), Draft | Archived) => None,

        (Action::Transition(T::RequestChanges), PendingReview | Approved) => Some(Becomes(Draft)),
        (Action::Transition(T::RequestChanges), Draft | Archived) => None,

        (Action::Transition(T::Revoke), Draft | PendingReview) if situation.approval_stands => Some(Stays),
        (Action::Transition(T::Revoke), Approved) if situation.approval_stands => Some(Becomes(Draft)),
        (Action::Transition(T::Revoke), Draft | PendingReview | Approved | Archived) => None,

        (Action::Transition(T::Archive), Draft | PendingReview | Approved) => Some(Becomes(Archived)),
        (Action::Transition(T::Archive), Archived) => Some(Unchanged),

        (Action::Transition(T::Restore), Archived) => Some(Becomes(Draft)),
        (Action::Transition(T::Restore), Draft | PendingReview | Approved) => None,

        (Action::Transition(T::Dismiss), Draft | PendingReview | Approved) if !matches!(situation.wanted, Wanted::Nothing) => Some(Stays),
        (Action::Transition(T::Dismiss), Draft | PendingReview | Approved | Archived) => None,

        (Action::AddVersion, Draft | PendingReview | Approved) => Some(Becomes(Draft)),
        (Action::AddVersion, Archived) => None,

        (Action::Rollback, Draft | PendingReview | Approved) => Some(DraftOrApproved),
        (Action::Rollback, Archived) => None,

        (Action::Delete, Draft) if !situation.ever_approved => Some(Gone),
        (Action::Delete, Draft | PendingReview | Approved | Archived) => None,

        (Action::Update, Draft | PendingReview | Approved) => Some(Stays),
        (Action::Update, Archived) => None,
    }
}
