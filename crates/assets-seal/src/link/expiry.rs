//! When links end: at the same moment for all who ask within a window, so that the link repeats and caches hold it.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The shortest time that a link may be asked for.
pub const MIN_EXPIRY: Duration = Duration::from_secs(60);
/// How long a link is good for when nothing is said.
pub const DEFAULT_EXPIRY: Duration = Duration::from_secs(60 * 60);
/// The longest time that a link may be asked for.
pub const MAX_EXPIRY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long the link for such a time stays the same: 15 minutes if it is good for an hour or more, else a minute.
#[must_use]
pub const fn expiry_window(expires_in: Duration) -> Duration {
    if expires_in.as_secs() >= DEFAULT_EXPIRY.as_secs() { Duration::from_secs(15 * 60) } else { Duration::from_secs(60) }
}

/// When a link ends that is asked for now: after the time asked for, rounded up to the end of a window.
#[must_use]
pub fn windowed_expiry(now: DateTime<Utc>, expires_in: Duration) -> DateTime<Utc> {
    let window = expiry_window(expires_in).as_secs();
    let end = Duration::new(u64::try_from(now.timestamp()).unwrap_or(0), now.timestamp_subsec_nanos()).saturating_add(expires_in);
    let whole = end.as_secs().saturating_add(u64::from(end.subsec_nanos() > 0));
    let rounded = whole.div_ceil(window).saturating_mul(window);
    i64::try_from(rounded).ok().and_then(DateTime::from_timestamp_secs).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The number of the window in which the link for [`DEFAULT_EXPIRY`] does not change: part of the `ETag` of whatever
/// shows such a link.
#[must_use]
pub fn link_window(now: DateTime<Utc>) -> u64 {
    let end = windowed_expiry(now, DEFAULT_EXPIRY).timestamp();
    u64::try_from(end).unwrap_or(0) / expiry_window(DEFAULT_EXPIRY).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).unwrap()
    }

    #[test]
    fn an_hour_ends_with_a_quarter() {
        assert_eq!(windowed_expiry(at(0), DEFAULT_EXPIRY), at(3_600_000));
        assert_eq!(windowed_expiry(at(1), DEFAULT_EXPIRY), at(4_500_000));
        assert_eq!(windowed_expiry(at(900_000), DEFAULT_EXPIRY), at(4_500_000));
    }

    #[test]
    fn less_than_an_hour_ends_with_a_minute() {
        assert_eq!(windowed_expiry(at(500), MIN_EXPIRY), at(120_000));
        assert_eq!(expiry_window(Duration::from_secs(3_599)), MIN_EXPIRY);
    }

    #[test]
    fn the_default_link_and_the_window_change_at_the_same_moment() {
        let mut changes = 0;
        for second in 1..8_000 {
            let (before, after) = (at(1_700_000_000_000 + (second - 1) * 1_000), at(1_700_000_000_000 + second * 1_000));
            let link_changes = windowed_expiry(before, DEFAULT_EXPIRY) != windowed_expiry(after, DEFAULT_EXPIRY);
            assert_eq!(link_changes, link_window(before) != link_window(after));
            changes += u32::from(link_changes);
        }
        assert!((8..=9).contains(&changes), "{changes} changes in 8000 s");
    }
}
