use uuid::Uuid;

use crate::{
    Call, Error, Listing, PageQuery, Recall, RecallInput, Usage,
    operation::{CREATE_RECALL, GET_RECALL, GET_USAGE, LIST_RECALLS},
};

group! {
    /// Taking back together, and how much there is.
    Custody
}

impl Custody<'_> {
    /// Takes every approval back that matches, or (with `dry_run`) says what that would be about.
    pub fn recall(&self, asked: &RecallInput) -> Call<Recall> {
        Call::of(self.0, &CREATE_RECALL, &[], asked)
    }

    /// Every recall, page by page as it is read.
    #[must_use]
    pub fn list_recalls(&self, page: &PageQuery) -> Listing<Recall> {
        Listing::of(self.0, LIST_RECALLS, Vec::new(), page)
    }

    /// How much the workspace has, and how much it may have.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn usage(&self) -> Result<Usage, Error> {
        self.0.get(&GET_USAGE, &[]).await
    }

    /// One recall as it stands.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn get_recall(&self, id: Uuid) -> Result<Recall, Error> {
        self.0.get(&GET_RECALL, &[&id.to_string()]).await
    }
}
