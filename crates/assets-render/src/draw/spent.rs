//! How much time is left, before it is taken.

use rustix::time::{ClockId, clock_gettime};

/// Whether this process has used so many seconds of the processor.
pub(super) fn is_spent(limit_seconds: f64) -> bool {
    seconds() >= limit_seconds
}

/// How many seconds of the processor this process has used.
pub(super) fn seconds() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let whole = u32::try_from(used.tv_sec).map_or(f64::MAX, f64::from);
    whole + u32::try_from(used.tv_nsec).map_or(0.0, f64::from) / 1e9
}
