use assets_domain::{
    EventFilter, Recorded, WorkspaceId,
    ports::{Bell, Breakage, EventPage, Events, Ring, Rings},
};
use async_trait::async_trait;
use futures_util::stream;
use tokio::sync::broadcast::{self, error::RecvError};

use super::InMemoryAssets;

/// How many rings may be missed before it is said that some were.
const KEPT_RINGS: usize = 16;

/// What rings.
#[derive(Debug)]
pub(super) struct Clapper(broadcast::Sender<Ring>);

impl Default for Clapper {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT_RINGS))
    }
}

impl InMemoryAssets {
    pub(super) fn ring(&self, workspace: WorkspaceId) {
        // Whether anybody listens is not asked.
        let _ = self.rung.0.send(Ring::In(workspace));
    }
}

#[async_trait]
impl Events for InMemoryAssets {
    async fn head(&self, workspace: WorkspaceId) -> Result<u64, Breakage> {
        Ok(self.tables().changes(workspace))
    }

    async fn after(&self, workspace: WorkspaceId, after: u64, wanted: &EventFilter, limit: u32) -> Result<EventPage, Breakage> {
        let limit = limit.try_into().expect("a page fits into memory");
        let head = self.tables().changes(workspace);
        let all = (1..).zip(self.events(workspace)).map(|(sequence, event)| Recorded { sequence, event });
        let later = all.filter(|recorded| recorded.sequence > after && recorded.sequence <= head && wanted.admits(&recorded.event));
        let items: Vec<Recorded> = later.take(limit).collect();
        let next_after = match items.last() {
            Some(last) if items.len() == limit => last.sequence,
            _ => head.max(after),
        };
        Ok(EventPage { items, next_after, head })
    }
}

impl Bell for InMemoryAssets {
    fn listen(&self) -> Rings {
        Box::pin(stream::unfold(self.rung.0.subscribe(), async |mut heard| match heard.recv().await {
            Ok(ring) => Some((ring, heard)),
            Err(RecvError::Lagged(_)) => Some((Ring::Anywhere, heard)),
            Err(RecvError::Closed) => None,
        }))
    }
}
