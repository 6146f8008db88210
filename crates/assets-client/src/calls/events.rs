use crate::{Error, EventPage, EventQuery, EventStream, EventStreamQuery, operation::LIST_EVENTS};

group! {
    /// What happened, in its order, without gaps.
    Events
}

impl Events<'_> {
    /// A part of the feed. The next one is behind [`EventPage::next_after`].
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn page(&self, query: &EventQuery) -> Result<EventPage, Error> {
        self.0.query(&LIST_EVENTS, &[], query).await
    }

    /// Follows the feed, for as long as it is read: a connection that breaks is made again, and nothing is missed or told twice.
    #[must_use]
    pub fn follow(&self, query: &EventStreamQuery) -> EventStream {
        EventStream::of(self.0, query)
    }
}
