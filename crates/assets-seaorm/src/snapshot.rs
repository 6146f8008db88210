//! An asset as one JSON text, from which a list rebuilds it without another look.

use std::borrow::Cow;

use assets_domain::{
    Approval, Asset, AssetId, AssetParts, AssetType, ChangeItem, Details, LinkEpoch, Revision, Round, Terms, Version, WorkspaceId,
};
use chrono::{
    DateTime, Utc,
    serde::{ts_microseconds, ts_microseconds_option},
};
use serde::{Deserialize, Serialize};

use crate::error::Fault;

/// What is kept of an asset. The workspace is not: whoever reads the row knows it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Snapshot<'a> {
    id: AssetId,
    asset_type: AssetType,
    details: Cow<'a, Details>,
    latest: Cow<'a, Version>,
    standing: Option<Standing<'a>>,
    #[serde(with = "ts_microseconds_option")]
    archived_at: Option<DateTime<Utc>>,
    #[serde(with = "ts_microseconds_option")]
    submitted_at: Option<DateTime<Utc>>,
    ever_approved: bool,
    #[serde(default, skip_serializing_if = "<[ChangeItem]>::is_empty")]
    open_items: Cow<'a, [ChangeItem]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    round: Option<Cow<'a, Round>>,
    revision: Revision,
    link_epoch: LinkEpoch,
    #[serde(with = "ts_microseconds")]
    created_at: DateTime<Utc>,
    #[serde(with = "ts_microseconds")]
    updated_at: DateTime<Utc>,
}

/// The approval that stands. What it shares with the asset is not written twice.
#[derive(Serialize, Deserialize)]
struct Standing<'a> {
    version: Option<Cow<'a, Version>>,
    details: Option<Cow<'a, Details>>,
    revision: Revision,
    #[serde(with = "ts_microseconds")]
    at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms: Option<Cow<'a, Terms>>,
}

/// Writes an asset down.
pub(crate) fn write(asset: &Asset) -> Result<String, Fault> {
    let parts = asset.parts();
    let standing = parts.standing.as_ref().map(|approval| Standing {
        version: (approval.version != parts.latest).then_some(Cow::Borrowed(&approval.version)),
        details: (approval.details != parts.details).then_some(Cow::Borrowed(&approval.details)),
        revision: approval.revision,
        at: approval.at,
        terms: (!approval.terms.are_unlimited()).then_some(Cow::Borrowed(&approval.terms)),
    });
    let snapshot = Snapshot {
        id: parts.id,
        asset_type: parts.asset_type,
        details: Cow::Borrowed(&parts.details),
        latest: Cow::Borrowed(&parts.latest),
        standing,
        archived_at: parts.archived_at,
        submitted_at: parts.submitted_at,
        ever_approved: parts.ever_approved,
        open_items: Cow::Borrowed(&parts.open_items),
        round: parts.round.as_ref().map(Cow::Borrowed),
        revision: parts.revision,
        link_epoch: parts.link_epoch,
        created_at: parts.created_at,
        updated_at: parts.updated_at,
    };
    Ok(serde_json::to_string(&snapshot)?)
}

/// Reads an asset back, and checks that it is one.
pub(crate) fn read(workspace: WorkspaceId, body: impl AsRef<[u8]>) -> Result<Asset, Fault> {
    serde_json::from_slice::<Snapshot<'_>>(body.as_ref())?.into_asset(workspace)
}

impl Snapshot<'_> {
    /// The asset, if it is one.
    pub(crate) fn into_asset(self, workspace: WorkspaceId) -> Result<Asset, Fault> {
        let (details, latest) = (self.details.into_owned(), self.latest.into_owned());
        let standing = self.standing.map(|standing| Approval {
            version: standing.version.map_or_else(|| latest.clone(), Cow::into_owned),
            details: standing.details.map_or_else(|| details.clone(), Cow::into_owned),
            revision: standing.revision,
            at: standing.at,
            terms: standing.terms.map(Cow::into_owned).unwrap_or_default(),
        });
        let parts = AssetParts {
            id: self.id,
            workspace,
            asset_type: self.asset_type,
            details,
            latest,
            standing,
            archived_at: self.archived_at,
            submitted_at: self.submitted_at,
            ever_approved: self.ever_approved,
            open_items: self.open_items.into_owned(),
            round: self.round.map(Cow::into_owned),
            revision: self.revision,
            link_epoch: self.link_epoch,
            created_at: self.created_at,
            updated_at: self.updated_at,
        };
        Ok(Asset::from_parts(parts)?)
    }
}
