use bytes::Bytes;

use crate::{Asset, AssetView, Change, Decision, Position, Revision, Version, VersionStatus};

/// How the outside is shown assets. What it makes of an asset is kept beside the asset, written by whatever changes it, so
/// that to show a list or a history is to hand over what is there. It may depend on nothing else: not on time, settings or
/// secrets.
pub trait Presenter: Send + Sync {
    /// Goes up whenever something would be shown otherwise than before: what an earlier edition made is never given out.
    fn edition(&self) -> i32;

    /// What is kept of an asset as one reader sees it.
    fn present(&self, asset: &AssetView) -> String;

    /// What is kept of a version: all but its status, the one thing that changes.
    fn present_version(&self, version: &Version) -> String;

    /// What is kept of a decision.
    fn present_decision(&self, decision: &Decision) -> String;
}

/// What a change made, as it is presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Who made this.
    pub edition: i32,
    /// The asset for those who work on it.
    pub working: String,
    /// The asset for publishers, if an approval stands.
    pub published: Option<String>,
    /// The version that is added, if one is.
    pub version: Option<String>,
    /// What goes on record, if this is a decision.
    pub decision: Option<String>,
}

impl Presented {
    /// Presents what a change makes.
    #[must_use]
    pub fn by(presenter: &dyn Presenter, change: &Change) -> Self {
        let asset: &Asset = change.asset();
        Self {
            edition: presenter.edition(),
            working: presenter.present(&asset.clone().working()),
            published: asset.clone().published().map(|seen| presenter.present(&seen)),
            version: change.added_version().map(|version| presenter.present_version(version)),
            decision: change.decision().map(|decision| presenter.present_decision(decision)),
        }
    }
}

/// An asset in a list that is presented.
#[derive(Debug, Clone, PartialEq)]
pub enum Listed {
    /// As the edition that was asked for made it.
    Ready(Bytes),
    /// None, or another edition, made something of it: it has to be presented anew.
    Stale(Box<Asset>),
}

/// One page of a list that is presented, all of it as of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedPage {
    /// In order.
    pub items: Vec<Listed>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Position>,
    /// How many there are in all, if that was asked for.
    pub total: Option<u64>,
    /// How many changes there had been in the workspace.
    pub changes: u64,
}

/// An asset with its history, presented, all of it as of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedHistory {
    /// The revision that made what is seen of the asset.
    pub revision: Revision,
    /// As it stands.
    pub asset: Bytes,
    /// Versions, newest first, each with its status.
    pub versions: Vec<(VersionStatus, Bytes)>,
    /// Decisions, oldest first.
    pub decisions: Vec<Bytes>,
}
