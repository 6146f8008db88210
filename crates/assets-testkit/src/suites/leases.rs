//! What [`Leases`](assets_domain::ports::Leases) promises: work that one does for all is done by one, and passes on when that one dies.

use assets_domain::ports::{Holder, Work};
use chrono::{DateTime, Duration, Utc};
use futures_util::future::join_all;
use uuid::Uuid;

use crate::Repositories;

/// Runs the clauses of [`suites::leases`](crate::suites::leases).
#[macro_export]
macro_rules! leases_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            leases,
            $make,
            [
                all_work_is_due_at_first,
                a_lease_has_one_holder,
                a_holder_may_take_its_lease_again,
                each_work_has_a_lease_of_its_own,
                the_lease_of_a_dead_holder_passes_on,
                a_lease_that_is_extended_does_not_pass_on,
                a_lease_that_passed_on_is_not_extended,
                work_that_is_done_is_not_due_until_its_time,
                a_lease_that_passed_on_is_not_given_back,
                of_many_at_once_one_has_the_lease,
            ]
        );
    };
}

fn ann() -> Holder {
    Holder::new(Uuid::from_u128(1))
}

fn bob() -> Holder {
    Holder::new(Uuid::from_u128(2))
}

fn second(number: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::seconds(number)
}

impl Repositories {
    /// Takes the lease of a minute.
    async fn take(&self, work: Work, holder: Holder, now: i64) -> bool {
        self.leases.take(work, holder, second(now), second(now + 60)).await.unwrap()
    }
}

/// Nobody has to say when it is due for the first time.
pub async fn all_work_is_due_at_first(repositories: Repositories) {
    for work in Work::ALL {
        assert!(repositories.take(work, ann(), 0).await, "{work:?}");
    }
}

/// Others go away empty-handed.
pub async fn a_lease_has_one_holder(repositories: Repositories) {
    assert!(repositories.take(Work::Sweep, ann(), 0).await);
    assert!(!repositories.take(Work::Sweep, bob(), 1).await);
    assert!(!repositories.take(Work::Sweep, bob(), 59).await);
}

/// Its time begins anew.
pub async fn a_holder_may_take_its_lease_again(repositories: Repositories) {
    assert!(repositories.take(Work::Sweep, ann(), 0).await);
    assert!(repositories.take(Work::Sweep, ann(), 30).await);
    assert!(!repositories.take(Work::Sweep, bob(), 89).await);
}

/// Who has one does not have the other.
pub async fn each_work_has_a_lease_of_its_own(repositories: Repositories) {
    assert!(repositories.take(Work::Sweep, ann(), 0).await);
    assert!(repositories.take(Work::FirstRun, bob(), 0).await);
}

/// Whoever asks when its time is over has it.
pub async fn the_lease_of_a_dead_holder_passes_on(repositories: Repositories) {
    assert!(repositories.take(Work::Sweep, ann(), 0).await);
    assert!(repositories.take(Work::Sweep, bob(), 60).await);
    assert!(!repositories.take(Work::Sweep, ann(), 61).await);
}

/// A holder that lives keeps it.
pub async fn a_lease_that_is_extended_does_not_pass_on(repositories: Repositories) {
    assert!(repositories.take(Work::Sweep, ann(), 0).await);
    assert!(repositories.leases.extend(Work::Sweep, ann(), second(100)).await.unwrap());
    assert!(!repositories.take(Work::Sweep, bob(), 99).await);
    assert!(repositories.take(Work::Sweep, bob(), 100).await);
}

/// So a holder that was asleep learns that somebody else works now.
pub async fn a_lease_that_passed_on_is_not_extended(repositories: Repositories) {
    assert!(!repositories.leases.extend(Work::Sweep, ann(), second(100)).await.unwrap(), "nobody has it");
    assert!(repositories.take(Work::Sweep, ann(), 0).await);
    assert!(repositories.take(Work::Sweep, bob(), 60).await);
    assert!(!repositories.leases.extend(Work::Sweep, ann(), second(200)).await.unwrap());
    assert!(!repositories.take(Work::Sweep, ann(), 119).await);
}

/// Then anybody may do it.
pub async fn work_that_is_done_is_not_due_until_its_time(repositories: Repositories) {
    assert!(repositories.take(Work::Sweep, ann(), 0).await);
    repositories.leases.release(Work::Sweep, ann(), second(3600)).await.unwrap();
    assert!(!repositories.take(Work::Sweep, ann(), 3599).await);
    assert!(!repositories.take(Work::Sweep, bob(), 3599).await);
    assert!(repositories.take(Work::Sweep, bob(), 3600).await);
}

/// What the one who was too slow says of it does not count.
pub async fn a_lease_that_passed_on_is_not_given_back(repositories: Repositories) {
    assert!(repositories.take(Work::Sweep, ann(), 0).await);
    assert!(repositories.take(Work::Sweep, bob(), 60).await);
    repositories.leases.release(Work::Sweep, ann(), second(61)).await.unwrap();
    assert!(!repositories.take(Work::Sweep, ann(), 62).await);
    assert!(repositories.take(Work::Sweep, bob(), 62).await);
}

/// However they race.
pub async fn of_many_at_once_one_has_the_lease(repositories: Repositories) {
    let holders = (1..=16).map(|number| Holder::new(Uuid::from_u128(number)));
    let taken = join_all(holders.map(|holder| repositories.take(Work::Sweep, holder, 0))).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
}
