//! How much memory uploads may take together.

use std::{sync::Arc, time::Duration};

use assets_domain::ports::Breakage;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// What all large uploads of a store may hold together.
const TOTAL_BYTES: usize = 256 << 20;
/// How long an upload waits for its share.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Memory for uploads, in shares of four chunks: one being filled, one that OpenDAL holds back, and two on their way. On a disk
/// one is being filled and one on its way.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Semaphore>);

/// The memory of one upload, as long as it is held.
#[derive(Debug)]
pub(crate) struct Share {
    _held: OwnedSemaphorePermit,
}

impl Budget {
    /// What an upload may gather without a share: most uploads are no larger.
    pub(crate) const FREE_BYTES: usize = 256 << 10;

    pub(crate) fn for_chunks_of(chunk_bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(TOTAL_BYTES / chunk_bytes.saturating_mul(4).max(1))))
    }

    /// Waits for a share.
    pub(crate) async fn share(&self) -> Result<Share, Breakage> {
        let share = timeout(MAX_WAIT, self.0.clone().acquire_owned()).await;
        let held = share.map_err(|_| Breakage::Unavailable("too many large uploads at once".into()))?;
        Ok(Share { _held: held.map_err(|closed| Breakage::Failed(Box::new(closed)))? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_memory_for_half_a_minute_is_told_to_come_back() {
        let budget = Budget::for_chunks_of(TOTAL_BYTES / 8);
        let (first, _second) = (budget.share().await.unwrap(), budget.share().await.unwrap());
        assert!(matches!(budget.share().await, Err(Breakage::Unavailable(_))));
        let waiting = tokio::spawn({
            let budget = budget.clone();
            async move { budget.share().await.map(drop) }
        });
        tokio::time::sleep(MAX_WAIT / 2).await;
        drop(first);
        waiting.await.unwrap().expect("a share came back in time");
    }
}
