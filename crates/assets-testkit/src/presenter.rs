use assets_domain::{AssetView, ports::Presenter};

/// Shows of an asset its title and revision.
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
}
