//! How many requests a key may make, and how many failed authentications a peer.
//!
//! Both are counted in this process. The allowance refills evenly over the minute, so that there is no rush at its turn.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use assets_domain::KeyPrefix;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::{StateInformationMiddleware, StateSnapshot},
};

use crate::problem::{Problem, ProblemCode};

/// How many failed authentications a minute a peer may make.
const FAILURES_PER_MINUTE: NonZeroU32 = match NonZeroU32::new(60) {
    Some(failures) => failures,
    None => NonZeroU32::MIN,
};
/// After how many checks those who have not been heard of for a minute are forgotten.
const CHECKS_PER_SWEEP: u32 = 4096;
const MINUTE_SECONDS: u64 = 60;

static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How many requests a minute are allowed.
pub struct RateLimits {
    lifted: bool,
    keys: Counter<KeyPrefix>,
    failures: Counter<IpAddr>,
}

/// What is left of a key's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// How many a minute are allowed; 0 where there is no limit.
    pub(crate) limit: u32,
    /// How many are left now.
    pub(crate) remaining: u32,
    /// After how many seconds without a request all of them are left.
    pub(crate) reset_seconds: u64,
}

impl RateLimits {
    /// So many requests a minute for each key; 0 lifts every limit.
    #[must_use]
    pub fn new(requests_per_minute: u32) -> Self {
        let limit = NonZeroU32::new(requests_per_minute);
        Self { lifted: limit.is_none(), keys: Counter::new(limit.unwrap_or(NonZeroU32::MAX)), failures: Counter::new(FAILURES_PER_MINUTE) }
    }

    /// Counts a request of a key.
    ///
    /// # Errors
    /// It makes too many.
    pub(crate) fn check(&self, key: &KeyPrefix) -> Result<Allowance, Problem> {
        if self.lifted {
            return Ok(Allowance { limit: 0, remaining: 0, reset_seconds: 0 });
        }
        match self.keys.count(key) {
            Ok(state) => Ok(self.keys.allowance(state.remaining_burst_capacity())),
            Err(wait) => Err(too_many(format!("the key may make {} requests a minute", self.keys.limit), wait)),
        }
    }

    /// Counts a failed authentication of a peer.
    ///
    /// # Errors
    /// It makes too many.
    pub(crate) fn check_failure(&self, peer: IpAddr) -> Result<(), Problem> {
        if self.lifted {
            return Ok(());
        }
        match self.failures.count(&household(peer)) {
            Ok(_) => Ok(()),
            Err(wait) => Err(too_many("too many requests from here had no valid key".to_owned(), wait)),
        }
    }

    /// What a key has left that was just refused.
    pub(crate) fn spent(&self) -> Allowance {
        self.keys.allowance(0)
    }
}

impl Allowance {
    /// Tells the caller (RateLimit header fields, IETF draft); nothing where there is no limit.
    pub(crate) fn write_to(&self, headers: &mut HeaderMap) {
        if self.limit == 0 {
            return;
        }
        let policy = format!("\"default\";q={};w={MINUTE_SECONDS}", self.limit);
        let left = format!("\"default\";r={};t={}", self.remaining, self.reset_seconds);
        for (name, value) in [(&RATE_LIMIT_POLICY, policy), (&RATE_LIMIT, left)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name.clone(), value);
            }
        }
    }
}

fn too_many(detail: String, wait: Duration) -> Problem {
    let seconds = whole_seconds(wait);
    Problem::new(ProblemCode::RateLimited, format!("{detail}; try again in {seconds} s")).retry_after(seconds)
}

/// Rounded up, so that who waits that long has waited long enough.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// Whoever has one IPv6 address has 2^64 of them.
fn household(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Counts by key, in memory that holds those heard of in the last minute and at most [`CHECKS_PER_SWEEP`] others.
struct Counter<K: Hash + Eq + Clone> {
    limit: NonZeroU32,
    limiter: DefaultKeyedRateLimiter<K, StateInformationMiddleware>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl<K: Hash + Eq + Clone> Counter<K> {
    fn new(limit: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_minute(limit)).with_middleware::<StateInformationMiddleware>();
        Self { limit, limiter, clock: DefaultClock::default(), checks: AtomicU32::new(0) }
    }

    /// One more; if that is too many, how long to wait.
    fn count(&self, key: &K) -> Result<StateSnapshot, Duration> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_PER_SWEEP == CHECKS_PER_SWEEP - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(key).map_err(|refused| refused.wait_time_from(self.clock.now()))
    }

    fn allowance(&self, remaining: u32) -> Allowance {
        let limit = self.limit.get();
        let used = u64::from(limit.saturating_sub(remaining));
        Allowance { limit, remaining, reset_seconds: used.saturating_mul(MINUTE_SECONDS).div_ceil(u64::from(limit)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> KeyPrefix {
        KeyPrefix::parse(text).unwrap()
    }

    #[test]
    fn each_key_has_its_own_requests_and_is_told_what_is_left() {
        let limits = RateLimits::new(3);
        assert_eq!(limits.check(&key("aaaaaaaa")).unwrap(), Allowance { limit: 3, remaining: 2, reset_seconds: 20 });
        assert_eq!(limits.check(&key("aaaaaaaa")).unwrap().remaining, 1);
        assert_eq!(limits.check(&key("aaaaaaaa")).unwrap(), Allowance { limit: 3, remaining: 0, reset_seconds: 60 });
        assert_eq!(limits.check(&key("aaaaaaaa")).unwrap_err().code(), ProblemCode::RateLimited);
        assert!(limits.check(&key("bbbbbbbb")).is_ok());
    }

    #[test]
    fn zero_lifts_every_limit() {
        let limits = RateLimits::new(0);
        let peer = IpAddr::from([127, 0, 0, 1]);
        assert!((0..5000).all(|_| limits.check(&key("aaaaaaaa")).is_ok() && limits.check_failure(peer).is_ok()));
        let mut headers = HeaderMap::new();
        limits.check(&key("aaaaaaaa")).unwrap().write_to(&mut headers);
        assert!(headers.is_empty());
    }

    #[test]
    fn a_peer_cannot_try_keys_for_long_by_changing_its_address() {
        let limits = RateLimits::new(1000);
        let peer = |last: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last));
        assert!((0..60).all(|last| limits.check_failure(peer(last)).is_ok()));
        assert_eq!(limits.check_failure(peer(61)).unwrap_err().code(), ProblemCode::RateLimited);
        assert!(limits.check_failure(IpAddr::from([192, 0, 2, 1])).is_ok());
    }

    #[test]
    fn peers_not_heard_of_for_long_are_forgotten() {
        // So fast a quota that every entry is old at once.
        let counter = Counter::<u32>::new(NonZeroU32::MAX);
        for peer in 0..20_000 {
            assert!(counter.count(&peer).is_ok());
        }
        assert!(counter.limiter.len() <= 4096, "{} are remembered", counter.limiter.len());
    }

    #[test]
    fn the_headers_are_those_of_the_draft() {
        let mut headers = HeaderMap::new();
        Allowance { limit: 1000, remaining: 997, reset_seconds: 1 }.write_to(&mut headers);
        assert_eq!(headers.get("ratelimit-policy").unwrap(), "\"default\";q=1000;w=60");
        assert_eq!(headers.get("ratelimit").unwrap(), "\"default\";r=997;t=1");
    }
}
