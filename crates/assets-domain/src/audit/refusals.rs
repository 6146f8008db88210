//! Refusals, gathered: whoever is refused in a loop must not fill the database.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Actor, AssetId, KeyPrefix, RequestId, WorkspaceId};

use super::{Act, AuditActor, AuditEntry};

/// A call that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCall {
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// Who was refused.
    pub by: Actor,
    /// In which request.
    pub request: Option<RequestId>,
    /// Why: the code of the problem.
    pub code: &'static str,
    /// What was asked for: the id of the operation.
    pub attempted: String,
    /// About which asset, if about one.
    pub asset: Option<AssetId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What makes two refusals the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    workspace: WorkspaceId,
    prefix: KeyPrefix,
    code: &'static str,
    attempted: String,
    asset: Option<AssetId>,
}

/// A minute of refusals of one kind.
#[derive(Debug)]
struct Window {
    until: DateTime<Utc>,
    /// Those that nothing was written of yet.
    waiting: Option<AuditEntry>,
}

/// The refusals of a process, until they are written. A refusal is written at once when it is the first of its kind: same caller,
/// reason, operation and asset. What repeats it within a minute becomes one further entry with their number, when the minute is
/// over. Of kinds there are at most [`Refusals::KINDS_OF_A_KEY`] a key at a time and [`Refusals::KINDS`] in all: what goes beyond is
/// counted, by workspace, and no more.
#[derive(Debug, Default)]
pub struct Refusals {
    gathered: Mutex<Gathered>,
}

#[derive(Debug, Default)]
struct Gathered {
    windows: HashMap<Kind, Window>,
    of_key: HashMap<KeyPrefix, usize>,
    dropped: HashMap<WorkspaceId, u64>,
}

impl Refusals {
    /// For how long repetitions of a refusal are counted together.
    pub const WINDOW: TimeDelta = TimeDelta::minutes(1);
    /// Of how many kinds the refusals of one key may be within that time.
    pub const KINDS_OF_A_KEY: usize = 60;
    /// Of how many kinds the refusals of all may be.
    pub const KINDS: usize = 5_000;

    /// Notes that somebody was refused. It costs no I/O.
    pub fn note(&self, refusal: RefusedCall) {
        let RefusedCall { workspace, by, request, code, attempted, asset, at } = refusal;
        let kind = Kind { workspace, prefix: by.key_prefix.clone(), code, attempted: attempted.clone(), asset };
        let mut gathered = self.gathered();
        let Gathered { windows, of_key, dropped } = &mut *gathered;
        let first = || {
            let act = Act::Refused { code: code.to_owned(), attempted, asset, count: 1, last_at: at };
            AuditEntry { workspace, at, by: AuditActor::Key(by), request, act }
        };
        if let Some(window) = windows.get_mut(&kind) {
            match &mut window.waiting {
                Some(AuditEntry { act: Act::Refused { count, last_at, .. }, .. }) => {
                    *count = count.saturating_add(1);
                    *last_at = at;
                }
                waiting => *waiting = Some(first()),
            }
            return;
        }
        let kinds = of_key.get(&kind.prefix).copied().unwrap_or_default();
        if kinds >= Self::KINDS_OF_A_KEY || windows.len() >= Self::KINDS {
            let number = dropped.entry(workspace).or_default();
            *number = number.saturating_add(1);
            return;
        }
        of_key.insert(kind.prefix.clone(), kinds.saturating_add(1));
        windows.insert(kind, Window { until: at + Self::WINDOW, waiting: Some(first()) });
    }

    /// Counts refusals that could not be written.
    pub fn lose(&self, workspace: WorkspaceId, lost: u64) {
        let mut gathered = self.gathered();
        let number = gathered.dropped.entry(workspace).or_default();
        *number = number.saturating_add(lost);
    }

