use uuid::Uuid;

use crate::{
    AddVersion, Asset, Change, Download, Error, File, NewVersionMetadata, RollbackInput, Version,
    operation::{ADD_VERSION, GET_VERSION, GET_VERSION_CONTENT, ROLLBACK_ASSET, UPLOAD_VERSION},
};

group! {
    /// The content of assets: immutable, append-only.
    Versions
}

impl Versions<'_> {
    /// Adds a version with inline text, or with what was uploaded before.
    pub fn add(&self, asset: Uuid, version: &AddVersion) -> Change<Asset> {
        Change::of(self.0, &ADD_VERSION, &[&asset.to_string()], version)
    }

    /// Adds a version with a file, which is streamed.
    pub fn upload(&self, asset: Uuid, metadata: &NewVersionMetadata, content: File) -> Change<Asset> {
        Change::with(self.0, &UPLOAD_VERSION, &[&asset.to_string()], metadata, content)
    }

    /// Appends the content of an earlier version again.
    pub fn rollback(&self, asset: Uuid, to: &RollbackInput) -> Change<Asset> {
        Change::of(self.0, &ROLLBACK_ASSET, &[&asset.to_string()], to)
    }

    /// One version.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn get(&self, asset: Uuid, number: u32) -> Result<Version, Error> {
        self.0.get(&GET_VERSION, &[&asset.to_string(), &number.to_string()]).await
    }

    /// Its bytes.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn content(&self, asset: Uuid, number: u32) -> Result<Download, Error> {
        self.0.download(&GET_VERSION_CONTENT, &[&asset.to_string(), &number.to_string()]).await
    }
}
