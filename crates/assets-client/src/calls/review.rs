use uuid::Uuid;

use crate::{
    Call, ChangeRequest, ChangeRequestQuery, Comment, CommentInput, Listing, PageQuery,
    operation::{COMMENT_ON_ASSET, GET_CHANGE_REQUESTS, LIST_COMMENTS},
};

group! {
    /// What is said on the way to a decision.
    Review
}

impl Review<'_> {
    /// What is wanted otherwise of an asset, newest first, page by page as it is read.
    #[must_use]
    pub fn change_requests(&self, asset: Uuid, query: &ChangeRequestQuery) -> Listing<ChangeRequest> {
        Listing::of(self.0, GET_CHANGE_REQUESTS, vec![asset.to_string()], query)
    }

    /// Says something about a version, and decides nothing.
    pub fn comment(&self, asset: Uuid, comment: &CommentInput) -> Call<Comment> {
        Call::of(self.0, &COMMENT_ON_ASSET, &[&asset.to_string()], comment)
    }

    /// What was said, newest first, page by page as it is read.
    #[must_use]
    pub fn comments(&self, asset: Uuid, page: &PageQuery) -> Listing<Comment> {
        Listing::of(self.0, LIST_COMMENTS, vec![asset.to_string()], page)
    }
}
