use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Tells the time, and lets it pass.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, in whole microseconds: what every database can keep.
    fn now(&self) -> DateTime<Utc>;

    /// How long this clock has run. It never goes back, whatever becomes of the calendar.
    fn running(&self) -> Duration;

    /// Waits until so much time has passed.
    async fn wait(&self, duration: Duration);
}

/// Makes identifiers: UUIDs of version 7.
pub trait Ids: Send + Sync {
    /// The next one.
    fn next(&self) -> Uuid;
}
