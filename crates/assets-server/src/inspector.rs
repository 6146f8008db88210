//! Content is known by its first bytes and measured by what its headers say; the pages of a PDF are counted by reading it as
//! what draws them does, and that is done behind walls.

use std::sync::Arc;

use assets_domain::{
    AssetType, MediaType,
    ports::{Breakage, Measured, MediaInspector, RandomRead, Unfit},
};
use assets_media::ByteInspector;
use assets_render::Workshop;
use async_trait::async_trait;

/// Knows what bytes are.
pub(crate) struct Inspector {
    pub(crate) bytes: ByteInspector,
    pub(crate) workshop: Arc<Workshop>,
}

#[async_trait]
impl MediaInspector for Inspector {
    fn sniff(&self, asset_type: AssetType, declared: Option<MediaType>, head: &[u8]) -> Result<MediaType, Unfit> {
        self.bytes.sniff(asset_type, declared, head)
    }

    async fn measure(
        &self,
        asset_type: AssetType,
        media_type: MediaType,
        content: &dyn RandomRead,
    ) -> Result<Result<Measured, Unfit>, Breakage> {
        let mut measured = self.bytes.measure(asset_type, media_type, content).await?;
        if media_type == MediaType::Pdf
            && let Ok(measured) = &mut measured
            && let Some(pages) = self.workshop.pages(content).await?
        {
            measured.facts.pages = Some(pages);
        }
        Ok(measured)
    }
}
