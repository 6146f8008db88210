//! Keys that were looked up a moment ago.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use crate::{KeyPrefix, KeyRecord};

/// For how long a process goes by what it read of a key, counted from before it began to read. Whoever revokes a key waits
/// for as long before saying so: by then, no process goes by what it read before the revocation.
pub const KEY_LEASE: Duration = Duration::from_millis(250);
/// By how much longer a revocation waits: clocks that run apart by a little are not to matter.
pub(super) const MARGIN: Duration = Duration::from_millis(50);

/// How many keys are remembered at most. Beyond that all are forgotten, and looked up again.
const MAX_KEYS: usize = 4096;

/// What was read of keys, and when. Keys that do not exist are not in it: anybody can make those up.
#[derive(Default)]
pub(super) struct LeasedKeys {
    by_prefix: RwLock<HashMap<KeyPrefix, Leased>>,
}

struct Leased {
    record: Arc<KeyRecord>,
    /// When it was begun to read, by a clock that never goes back.
    asked: Duration,
}

impl LeasedKeys {
    /// What was read of a key less than a lease ago.
    pub(super) fn get(&self, prefix: &KeyPrefix, now: Duration) -> Option<Arc<KeyRecord>> {
        let by_prefix = self.by_prefix.read().unwrap_or_else(PoisonError::into_inner);
        let leased = by_prefix.get(prefix)?;
        (now.saturating_sub(leased.asked) < KEY_LEASE).then(|| leased.record.clone())
    }

    /// Remembers what was read of a key.
    pub(super) fn keep(&self, record: Arc<KeyRecord>, asked: Duration) {
        let mut by_prefix = self.by_prefix.write().unwrap_or_else(PoisonError::into_inner);
        if by_prefix.len() >= MAX_KEYS && !by_prefix.contains_key(&record.actor.key_prefix) {
            by_prefix.clear();
        }
        by_prefix.insert(record.actor.key_prefix.clone(), Leased { record, asked });
    }

    /// Forgets a key at once.
    pub(super) fn forget(&self, prefix: &KeyPrefix) {
        self.by_prefix.write().unwrap_or_else(PoisonError::into_inner).remove(prefix);
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::{Actor, KeyKind, Scopes, WorkspaceId};

    fn record(number: usize) -> Arc<KeyRecord> {
        Arc::new(KeyRecord {
            workspace: WorkspaceId::new(Uuid::nil()),
            actor: Actor { key_prefix: prefix(number), name: "robot".parse().unwrap(), kind: KeyKind::Agent },
            scopes: Scopes::default(),
            mac: [0; 32],
            created_at: DateTime::UNIX_EPOCH,
            expires_at: None,
            revoked_at: None,
        })
    }

    fn prefix(number: usize) -> KeyPrefix {
        KeyPrefix::parse(format!("{number:08}")).unwrap()
    }

    #[test]
    fn a_lease_ends_when_its_time_is_over_and_no_later() {
        let (keys, asked) = (LeasedKeys::default(), Duration::from_secs(7));
        keys.keep(record(1), asked);
        assert!(keys.get(&prefix(1), asked).is_some());
        assert!(keys.get(&prefix(1), asked + KEY_LEASE - Duration::from_nanos(1)).is_some());
        assert!(keys.get(&prefix(1), asked + KEY_LEASE).is_none());
        assert!(keys.get(&prefix(2), asked).is_none());
        keys.forget(&prefix(1));
        assert!(keys.get(&prefix(1), asked).is_none());
    }

    #[test]
    fn so_many_keys_are_remembered_and_no_more() {
        let keys = LeasedKeys::default();
        for number in 0..3 * MAX_KEYS {
            keys.keep(record(number), Duration::ZERO);
            assert!(keys.get(&prefix(number), Duration::ZERO).is_some());
            assert!(keys.by_prefix.read().unwrap().len() <= MAX_KEYS);
        }
        keys.keep(record(3 * MAX_KEYS - 1), Duration::ZERO);
        assert_eq!(keys.by_prefix.read().unwrap().len(), MAX_KEYS, "one that is known takes nobody's place");
    }
}
