//! Who may do what: kind and scope. Who may not because of what they did before is in [`Refusal`](super::Refusal).

use crate::{Principal, Scope, principal::KeyKind};

use super::machine::{Action, Transition};

/// What an action asks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// The scope `assets:write`, whoever it is.
    Write,
    /// To be a person, with the scope `assets:approve`.
    Decide,
}

/// Why the caller may not, whatever the asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Only a key of kind `person` decides.
    #[error("only a person can decide this")]
    HumanRequired,
    /// The key lacks this scope.
    #[error("the key lacks the scope {}", .0.as_str())]
    MissingScope(Scope),
}

impl Action {
    /// What the action asks of the caller, whatever the asset.
    #[must_use]
    pub const fn right(self) -> Right {
        match self {
            Self::Transition(Transition::Approve | Transition::RequestChanges | Transition::Revoke | Transition::Dismiss) => Right::Decide,
            Self::Transition(Transition::Submit | Transition::Withdraw | Transition::Archive | Transition::Restore)
            | Self::AddVersion
            | Self::Rollback
            | Self::Delete
            | Self::Update => Right::Write,
        }
    }

    /// What the action asks of the caller on an asset: to archive what is approved is to decide.
    #[must_use]
    pub const fn right_on(self, approval_stands: bool) -> Right {
        match self {
            Self::Transition(Transition::Archive) if approval_stands => Right::Decide,
            _ => self.right(),
        }
    }

    /// Judges the caller before the asset is known: whoever could do it to some asset is let through. The asset itself
    /// is judged by [`Action::right_on`].
    ///
    /// # Errors
    /// What the caller lacks, whatever the asset.
    pub fn admit(self, by: &Principal) -> Result<(), Denied> {
        self.right().judge(by).or_else(|denied| self.right_on(true).judge(by).map_err(|_| denied))
    }
}

impl Right {
    /// Judges the caller: kind first, then scope.
    ///
    /// # Errors
    /// What the caller lacks.
    pub fn judge(self, by: &Principal) -> Result<(), Denied> {
        let scope = match self {
            Self::Write => Scope::Write,
            Self::Decide if by.actor.kind != KeyKind::Person => return Err(Denied::HumanRequired),
            Self::Decide => Scope::Approve,
        };
        if by.scopes.allow(scope) { Ok(()) } else { Err(Denied::MissingScope(scope)) }
    }
}
