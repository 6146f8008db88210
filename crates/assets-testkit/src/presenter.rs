use assets_domain::{AssetView, Decision, Version, ports::Presenter};

/// Shows of an asset its title and revision, of a version its number and bytes, of a decision its place and comment.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainPresenter;

impl PlainPresenter {
    /// Its only edition.
    pub const EDITION: i32 = 1;
}

impl Presenter for PlainPresenter {
    fn edition(&self) -> i32 {
        Self::EDITION
    }

    fn present(&self, asset: &AssetView) -> String {
        format!("{} {} at {}", asset.details.title.as_str(), asset.latest.number, asset.revision.get())
    }

    fn present_version(&self, version: &Version) -> String {
        format!("{}: {}", version.number, version.content.digest)
    }

    fn present_decision(&self, decision: &Decision) -> String {
        let comment = decision.comment.as_ref().map_or("", |comment| comment.as_str());
        format!("{} {} of {} {comment}", decision.revision.get(), decision.action.as_str(), decision.version)
    }
}
