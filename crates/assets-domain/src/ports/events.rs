use std::pin::Pin;

use async_trait::async_trait;
use futures_core::Stream;

use crate::{EventFilter, Recorded, WorkspaceId};

use super::Breakage;

/// A part of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// What is wanted of it, in its order.
    pub items: Vec<Recorded>,
    /// How far was looked: behind this number the next page begins. It goes beyond what was passed over.
    pub next_after: u64,
    /// The number of the newest event of all.
    pub head: u64,
}

/// What was committed, in its order. Every [`Commit`](super::Commit), deletion, release, finished export, recall, change of the
/// policy and webhook that is disabled appends one event, in its own transaction, under the next number of its workspace. Whoever sees a number sees every number before it.
#[async_trait]
pub trait Events: Send + Sync {
    /// The number of the newest event; 0 if there is none.
    async fn head(&self, workspace: WorkspaceId) -> Result<u64, Breakage>;

    /// The wanted events behind a number, at most so many. Of a long feed not all need be looked at: a page may be empty although
    /// more is to come, and is the last one only where it ends at the head.
    async fn after(&self, workspace: WorkspaceId, after: u64, wanted: &EventFilter, limit: u32) -> Result<EventPage, Breakage>;
}

/// What somebody who waits for events hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// Something was committed in this workspace.
    In(WorkspaceId),
    /// Something may have been committed anywhere: for a while nothing could be heard.
    Anywhere,
}

/// What is heard from now on. It does not end as long as the bell is there.
pub type Rings = Pin<Box<dyn Stream<Item = Ring> + Send>>;

/// Rings when something was committed, by this process or another.
///
/// It says no more than that it is worth a look, and is no promise: it may ring twice, for nothing, or (when a process dies or a
/// connection is lost) not at all. Whoever waits looks by themselves, too, about every second.
pub trait Bell: Send + Sync {
    /// Hears every ring from now on.
    fn listen(&self) -> Rings;
}
