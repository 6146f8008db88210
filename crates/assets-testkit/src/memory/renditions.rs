use assets_domain::ports::{Breakage, Rendition, RenditionId, Renditions};
use async_trait::async_trait;

use super::InMemoryAssets;

#[async_trait]
impl Renditions for InMemoryAssets {
    async fn rendition(&self, id: &RenditionId) -> Result<Option<Rendition>, Breakage> {
        Ok(self.tables().renditions.get(id).cloned())
    }

    async fn keep(&self, rendition: &Rendition) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let RenditionId { workspace, digest, .. } = rendition.id;
        if !tables.blobs.contains_key(&(workspace, digest)) || tables.tombstones.contains_key(&rendition.stored.key) {
            return Ok(false);
        }
        tables.renditions.insert(rendition.id, rendition.clone());
        Ok(true)
    }

    async fn forget(&self, id: &RenditionId) -> Result<(), Breakage> {
        self.tables().renditions.remove(id);
        Ok(())
    }
}
