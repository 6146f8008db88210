use assets_domain::ports::{Breakage, Holder, Leases, Work};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::InMemoryAssets;

/// When work is due, and who does it until when at the latest.
#[derive(Debug, Default)]
pub(super) struct Lease {
    due_at: DateTime<Utc>,
    held: Option<(Holder, DateTime<Utc>)>,
}

impl Lease {
    fn is_of(&self, holder: Holder) -> bool {
        self.held.is_some_and(|(held_by, _)| held_by == holder)
    }
}

#[async_trait]
impl Leases for InMemoryAssets {
    async fn take(&self, work: Work, holder: Holder, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let lease = tables.leases.entry(work).or_default();
        let is_free = lease.is_of(holder) || lease.held.is_none_or(|(_, held_until)| held_until <= now);
        let taken = is_free && lease.due_at <= now;
        if taken {
            lease.held = Some((holder, until));
        }
        Ok(taken)
    }

    async fn extend(&self, work: Work, holder: Holder, until: DateTime<Utc>) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let lease = tables.leases.get_mut(&work).filter(|lease| lease.is_of(holder));
        Ok(lease.map(|lease| lease.held = Some((holder, until))).is_some())
    }

    async fn release(&self, work: Work, holder: Holder, due_at: DateTime<Utc>) -> Result<(), Breakage> {
        let mut tables = self.tables();
        if let Some(lease) = tables.leases.get_mut(&work).filter(|lease| lease.is_of(holder)) {
            *lease = Lease { due_at, held: None };
        }
        Ok(())
    }
}
