use crate::{ChangeItem, Digest, FieldError, VersionNumber};

use super::{Action, Denied, Status};

/// Why a move was refused, for the asset as it stands. Nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The decision was made on other bytes than it would be about now.
    #[error("the decision was made on a version that is not the current one")]
    StaleVersion {
        /// The version it would be about.
        version: VersionNumber,
        /// The bytes it would be about.
        digest: Digest,
    },
    /// The table has no such move.
    #[error("{} is not possible while the asset is {}", action.as_str(), status.as_str())]
    IllegalTransition {
        /// What was asked for.
        action: Action,
        /// Where the asset stands.
        status: Status,
        /// What this caller could do instead, now.
        legal_actions: Vec<Action>,
    },
    /// What a person wants otherwise is not answered yet.
    #[error("changes that were asked for are open: add a version that answers each of them")]
    ChangesOpen {
        /// Everything that blocks.
        items: Vec<ChangeItem>,
        /// What this caller could do instead, now.
        legal_actions: Vec<Action>,
    },
    /// The asset was approved once, or is not a draft.
    #[error("only a draft that was never approved can be deleted")]
    NotDeletable {
        /// Where the asset stands.
        status: Status,
        /// What this caller could do instead, now.
        legal_actions: Vec<Action>,
    },
    /// The version is approved already, and on other terms.
    #[error("the version is approved already, on other terms; revoke that approval first")]
    OtherTerms,
    /// A point or an answer makes no sense for the asset as it stands.
    #[error("{}", .0.message)]
    Points(FieldError),
    /// The policy of the workspace wants the digest named.
    #[error("the workspace asks that decisions name the digest they are about")]
    DigestRequired,
    /// On this asset the move is a decision, which the caller may not make.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// An author of the bytes may not approve them.
    #[error("an author of these bytes cannot approve them")]
    SelfApproval,
}