    /// What is to be written now, by workspace. `at_end` takes everything, for when the process ends.
    pub fn take(&self, now: DateTime<Utc>, at_end: bool) -> HashMap<WorkspaceId, Vec<AuditEntry>> {
        let mut due: HashMap<WorkspaceId, Vec<AuditEntry>> = HashMap::new();
        let mut gathered = self.gathered();
        let Gathered { windows, of_key, dropped } = &mut *gathered;
        windows.retain(|kind, window| {
            let is_over = window.until <= now;
            // The first of its kind does not wait.
            let is_first = window.waiting.as_ref().is_some_and(|entry| entry.at + Self::WINDOW == window.until);
            if (is_over || is_first || at_end)
                && let Some(entry) = window.waiting.take()
            {
                due.entry(kind.workspace).or_default().push(entry);
            }
            if is_over && let Some(kinds) = of_key.get_mut(&kind.prefix) {
                *kinds = kinds.saturating_sub(1);
            }
            !is_over
        });
        of_key.retain(|_, kinds| *kinds > 0);
        for (workspace, count) in dropped.drain() {
            let act = Act::RefusalsDropped { count };
            let entry = AuditEntry { workspace, at: now, by: AuditActor::Installation, request: None, act };
            due.entry(workspace).or_default().push(entry);
        }
        due
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        // Nothing that is done under the lock can leave it half done.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::KeyKind;

    fn refusal(prefix: &str, asset: u128, second: i64) -> RefusedCall {
        RefusedCall {
            workspace: WorkspaceId::new(Uuid::from_u128(1)),
            by: Actor { key_prefix: KeyPrefix::parse(prefix).unwrap(), name: "robot".parse().unwrap(), kind: KeyKind::Agent },
            request: None,
            code: "human_required",
            attempted: "approve_asset".to_owned(),
            asset: Some(AssetId::new(Uuid::from_u128(asset))),
            at: at(second),
        }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    /// The counts of what is to be written, in order.
    fn counts(refusals: &Refusals, second: i64) -> Vec<u64> {
        let due = refusals.take(at(second), false);
        let mut counts: Vec<u64> = due
            .values()
            .flatten()
            .map(|entry| match entry.act {
                Act::Refused { count, .. } | Act::RefusalsDropped { count } => count,
                _ => panic!("{entry:?}"),
            })
            .collect();
        counts.sort_unstable();
        counts
    }

    #[test]
    fn the_first_refusal_is_written_at_once_and_its_repetitions_as_one() {
        let refusals = Refusals::default();
        refusals.note(refusal("aaaaaaaa", 1, 0));
        assert_eq!(counts(&refusals, 1), [1]);
        for second in 2..40 {
            refusals.note(refusal("aaaaaaaa", 1, second));
            assert_eq!(counts(&refusals, second), [0; 0], "they wait for the minute to be over");
        }
        assert_eq!(counts(&refusals, 60), [38]);
        refusals.note(refusal("aaaaaaaa", 1, 61));
        assert_eq!(counts(&refusals, 61), [1], "another minute");
    }

    #[test]
    fn what_is_refused_before_anything_was_written_is_one_entry() {
        let refusals = Refusals::default();
        for _ in 0..5 {
            refusals.note(refusal("aaaaaaaa", 1, 0));
        }
        assert_eq!(counts(&refusals, 1), [5]);
        assert_eq!(counts(&refusals, 100), [0; 0]);
    }

    #[test]
    fn whoever_varies_what_is_asked_for_is_counted_and_no_more() {
        let refusals = Refusals::default();
        for asset in 0..1000 {
            refusals.note(refusal("aaaaaaaa", asset, 0));
        }
        refusals.note(refusal("bbbbbbbb", 1, 0));
        let written = counts(&refusals, 1);
        assert_eq!(written.len(), Refusals::KINDS_OF_A_KEY + 2, "those of one key, of the other, and the number of the rest");
        assert_eq!(written.last(), Some(&940));
        refusals.note(refusal("aaaaaaaa", 7777, 30));
        assert_eq!(counts(&refusals, 31), [1], "it is still the same minute");
        assert_eq!(counts(&refusals, 61), [0; 0]);
        refusals.note(refusal("aaaaaaaa", 7777, 62));
        assert_eq!(counts(&refusals, 62), [1]);
        assert!(refusals.gathered().dropped.is_empty());
    }

    #[test]
    fn there_is_an_end_to_what_is_remembered() {
        let refusals = Refusals::default();
        for key in 0..200 {
            for asset in 0..100 {
                refusals.note(refusal(&format!("key{key:05}"), asset, 0));
            }
        }
        assert_eq!(refusals.gathered().windows.len(), Refusals::KINDS);
        let all: u64 = refusals
            .take(at(0), true)
            .values()
            .flatten()
            .map(|entry| match entry.act {
                Act::Refused { count, .. } | Act::RefusalsDropped { count } => count,
                _ => 0,
            })
            .sum();
        assert_eq!(all, 20_000, "none is forgotten");
    }
}
