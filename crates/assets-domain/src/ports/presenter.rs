use bytes::Bytes;

use crate::{Asset, AssetView, Position, Revision, VersionStatus};

/// How the outside is shown assets. What it makes of an asset is kept beside the asset, written by whatever changes it, so
/// that to show a list is to hand over what is there.
pub trait Presenter: Send + Sync {
    /// Goes up whenever an asset would be shown otherwise than before: what an earlier edition made is never given out.
    fn edition(&self) -> i32;

    /// What is kept of an asset as one reader sees it. It may depend on nothing else: not on time, settings or secrets.
    fn present(&self, asset: &AssetView) -> String;
}

/// An asset as it is presented to each of its readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Who made this.
    pub edition: i32,
    /// For those who work on it.
    pub working: String,
    /// For publishers, if an approval stands.
    pub published: Option<String>,
}

impl Presented {
    /// Presents an asset.
    #[must_use]
    pub fn by(presenter: &dyn Presenter, asset: &Asset) -> Self {
        let present = |seen: AssetView| presenter.present(&seen);
        Self { edition: presenter.edition(), working: present(asset.clone().working()), published: asset.clone().published().map(present) }
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

/// An asset with its history as it is kept, all of it as of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyHistory {
    /// The asset's revision.
    pub revision: Revision,
    /// As it stands, as the edition that was asked for made it.
    pub asset: Bytes,
    /// Versions, newest first, each with its status: as they were added, in the JSON that serde makes of a
    /// [`Version`](crate::Version).
    pub versions: Vec<(VersionStatus, Bytes)>,
    /// Decisions, oldest first, in the JSON that serde makes of a [`Decision`](crate::Decision).
    pub decisions: Vec<Bytes>,
}
