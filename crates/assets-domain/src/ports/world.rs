use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Tells the time, in whole microseconds: what every database can keep.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// Makes identifiers: UUIDs of version 7.
pub trait Ids: Send + Sync {
    /// The next one.
    fn next(&self) -> Uuid;
}
