use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::id::Holder;

use super::Breakage;

/// Work in the background that one process does for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// Making the first workspace and its keys.
    FirstRun,
    /// Sweeping what nothing refers to.
    Sweep,
    /// Sealing the audit, and noting how far it goes.
    Seal,
}

impl Work {
    /// Every kind there is.
    pub const ALL: [Self; 3] = [Self::FirstRun, Self::Sweep, Self::Seal];

    /// The name by which it is kept.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstRun => "first_run",
            Self::Sweep => "sweep",
            Self::Seal => "seal",
        }
    }
}

/// Who does which work, and until when at the latest.
///
/// A lease keeps processes from doing the same work twice; it does not lock anything. Its moments come from the clocks of
/// the processes: as far as these differ, a lease may pass on early. So the work itself must bear being done by two.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Takes the lease of work until a moment, if the work is due and no other holder's lease still runs. Answers whether
    /// it did. Who asks for a lease that somebody is just taking is not kept waiting.
    async fn take(&self, work: Work, holder: Holder, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool, Breakage>;

    /// Extends a lease until a moment. Answers whether the holder still had it; if not, somebody else does the work now.
    async fn extend(&self, work: Work, holder: Holder, until: DateTime<Utc>) -> Result<bool, Breakage>;

    /// Gives a lease back, if the holder still has it. The work is due again at a moment.
    async fn release(&self, work: Work, holder: Holder, due_at: DateTime<Utc>) -> Result<(), Breakage>;
}
