//! The clock and the ids of the real world. Nothing else reads the one or makes the other.

use std::time::{Duration, Instant};

use assets_domain::ports::{Clock, Ids};
use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

/// The clock of the operating system, in whole microseconds.
pub(crate) struct SystemClock {
    begun: Instant,
}

impl SystemClock {
    /// The clock, which runs from now on.
    pub(crate) fn start() -> Self {
        Self { begun: Instant::now() }
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn running(&self) -> Duration {
        self.begun.elapsed()
    }

    async fn wait(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// UUIDs of version 7, in rising order within the process.
pub(crate) struct UuidIds;

impl Ids for UuidIds {
    #[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
