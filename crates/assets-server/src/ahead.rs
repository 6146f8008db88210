//! Making ahead what will be looked at, in the order in which it came in, beside all else that the process does.
//!
//! What waits here waits in this process alone, and is made when it is asked for if the process ends before.

use assets_domain::{
    Catalog, CatalogError,
    ports::{Foresight, RenditionId},
};
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How much may wait. What comes then is made when it is asked for.
const MOST_WAITING: usize = 10_000;
/// How much is made at once: one piece of work fewer than the workshop has room for, so that who asks does not wait for this.
const AT_ONCE: usize = 1;

/// Takes note of what will be looked at.
pub(crate) struct Ahead(Sender<RenditionId>);

/// What was taken note of, and is still to be made.
pub(crate) struct ToBeMade(Receiver<RenditionId>);

/// A list of what is to be made, empty.
pub(crate) fn list() -> (Ahead, ToBeMade) {
    let (sender, receiver) = channel(MOST_WAITING);
    (Ahead(sender), ToBeMade(receiver))
}

impl Foresight for Ahead {
    fn expect(&self, wanted: RenditionId) {
        let _made_when_asked_for = self.0.try_send(wanted);
        waiting(MOST_WAITING.saturating_sub(self.0.capacity()));
    }
}

/// Tells whoever watches how many wait.
fn waiting(count: usize) {
    metrics::gauge!("assets_previews_waiting").set(u32::try_from(count).unwrap_or(u32::MAX));
}

impl ToBeMade {
    /// Makes all of it, and what is taken note of meanwhile, for ever.
    pub(crate) async fn make(mut self, catalog: Catalog) {
        let wanted = stream::poll_fn(|context| {
            let next = self.0.poll_recv(context);
            waiting(self.0.len());
            next
        });
        wanted
            .for_each_concurrent(AT_ONCE, async |id| match catalog.prepare(id).await {
                // What went meanwhile is not missed.
                Ok(()) | Err(CatalogError::LinkGone) => {}
                Err(error) => tracing::warn!(%error, digest = %id.digest, "a picture was not made ahead"),
            })
            .await;
    }
}
