//! Work in the background: whichever process comes first does it for all, under a lease that passes on if it dies.

use std::{sync::Arc, time::Duration};

use assets_domain::ports::{Breakage, Clock, Holder, Leases, Work};
use chrono::{DateTime, TimeDelta, Utc};

/// How often the sweep runs.
pub(crate) const SWEEP_EVERY: TimeDelta = TimeDelta::hours(1);

/// For how long a process has a lease when it says nothing more. Those who wait for the first run wait for it to end.
const fn lease(work: Work) -> Duration {
    match work {
        Work::FirstRun => Duration::from_secs(2),
        Work::Sweep | Work::Seal => Duration::from_secs(30),
    }
}

/// One process among all those who take turns.
#[derive(Clone)]
pub(crate) struct Rota {
    leases: Arc<dyn Leases>,
    clock: Arc<dyn Clock>,
    holder: Holder,
}

impl Rota {
    /// A process with an id of its own.
    pub(crate) fn new(leases: Arc<dyn Leases>, clock: Arc<dyn Clock>, holder: Holder) -> Self {
        Self { leases, clock, holder }
    }

    /// Does work if it is due and no other process is at it. Answers what came of it, or `None` if it was not this
    /// process's turn. Work that fails is due again as soon as its lease has run out; work whose lease passed on is dropped.
    ///
    /// # Errors
    /// The work failed, or the leases cannot be kept.
    pub(crate) async fn turn<T, E: From<Breakage>>(
        &self,
        work: Work,
        every: TimeDelta,
        doing: impl Future<Output = Result<T, E>>,
    ) -> Result<Option<T>, E> {
        if !self.leases.take(work, self.holder, self.clock.now(), self.end_of(work)).await? {
            return Ok(None);
        }
        tokio::select! {
            done = doing => {
                let done = done?;
                // What is done is done. A lease that cannot be given back runs out.
                if let Err(breakage) = self.leases.release(work, self.holder, self.clock.now() + every).await {
                    tracing::warn!(work = work.as_str(), error = %breakage, "a lease was not given back");
                }
                Ok(Some(done))
            }
            () = self.keep(work) => Ok(None),
        }
    }

    /// Extends a lease until it has passed on to another, or ran out because nothing could be heard of it. This goes on
    /// beside the work, which may hold the one connection that writes: nobody may wait here for what only the work can
    /// give back.
    async fn keep(&self, work: Work) {
        let mut good_until = self.end_of(work);
        while self.clock.now() < good_until {
            tokio::time::sleep(lease(work) / 3).await;
            let until = self.end_of(work);
            match self.leases.extend(work, self.holder, until).await {
                Ok(true) => good_until = until,
                Ok(false) => return,
                Err(breakage) => tracing::warn!(work = work.as_str(), error = %breakage, "a lease was not extended"),
            }
        }
    }

    fn end_of(&self, work: Work) -> DateTime<Utc> {
        self.clock.now() + lease(work)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use assets_testkit::{FixedClock, InMemoryAssets};
    use uuid::Uuid;

    use super::*;

    fn rotas() -> [Rota; 2] {
        let (leases, clock) = (Arc::new(InMemoryAssets::default()), Arc::new(FixedClock::default()));
        [1, 2].map(|id| Rota::new(leases.clone(), clock.clone(), Holder::new(Uuid::from_u128(id))))
    }

    #[tokio::test]
    async fn work_that_was_done_is_not_done_again_before_its_time() {
        let [ann, bob] = rotas();
        assert_eq!(ann.turn(Work::Sweep, TimeDelta::hours(1), async { Ok::<_, Breakage>(7) }).await.unwrap(), Some(7));
        assert_eq!(bob.turn(Work::Sweep, TimeDelta::hours(1), async { Ok::<_, Breakage>(8) }).await.unwrap(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn work_is_dropped_when_its_lease_passed_on() {
        let [ann, bob] = rotas();
        let finished = AtomicBool::new(false);
        let long = async {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            finished.store(true, Ordering::Relaxed);
            Ok::<_, Breakage>(())
        };
        let meanwhile = async {
            tokio::time::sleep(Duration::from_secs(15)).await;
            // As if the process had slept for longer than its lease.
            let later = bob.clock.now() + TimeDelta::hours(1);
            assert!(bob.leases.take(Work::Sweep, bob.holder, later, later + lease(Work::Sweep)).await.unwrap());
        };
        let (turned, ()) = tokio::join!(ann.turn(Work::Sweep, TimeDelta::hours(1), long), meanwhile);
        assert_eq!(turned.unwrap(), None);
        assert!(!finished.load(Ordering::Relaxed));
    }

    /// Leases on the one connection that writes, which somebody may hold.
    #[derive(Default)]
    struct OneConnection {
        leases: InMemoryAssets,
        connection: tokio::sync::Mutex<()>,
    }

    #[async_trait::async_trait]
    impl Leases for OneConnection {
        async fn take(&self, work: Work, holder: Holder, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool, Breakage> {
            let _held = self.connection.lock().await;
            self.leases.take(work, holder, now, until).await
        }

        async fn extend(&self, work: Work, holder: Holder, until: DateTime<Utc>) -> Result<bool, Breakage> {
            let _held = self.connection.lock().await;
            self.leases.extend(work, holder, until).await
        }

        async fn release(&self, work: Work, holder: Holder, due_at: DateTime<Utc>) -> Result<(), Breakage> {
            let _held = self.connection.lock().await;
            self.leases.release(work, holder, due_at).await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_holds_the_connection_is_not_waited_for() {
        let database = Arc::new(OneConnection::default());
        let rota = Rota::new(database.clone(), Arc::new(FixedClock::default()), Holder::new(Uuid::from_u128(1)));
        let long = async {
            let _held = database.connection.lock().await;
            tokio::time::sleep(Duration::from_secs(25)).await;
            Ok::<_, Breakage>(())
        };
        let turn = tokio::time::timeout(Duration::from_secs(60), rota.turn(Work::Sweep, TimeDelta::hours(1), long));
        assert_eq!(turn.await.expect("it comes to its end").unwrap(), Some(()));
    }

    #[tokio::test]
    async fn work_that_failed_stays_due() {
        let [ann, bob] = rotas();
        let failed = ann.turn(Work::Sweep, TimeDelta::hours(1), async { Err::<(), Breakage>(Breakage::Failed("broken".into())) }).await;
        assert!(failed.is_err());
        let later = bob.clock.now() + lease(Work::Sweep);
        assert!(bob.leases.take(Work::Sweep, bob.holder, later, later + lease(Work::Sweep)).await.unwrap());
    }
}
