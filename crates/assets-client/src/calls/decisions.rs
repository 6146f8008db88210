use uuid::Uuid;

use crate::{
    Asset, BulkDecisions, BulkResults, Call, Change, DecisionInput, DismissInput, RequestChangesInput,
    operation::{
        APPROVE_ASSET, ARCHIVE_ASSET, DECIDE_ASSETS, DISMISS_CHANGE_ITEMS, REQUEST_CHANGES, RESTORE_ASSET, REVOKE_APPROVAL, SUBMIT_ASSET,
        WITHDRAW_ASSET,
    },
};

group! {
    /// Review and approval. Each answers the asset as it is then; [`DecisionInput::about`] names the bytes that were looked at.
    Decisions
}

macro_rules! decisions {
    ($( $(#[$doc:meta])* $name:ident: $operation:ident; )*) => {
        impl Decisions<'_> {
            $( $(#[$doc])*
            pub fn $name(&self, asset: Uuid, decision: &DecisionInput) -> Change<Asset> {
                Change::of(self.0, &$operation, &[&asset.to_string()], decision)
            } )*
        }
    };
}

decisions! {
    /// Hands the latest version in for review.
    submit: SUBMIT_ASSET;
    /// Takes it back from review.
    withdraw: WITHDRAW_ASSET;
    /// Approves it: only a person does, and no author of the bytes.
    approve: APPROVE_ASSET;
    /// Ends the approval that stands, with a comment.
    revoke: REVOKE_APPROVAL;
    /// Puts the asset away, and ends its approval.
    archive: ARCHIVE_ASSET;
    /// Takes it out again, as a draft.
    restore: RESTORE_ASSET;
}

impl Decisions<'_> {
    /// Sends it back, with what is wanted.
    pub fn request_changes(&self, asset: Uuid, wanted: &RequestChangesInput) -> Change<Asset> {
        Change::of(self.0, &REQUEST_CHANGES, &[&asset.to_string()], wanted)
    }

    /// No longer asks for points of requests for changes.
    pub fn dismiss(&self, asset: Uuid, points: &DismissInput) -> Change<Asset> {
        Change::of(self.0, &DISMISS_CHANGE_ITEMS, &[&asset.to_string()], points)
    }

    /// Decides about up to 500 assets, about each for itself: what became of it stands in the result.
    pub fn decide(&self, decisions: &BulkDecisions) -> Call<BulkResults> {
        Call::of(self.0, &DECIDE_ASSETS, &[], decisions)
    }
}
