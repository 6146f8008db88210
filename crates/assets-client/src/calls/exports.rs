use uuid::Uuid;

use crate::{
    Call, Download, Error, Export, ExportInput, Listing, PageQuery,
    operation::{CREATE_EXPORT, DOWNLOAD_EXPORT, GET_EXPORT, LIST_EXPORTS},
};

group! {
    /// Many approved versions as one archive.
    Exports
}

impl Exports<'_> {
    /// Pins the approved versions of assets as a list, of which there is an archive at once.
    pub fn create(&self, asked: &ExportInput) -> Call<Export> {
        Call::of(self.0, &CREATE_EXPORT, &[], asked)
    }

    /// Every export, page by page as it is read.
    #[must_use]
    pub fn list(&self, page: &PageQuery) -> Listing<Export> {
        Listing::of(self.0, LIST_EXPORTS, Vec::new(), page)
    }

    /// One export.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn get(&self, id: Uuid) -> Result<Export, Error> {
        self.0.get(&GET_EXPORT, &[&id.to_string()]).await
    }

    /// Its archive.
    ///
    /// # Errors
    /// It is refused, e.g. as `export_recalled`, or the service is not reached.
    pub async fn download(&self, id: Uuid) -> Result<Download, Error> {
        self.0.download(&DOWNLOAD_EXPORT, &[&id.to_string()]).await
    }
}
