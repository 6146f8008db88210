//! What [`Receipts`](assets_domain::ports::Receipts) promises: a request that is sent again is answered again, and not done
//! again.

use assets_domain::{
    AssetType, WorkspaceId,
    ports::{Beginning, Begun, Receipt, ReceiptId},
};
use chrono::{DateTime, Duration, Utc};

use crate::{FixedClock, Repositories, fixtures};

use super::bench::Bench;

/// Runs the clauses of [`suites::receipts`](crate::suites::receipts).
#[macro_export]
macro_rules! receipts_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            receipts,
            $make,
            [
                a_new_request_is_fresh_and_then_under_way,
                an_answered_request_is_answered_again,
                an_id_is_of_one_body,
                requests_are_known_apart,
                workspaces_have_requests_of_their_own,
                an_abandoned_request_begins_anew,
                an_answered_request_is_not_abandoned,
                what_a_commit_kept_stays,
                a_dead_request_begins_anew,
                an_old_answer_is_forgotten,
                an_answer_outlives_the_time_of_a_dead_request,
                a_sweep_removes_old_requests,
                of_many_at_once_one_is_fresh,
            ]
        );
    };
}

const REQUEST: ReceiptId = ReceiptId::new([1; 32]);
const BODY: [u8; 32] = [2; 32];

/// Begins the request at a moment, with a minute to come to life in and a day to be remembered.
async fn begin_at(bench: &Bench, now: DateTime<Utc>) -> Begun {
    begin(bench, bench.workspace, REQUEST, BODY, now).await
}

async fn begin(bench: &Bench, workspace: WorkspaceId, id: ReceiptId, body: [u8; 32], now: DateTime<Utc>) -> Begun {
    let (stale_before, forget_before) = (now - Duration::minutes(1), now - Duration::days(1));
    bench.repositories.receipts.begin(Beginning { workspace, id, body, now, stale_before, forget_before }).await.unwrap()
}

async fn answer(bench: &Bench, id: ReceiptId, answer: &[u8]) {
    let receipt = Receipt { id, answer: answer.to_vec() };
    bench.repositories.receipts.answer(bench.workspace, &receipt).await.unwrap();
}

/// The second of two waits for the first.
pub async fn a_new_request_is_fresh_and_then_under_way(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    assert_eq!(begin_at(&bench, bench.now()).await, Begun::Fresh);
    assert_eq!(begin_at(&bench, bench.now()).await, Begun::Running);
    assert_eq!(begin_at(&bench, bench.now()).await, Begun::Running);
}

/// The answer is kept byte for byte, and given as often as it is asked for.
pub async fn an_answered_request_is_answered_again(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    begin_at(&bench, bench.now()).await;
    answer(&bench, REQUEST, &bytes).await;
    for _ in 0..2 {
        assert_eq!(begin_at(&bench, bench.now()).await, Begun::Answered(bytes.clone()));
    }
}

/// Another body under the same id is a mistake of the caller, whether the first is under way or answered.
pub async fn an_id_is_of_one_body(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin_at(&bench, bench.now()).await;
    assert_eq!(begin(&bench, bench.workspace, REQUEST, [3; 32], bench.now()).await, Begun::Mismatch);
    answer(&bench, REQUEST, b"done").await;
    assert_eq!(begin(&bench, bench.workspace, REQUEST, [3; 32], bench.now()).await, Begun::Mismatch);
    assert_eq!(begin_at(&bench, bench.now()).await, Begun::Answered(b"done".to_vec()));
}

/// Another id is another request, though its body be the same.
pub async fn requests_are_known_apart(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin_at(&bench, bench.now()).await;
    answer(&bench, REQUEST, b"done").await;
    assert_eq!(begin(&bench, bench.workspace, ReceiptId::new([9; 32]), BODY, bench.now()).await, Begun::Fresh);
}

/// An id in another workspace is another id.
pub async fn workspaces_have_requests_of_their_own(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = bench.add_workspace("other").await;
    begin_at(&bench, bench.now()).await;
    assert_eq!(begin(&bench, other, REQUEST, BODY, bench.now()).await, Begun::Fresh);
    answer(&bench, REQUEST, b"ours").await;
    assert_eq!(begin(&bench, other, REQUEST, BODY, bench.now()).await, Begun::Running);
    bench.repositories.receipts.abandon(other, REQUEST).await.unwrap();
    assert_eq!(begin_at(&bench, bench.now()).await, Begun::Answered(b"ours".to_vec()));
}

