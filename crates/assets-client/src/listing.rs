use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{
    Stream, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Asset, AssetFilter, AssetPage, AuditCheckpoint, AuditCheckpointPage, AuditEntry, AuditPage, AuditQuery, ChangeRequest,
    ChangeRequestPage, ChangeRequestQuery, Client, Comment, CommentPage, Error, Export, ExportPage, Handover, HandoverPage, PageQuery,
    Recall, RecallPage, operation::Operation,
};

/// A list from its first item to its last: a stream. The next page is fetched when the items of the one before are used up.
pub struct Listing<T>(BoxStream<'static, Result<T, Error>>);

/// One page of a list.
pub(crate) trait Page: DeserializeOwned + Send + 'static {
    type Item: Send + 'static;

    /// Its items, and what the next page is asked for with.
    fn cut(self) -> (Vec<Self::Item>, Option<String>);
}

/// What a page is asked for with.
pub(crate) trait Query: Serialize + Clone + Send + Sync + 'static {
    /// The same from a place on.
    fn from(self, cursor: String) -> Self;
}

macro_rules! pages {
    ($( $page:ty: $item:ty ),+; $( $query:ty ),+) => {
        $( impl Page for $page {
            type Item = $item;

            fn cut(self) -> (Vec<$item>, Option<String>) {
                (self.items, self.next_cursor)
            }
        } )+
        $( impl Query for $query {
            fn from(self, cursor: String) -> Self {
                Self { cursor: Some(cursor), ..self }
            }
        } )+
    };
}

pages!(AssetPage: Asset, ExportPage: Export, HandoverPage: Handover, RecallPage: Recall, ChangeRequestPage: ChangeRequest, CommentPage: Comment,
    AuditPage: AuditEntry, AuditCheckpointPage: AuditCheckpoint;
    AssetFilter, AuditQuery, ChangeRequestQuery, PageQuery);

impl<T: Send + 'static> Listing<T> {
    pub(crate) fn of<Q: Query, P: Page<Item = T>>(client: &Client, operation: Operation<Q, P>, parts: Vec<String>, query: &Q) -> Self {
        let client = client.clone();
        let pages = stream::try_unfold(Some(query.clone()), move |query| {
            let (client, operation, parts) = (client.clone(), operation.clone(), parts.clone());
            async move {
                let Some(query) = query else { return Ok(None) };
                let parts: Vec<_> = parts.iter().map(String::as_str).collect();
                let (items, next) = client.query(&operation, &parts, &query).await?.cut();
                let items = stream::iter(items.into_iter().map(Ok::<_, Error>));
                Ok::<_, Error>(Some((items, next.map(|cursor| query.from(cursor)))))
            }
        });
        Self(pages.try_flatten().boxed())
    }

    /// The next item; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        self.0.next().await
    }

    /// All items, in memory.
    ///
    /// # Errors
    /// A page is refused or not reached.
    pub async fn all(self) -> Result<Vec<T>, Error> {
        self.0.try_collect().await
    }
}

impl<T> Stream for Listing<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl<T> std::fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listing").finish_non_exhaustive()
    }
}
