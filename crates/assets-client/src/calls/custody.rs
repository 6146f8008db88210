use uuid::Uuid;

use crate::{
    Call, Error, Listing, PageQuery, Recall, RecallInput,
    operation::{CREATE_RECALL, GET_RECALL, LIST_RECALLS},
};

group! {
    /// Taking back together, removing for good, and how much there is.
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

    /// One recall as it stands.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn get_recall(&self, id: Uuid) -> Result<Recall, Error> {
        self.0.get(&GET_RECALL, &[&id.to_string()]).await
    }
}
