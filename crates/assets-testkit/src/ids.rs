use std::sync::atomic::{AtomicU64, Ordering};

use assets_domain::ports::Ids;
use uuid::{Builder, Uuid};

/// Makes the same identifiers in every run: UUIDs of version 7 in rising order.
#[derive(Debug, Default)]
pub struct SequentialIds {
    made: AtomicU64,
}

impl Ids for SequentialIds {
    fn next(&self) -> Uuid {
        let place = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&place.to_be_bytes());
        Builder::from_unix_timestamp_millis(1_767_225_600_000, &random).into_uuid()
    }
}
