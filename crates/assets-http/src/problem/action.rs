//! What can be done to an asset, by name.

use assets_domain::{Action, Transition};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that can be done to an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AssetAction)]
#[expect(missing_docs, reason = "the domain enum documents each name")]
pub enum ActionName {
    Submit,
    Withdraw,
    Approve,
    RequestChanges,
    Revoke,
    Archive,
    Restore,
    Dismiss,
    AddVersion,
    Rollback,
    Delete,
    Update,
}

impl From<Action> for ActionName {
    fn from(action: Action) -> Self {
        match action {
            Action::Transition(Transition::Submit) => Self::Submit,
            Action::Transition(Transition::Withdraw) => Self::Withdraw,
            Action::Transition(Transition::Approve) => Self::Approve,
            Action::Transition(Transition::RequestChanges) => Self::RequestChanges,
            Action::Transition(Transition::Revoke) => Self::Revoke,
            Action::Transition(Transition::Archive) => Self::Archive,
            Action::Transition(Transition::Restore) => Self::Restore,
            Action::Transition(Transition::Dismiss) => Self::Dismiss,
            Action::AddVersion => Self::AddVersion,
            Action::Rollback => Self::Rollback,
            Action::Delete => Self::Delete,
            Action::Update => Self::Update,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_the_name_that_the_domain_gives_it() {
        for action in Action::ALL {
            assert_eq!(serde_json::to_value(ActionName::from(action)).unwrap(), action.as_str());
        }
    }
}
