use uuid::Uuid;

use crate::{Download, Error, PreviewQuery, PreviewUrl, operation::GET_PREVIEW_URL};

group! {
    /// Links that work without a key.
    Previews
}

impl Previews<'_> {
    /// A link to one version, in one of the ways in which it can be shown.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn link(&self, asset: Uuid, query: &PreviewQuery) -> Result<PreviewUrl, Error> {
        self.0.query(&GET_PREVIEW_URL, &[&asset.to_string()], query).await
    }

    /// What a link of the service leads to. The key is not sent along.
    ///
    /// # Errors
    /// The link is no longer good, or the service is not reached.
    pub async fn follow(&self, link: &str) -> Result<Download, Error> {
        self.0.follow(link).await
    }
}