/// What came to nothing may be tried again, with another body, too.
pub async fn an_abandoned_request_begins_anew(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin_at(&bench, bench.now()).await;
    bench.repositories.receipts.abandon(bench.workspace, REQUEST).await.unwrap();
    bench.repositories.receipts.abandon(bench.workspace, REQUEST).await.expect("there is nothing to abandon, which is no error");
    assert_eq!(begin(&bench, bench.workspace, REQUEST, [3; 32], bench.now()).await, Begun::Fresh);
}

/// An answer is an answer, whoever gives up afterwards.
pub async fn an_answered_request_is_not_abandoned(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin_at(&bench, bench.now()).await;
    answer(&bench, REQUEST, b"done").await;
    bench.repositories.receipts.abandon(bench.workspace, REQUEST).await.unwrap();
    assert_eq!(begin_at(&bench, bench.now()).await, Begun::Answered(b"done".to_vec()));
}

/// The answer of the commit is the one that is true.
pub async fn what_a_commit_kept_stays(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    begin_at(&bench, bench.now()).await;
    let creation = bench.creation(&bench.writer(), fixtures::new_asset(AssetType::Copy, "Spring"), "one");
    let mut commit = bench.commit(creation, Some("one"));
    commit.receipt = Some(Receipt { id: REQUEST, answer: b"by the commit".to_vec() });
    bench.save(commit).await;
    answer(&bench, REQUEST, b"by the face").await;
    bench.repositories.receipts.abandon(bench.workspace, REQUEST).await.unwrap();
    assert_eq!(begin_at(&bench, bench.now()).await, Begun::Answered(b"by the commit".to_vec()));
}

/// A request whose server died is not waited for for ever. The new one counts from its own beginning.
pub async fn a_dead_request_begins_anew(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (start, minute) = (FixedClock::start(), Duration::minutes(1));
    assert_eq!(begin_at(&bench, start).await, Begun::Fresh);
    assert_eq!(begin_at(&bench, start + minute).await, Begun::Running);
    let later = start + minute + Duration::microseconds(1);
    assert_eq!(begin_at(&bench, later).await, Begun::Fresh);
    assert_eq!(begin_at(&bench, later + minute).await, Begun::Running);
    answer(&bench, REQUEST, b"done").await;
    assert_eq!(begin_at(&bench, later + minute).await, Begun::Answered(b"done".to_vec()));
}

/// After its time an id is as new.
pub async fn an_old_answer_is_forgotten(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let start = FixedClock::start();
    begin_at(&bench, start).await;
    answer(&bench, REQUEST, b"done").await;
    let later = start + Duration::days(2);
    assert_eq!(begin(&bench, bench.workspace, REQUEST, [3; 32], later).await, Begun::Fresh);
    assert_eq!(begin(&bench, bench.workspace, REQUEST, [3; 32], later).await, Begun::Running, "the old answer is gone");
}

/// Only what was never answered is taken for dead.
pub async fn an_answer_outlives_the_time_of_a_dead_request(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let start = FixedClock::start();
    begin_at(&bench, start).await;
    answer(&bench, REQUEST, b"done").await;
    let later = start + Duration::hours(23);
    assert_eq!(begin_at(&bench, later).await, Begun::Answered(b"done".to_vec()));
    assert_eq!(begin(&bench, bench.workspace, REQUEST, [3; 32], later).await, Begun::Mismatch);
}

/// Old requests go, answered or not, and younger ones stay.
pub async fn a_sweep_removes_old_requests(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let start = FixedClock::start();
    let old = [ReceiptId::new([4; 32]), ReceiptId::new([5; 32])];
    for id in old {
        begin(&bench, bench.workspace, id, BODY, start).await;
        answer(&bench, id, b"old").await;
    }
    begin(&bench, bench.workspace, ReceiptId::new([6; 32]), BODY, start).await;
    let later = start + Duration::hours(2);
    begin_at(&bench, later).await;
    answer(&bench, REQUEST, b"young").await;
    let between = start + Duration::hours(1);
    assert_eq!(bench.repositories.receipts.sweep(between).await.unwrap(), 3);
    assert_eq!(bench.repositories.receipts.sweep(between).await.unwrap(), 0);
    assert_eq!(begin(&bench, bench.workspace, old[0], BODY, later).await, Begun::Fresh);
    assert_eq!(begin_at(&bench, later).await, Begun::Answered(b"young".to_vec()));
}

/// Of those who send the same at once one does the work.
pub async fn of_many_at_once_one_is_fresh(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let now = bench.now();
    let begun = futures_util::future::join_all((0..8).map(|_| begin_at(&bench, now))).await;
    assert_eq!(begun.iter().filter(|begun| **begun == Begun::Fresh).count(), 1);
    assert_eq!(begun.iter().filter(|begun| **begun == Begun::Running).count(), 7);
}
