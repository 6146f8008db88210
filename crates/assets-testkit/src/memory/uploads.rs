use assets_domain::{
    Digest, Upload, UploadId, WorkspaceId,
    ports::{Append, AppendError, BlobKey, Breakage, UploadPart, Uploads},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::InMemoryAssets;

#[async_trait]
impl Uploads for InMemoryAssets {
    async fn begin(&self, upload: &Upload, most: u64) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let is_under_way = |(other, _): &&(Upload, _)| {
            let is_of_the_same = other.workspace == upload.workspace && other.owner == upload.owner;
            is_of_the_same && other.assembled.is_none() && other.expires_at > upload.created_at
        };
        let under_way = tables.uploads.values().filter(is_under_way).count();
        if u64::try_from(under_way).expect("fewer uploads than 2^64") >= most {
            return Ok(false);
        }
        tables.uploads.insert((upload.workspace, upload.id), (upload.clone(), Vec::new()));
        Ok(true)
    }

    async fn find(&self, workspace: WorkspaceId, id: UploadId) -> Result<Option<Upload>, Breakage> {
        Ok(self.tables().uploads.get(&(workspace, id)).map(|(upload, _)| upload.clone()))
    }

    async fn append(&self, append: &Append) -> Result<(), AppendError> {
        let mut tables = self.tables();
        if append.parts.iter().any(|part| tables.tombstones.contains_key(&part.key)) {
            return Err(AppendError::PartRetired);
        }
        let known = tables.uploads.get_mut(&(append.workspace, append.id));
        let Some((upload, parts)) = known.filter(|(upload, _)| upload.offset_bytes == append.from_bytes && upload.assembled.is_none())
        else {
            return Err(AppendError::Conflict);
        };
        upload.offset_bytes += append.parts.iter().map(|part| part.size_bytes).sum::<u64>();
        upload.expires_at = append.expires_at;
        parts.extend(append.parts.iter().cloned());
        Ok(())
    }

    async fn parts(&self, workspace: WorkspaceId, id: UploadId) -> Result<Vec<UploadPart>, Breakage> {
        Ok(self.tables().uploads.get(&(workspace, id)).map(|(_, parts)| parts.clone()).unwrap_or_default())
    }

    async fn note_assembled(
        &self,
        workspace: WorkspaceId,
        id: UploadId,
        digest: &Digest,
        expires_at: DateTime<Utc>,
    ) -> Result<Vec<BlobKey>, Breakage> {
        let mut tables = self.tables();
        let Some((upload, parts)) = tables.uploads.get_mut(&(workspace, id)) else { return Ok(Vec::new()) };
        upload.assembled = Some(*digest);
        upload.expires_at = expires_at;
        Ok(std::mem::take(parts).into_iter().map(|part| part.key).collect())
    }

    async fn end(&self, workspace: WorkspaceId, id: UploadId) -> Result<Vec<BlobKey>, Breakage> {
        let ended = self.tables().uploads.remove(&(workspace, id));
        Ok(ended.into_iter().flat_map(|(_, parts)| parts).map(|part| part.key).collect())
    }

    async fn expire(&self, before: DateTime<Utc>) -> Result<u64, Breakage> {
        let expired = self.tables().uploads.extract_if(.., |_, (upload, _)| upload.expires_at < before).count();
        Ok(expired.try_into().expect("fewer uploads than 2^64"))
    }
}
