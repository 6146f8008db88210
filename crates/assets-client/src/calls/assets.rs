use uuid::Uuid;

use crate::{
    Asset, AssetFilter, AssetHistory, AssetPage, Call, CreateAsset, Edit, Error, File, Listing, NewAssetMetadata, UpdateAsset,
    operation::{CREATE_ASSET, DELETE_ASSET, GET_ASSET, LIST_ASSETS, UPDATE_ASSET, UPLOAD_ASSET},
};

group! {
    /// Things to be published, with their history.
    Assets
}

impl Assets<'_> {
    /// Creates an asset with inline text, or with what was uploaded before: a draft.
    pub fn create(&self, asset: &CreateAsset) -> Call<Asset> {
        Call::of(self.0, &CREATE_ASSET, &[], asset)
    }

    /// Creates an asset with a file, which is streamed: a draft.
    pub fn upload(&self, metadata: &NewAssetMetadata, content: File) -> Call<Asset> {
        Call::with(self.0, &UPLOAD_ASSET, &[], metadata, content)
    }

    /// Every asset that a filter lets through, page by page as it is read. `limit` says how many come at once.
    #[must_use]
    pub fn list(&self, filter: &AssetFilter) -> Listing<Asset> {
        Listing::of(self.0, LIST_ASSETS, Vec::new(), filter)
    }

    /// One page of that list, for whoever keeps the cursor himself.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn page(&self, filter: &AssetFilter) -> Result<AssetPage, Error> {
        self.0.query(&LIST_ASSETS, &[], filter).await
    }

    /// An asset with all its versions and decisions.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn get(&self, id: Uuid) -> Result<AssetHistory, Error> {
        self.0.get(&GET_ASSET, &[&id.to_string()]).await
    }

    /// Alters title, description or tags.
    pub fn update(&self, id: Uuid, update: &UpdateAsset) -> Edit<Asset> {
        Edit::of(self.0, &UPDATE_ASSET, &[&id.to_string()], update)
    }

    /// Deletes a draft that was never approved.
    pub fn delete(&self, id: Uuid) -> Edit<()> {
        Edit::empty(self.0, &DELETE_ASSET, &[&id.to_string()])
    }
}
