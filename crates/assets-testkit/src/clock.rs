use std::sync::{Mutex, MutexGuard};

use assets_domain::ports::Clock;
use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};

/// A clock that shows what it is told to show.
///
/// It starts at 2026-01-01T00:00:00Z, the same in every test.
#[derive(Debug)]
pub struct FixedClock {
    hands: Mutex<Hands>,
}

#[derive(Debug)]
struct Hands {
    now: DateTime<Utc>,
    /// What passed, whatever the clock was put to.
    passed: Duration,
    step: Duration,
}

impl Hands {
    fn advance(&mut self, by: Duration) {
        self.now += by;
        self.passed += by;
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::at(Self::start())
    }
}

impl FixedClock {
    /// What every clock here starts at, unless told otherwise.
    #[must_use]
    pub fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600, 0).expect("a moment of the year 2026")
    }

    /// A clock that stands still at a moment.
    #[must_use]
    pub const fn at(now: DateTime<Utc>) -> Self {
        Self { hands: Mutex::new(Hands { now, passed: Duration::zero(), step: Duration::zero() }) }
    }

    /// A clock that goes on by a millisecond each time somebody looks, so that no two looks see the same moment.
    #[must_use]
    pub fn stepping() -> Self {
        Self { hands: Mutex::new(Hands { now: Self::start(), passed: Duration::zero(), step: Duration::milliseconds(1) }) }
    }

    /// Puts the clock to a moment. No time passes by that.
    pub fn set(&self, now: DateTime<Utc>) {
        self.hands().now = now;
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.hands().advance(by);
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().expect("no test panics while it holds the clock")
    }
}

#[async_trait]
impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        let mut hands = self.hands();
        let (now, step) = (hands.now, hands.step);
        hands.advance(step);
        now
    }

    fn running(&self) -> std::time::Duration {
        self.hands().passed.to_std().expect("no time passes backwards")
    }

    /// Nobody has to wait: the time is over at once.
    async fn wait(&self, duration: std::time::Duration) {
        self.advance(Duration::from_std(duration).expect("no test waits for so long"));
    }
}
