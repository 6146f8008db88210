//! A key that somebody uses all the time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::task::JoinHandle;

use crate::Caller;

/// Requests with one key, one after the other, until it is good no more or the use ends.
#[derive(Debug)]
pub struct Use {
    over: Arc<AtomicBool>,
    requests: JoinHandle<usize>,
}

impl Use {
    /// Begins to use the caller's key.
    pub fn begin(by: &Caller) -> Self {
        let (over, by) = (Arc::new(AtomicBool::new(false)), by.clone());
        let ended = over.clone();
        let requests = tokio::spawn(async move {
            let mut good = 0;
            while !ended.load(Ordering::Relaxed) && by.whoami().await.status == 200 {
                good += 1;
            }
            good
        });
        Self { over, requests }
    }

    /// Ends the use, and answers how many requests were accepted.
    pub async fn end(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        self.requests.await.unwrap()
    }
}
