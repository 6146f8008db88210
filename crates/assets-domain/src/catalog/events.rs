//! The feed: what was committed in a workspace, as its readers may hear of it.

use crate::{CatalogError, EventFilter, EventType, EventView, Principal, Scope, View};

use super::Catalog;

/// A part of a feed, as one reader hears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardPage {
    /// What is wanted of it, in its order.
    pub items: Vec<EventView>,
    /// Behind which number the next page begins: beyond all that was passed over.
    pub next_after: u64,
    /// The number of the newest event of all.
    pub head: u64,
}

impl Catalog {
    /// What a reader may hear of what they want: publishers only of what changes what is approved, and of how the workspace is run
    /// those only who run it.
    ///
    /// # Errors
    /// The caller may not read.
    pub fn audible(&self, by: &Principal, wanted: EventFilter) -> Result<(View, EventFilter), CatalogError> {
        let view = self.view_of(by)?;
        let runs = by.scopes.allow(Scope::Admin);
        let hears = |event_type: &EventType| runs || !event_type.is_about_running();
        let types = match wanted.types {
            Some(types) => Some(types.into_iter().filter(hears).collect()),
            None if EventType::ALL.iter().all(hears) => None,
            None => Some(EventType::ALL.iter().copied().filter(hears).collect()),
        };
        Ok((view, EventFilter { types, approval_changed: wanted.approval_changed || view == View::Published, ..wanted }))
    }

    /// The wanted events behind a number, at most so many.
    ///
    /// # Errors
    /// The caller may not read.
    pub async fn events(&self, by: &Principal, after: u64, wanted: EventFilter, limit: u32) -> Result<HeardPage, CatalogError> {
        let (view, wanted) = self.audible(by, wanted)?;
        let page = self.ports.events.after(by.workspace, after, &wanted, limit).await?;
        let items = page.items.iter().filter_map(|recorded| recorded.seen_as(view)).collect();
        Ok(HeardPage { items, next_after: page.next_after, head: page.head })
    }
}
