//! How it goes with an endpoint, and when it is tried again.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::DeliveryOutcome;

/// Why an endpoint is not told of anything any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// Somebody with the right to do so wanted it.
    Request,
    /// It answered 410 Gone.
    Gone,
    /// It failed for five days.
    Failing,
}

impl DisabledReason {
    /// Every reason there is.
    pub const ALL: [Self; 3] = [Self::Request, Self::Gone, Self::Failing];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// An endpoint that is not reached at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// Since when.
    pub since: DateTime<Utc>,
    /// How many attempts have failed since, at least one.
    pub attempts: u32,
    /// When it is tried next.
    pub next_attempt_at: DateTime<Utc>,
}

/// How it goes with an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// What was tried last was delivered, or nothing was tried yet.
    Working,
    /// What was tried last was not delivered. Whatever comes behind it waits with it.
    Failing(Failing),
    /// Nothing is delivered until somebody enables it again; then it goes on where it was.
    Disabled {
        /// Since when.
        since: DateTime<Utc>,
        /// Why.
        reason: DisabledReason,
    },
}

impl Standing {
    /// After how many seconds it is tried again when the first, second and third attempt have failed.
    const DELAYS_SECONDS: [i64; 3] = [5, 30, 120];
    /// How far probes are apart at most, once those have failed too, in seconds.
    const PROBE_SECONDS: i64 = 300;
    /// By how many seconds less, at most: endpoints that failed together need not be tried together.
    const JITTER_SECONDS: u32 = 60;
    /// For how long an endpoint may fail.
    pub const PATIENCE: TimeDelta = TimeDelta::days(5);

    /// What an attempt makes of it. `chance` is any number.
    #[must_use]
    pub fn after(self, outcome: DeliveryOutcome, now: DateTime<Utc>, chance: u128) -> Self {
        if outcome.is_delivered() {
            return Self::Working;
        }
        if outcome.is_gone() {
            return Self::Disabled { since: now, reason: DisabledReason::Gone };
        }
        let (since, attempts) = match self {
            Self::Failing(failing) => (failing.since, failing.attempts.saturating_add(1)),
            Self::Working | Self::Disabled { .. } => (now, 1),
        };
        if now - since >= Self::PATIENCE {
            return Self::Disabled { since: now, reason: DisabledReason::Failing };
        }
        Self::Failing(Failing { since, attempts, next_attempt_at: now + delay(attempts, chance) })
    }

    /// When the next attempt may be made, if ever.
    #[must_use]
    pub const fn next_attempt_at(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Working => Some(DateTime::UNIX_EPOCH),
            Self::Failing(Failing { next_attempt_at, .. }) => Some(next_attempt_at),
            Self::Disabled { .. } => None,
        }
    }

    /// The number of the attempt that is made now.
    #[must_use]
    pub const fn attempt(self) -> u32 {
        match self {
            Self::Failing(Failing { attempts, .. }) => attempts.saturating_add(1),
            Self::Working | Self::Disabled { .. } => 1,
        }
    }

    /// Whether nothing is delivered.
    #[must_use]
    pub const fn is_disabled(self) -> bool {
        matches!(self, Self::Disabled { .. })
    }
}

fn delay(failed: u32, chance: u128) -> TimeDelta {
    let place = usize::try_from(failed.saturating_sub(1)).unwrap_or(usize::MAX);
    match Standing::DELAYS_SECONDS.get(place) {
        Some(seconds) => TimeDelta::seconds(*seconds),
        None => {
            let jitter = chance % (u128::from(Standing::JITTER_SECONDS) * 1000);
            TimeDelta::seconds(Standing::PROBE_SECONDS) - TimeDelta::milliseconds(i64::try_from(jitter).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trouble;

    const REFUSED: DeliveryOutcome = DeliveryOutcome::Answered { http_status: 503 };

    fn start() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    /// The delays between attempts that all fail, for as long as it is tried.
    fn plan(chance: u128) -> Vec<i64> {
        let (mut standing, mut now, mut delays) = (Standing::Working, start(), Vec::new());
        while let Some(at) = {
            standing = standing.after(REFUSED, now, chance);
            standing.next_attempt_at()
        } {
            delays.push((at - now).num_milliseconds());
            now = at;
        }
        delays
    }

    #[test]
    fn an_endpoint_is_tried_after_5_30_and_120_seconds_and_then_every_five_minutes_at_most() {
        assert_eq!(plan(0)[..5], [5_000, 30_000, 120_000, 300_000, 300_000]);
        for chance in [1, 59_999, 60_001, u128::MAX] {
            assert!(plan(chance)[3..].iter().all(|delay| (240_000..=300_000).contains(delay)), "{chance}");
        }
        assert_ne!(plan(1)[4], plan(30_000)[4]);
    }

    #[test]
    fn after_five_days_of_failure_it_is_disabled_and_not_before() {
        let tried: i64 = plan(0).iter().sum();
        let days = |days| TimeDelta::days(days).num_milliseconds();
        assert!((days(5)..days(5) + 300_000).contains(&tried), "{tried}");
        let last = Failing { since: start(), attempts: 1440, next_attempt_at: start() };
        let ended = Standing::Failing(last).after(REFUSED, start() + Standing::PATIENCE, 0);
        assert_eq!(ended, Standing::Disabled { since: start() + Standing::PATIENCE, reason: DisabledReason::Failing });
    }

    #[test]
    fn one_delivery_makes_up_for_all_that_failed() {
        let failing = Standing::Working.after(DeliveryOutcome::Unanswered(Trouble::Timeout), start(), 0);
        assert_eq!(failing.attempt(), 2);
        assert_eq!(failing.after(DeliveryOutcome::Answered { http_status: 204 }, start(), 0), Standing::Working);
    }

    #[test]
    fn whoever_is_gone_is_not_tried_again() {
        let gone = Standing::Working.after(DeliveryOutcome::Answered { http_status: 410 }, start(), 0);
        assert_eq!(gone, Standing::Disabled { since: start(), reason: DisabledReason::Gone });
        assert_eq!(gone.next_attempt_at(), None);
    }

    #[test]
    fn a_redirect_is_a_failure() {
        for http_status in [100, 199, 300, 302, 308, 400, 404, 429, 500] {
            assert!(!DeliveryOutcome::Answered { http_status }.is_delivered(), "{http_status}");
        }
    }
}
