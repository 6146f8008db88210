//! What [`Usages`](assets_domain::ports::Usages) promises: what is counted is what there is, and there is never more than there may be.

use assets_domain::{
    DraftRetention, Quantity, Quota, Usage,
    ports::{Clock, CommitError},
};
use futures_util::future::join_all;

use crate::Repositories;

use super::bench::Bench;

/// Runs the clauses of [`suites::usages`](crate::suites::usages).
#[macro_export]
macro_rules! usages_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            usages,
            $make,
            [
                what_is_counted_is_what_there_is,
                there_are_never_more_assets_than_there_may_be,
                there_are_never_more_bytes_than_there_may_be,
                what_there_is_already_stays_and_can_be_removed,
                many_at_once_do_not_pass_the_quota,
                drafts_are_kept_for_ever_unless_somebody_says_for_how_long,
            ]
        );
    };
}

async fn usage(bench: &Bench) -> Usage {
    bench.repositories.usages.usage(bench.workspace).await.unwrap()
}

async fn allow(bench: &Bench, bytes: Option<u64>, assets: Option<u64>) {
    bench.repositories.usages.set_quota(bench.workspace, Quota { bytes, assets }).await.unwrap();
}

fn new(bench: &Bench, text: &str) -> assets_domain::ports::Commit {
    let new = crate::fixtures::new_asset(assets_domain::AssetType::Copy, text);
    bench.commit(bench.creation(&bench.writer(), new, text), Some(text))
}

/// The same bytes count once, versions of them not at all, and what goes is no longer counted.
pub async fn what_is_counted_is_what_there_is(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let other = bench.add_workspace("elsewhere").await;
    assert_eq!(usage(&bench).await, Usage::default());
    let asset = bench.copy("one", "12345").await;
    let twin = bench.copy("two", "12345").await;
    bench.add_version(&asset, "123").await;
    assert_eq!(usage(&bench).await, Usage { bytes: 8, assets: 2, ..Usage::default() });
    assert_eq!(bench.repositories.usages.usage(other).await.unwrap(), Usage::default());
    bench.delete(&twin).await;
    assert_eq!(usage(&bench).await, Usage { bytes: 8, assets: 1, ..Usage::default() });
    let last = bench.copy("three", "1234567").await;
    bench.delete(&last).await;
    let now = bench.clock.now();
    bench.repositories.ledger.retire_unreferenced(now, now).await.unwrap();
    assert_eq!(usage(&bench).await, Usage { bytes: 8, assets: 1, ..Usage::default() });
    allow(&bench, Some(9), None).await;
    assert_eq!(usage(&bench).await.quota, Quota { bytes: Some(9), assets: None });
    assert_eq!(bench.repositories.usages.usage(other).await.unwrap().quota, Quota::default());
}

/// A version of one that is there is none more.
pub async fn there_are_never_more_assets_than_there_may_be(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    allow(&bench, None, Some(1)).await;
    let asset = bench.copy("one", "one").await;
    let before = bench.event_count(bench.workspace).await;
    assert!(matches!(bench.try_save(&new(&bench, "two")).await, Err(CommitError::OverQuota(Quantity::Assets))));
    assert_eq!((bench.event_count(bench.workspace).await, usage(&bench).await.assets), (before, 1));
    let asset = bench.add_version(&asset, "newer").await;
    bench.submit_and_approve(&asset).await;
    allow(&bench, None, None).await;
    bench.save(new(&bench, "two")).await;
}

/// To the byte; bytes that are there already need no room.
pub async fn there_are_never_more_bytes_than_there_may_be(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    allow(&bench, Some(8), None).await;
    let asset = bench.copy("one", "12345").await;
    assert!(matches!(bench.try_save(&new(&bench, "6789")).await, Err(CommitError::OverQuota(Quantity::Bytes))));
    bench.save(new(&bench, "678")).await;
    bench.save(new(&bench, "12345")).await;
    let full = bench.commit(bench.version_on(&asset, "!"), Some("!"));
    assert!(matches!(bench.try_save(&full).await, Err(CommitError::OverQuota(Quantity::Bytes))));
    assert_eq!(usage(&bench).await.bytes, 8);
}

/// A quota below what there is takes nothing away.
pub async fn what_there_is_already_stays_and_can_be_removed(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (asset, other) = (bench.copy("one", "12345").await, bench.copy("two", "678").await);
    allow(&bench, Some(1), Some(1)).await;
    bench.delete(&other).await;
    bench.submit_and_approve(&asset).await;
    let now = bench.clock.now();
    bench.repositories.ledger.retire_unreferenced(now, now).await.unwrap();
    assert_eq!((usage(&bench).await.bytes, usage(&bench).await.assets), (5, 1));
}

/// Exactly as many are let through as there is room for.
pub async fn many_at_once_do_not_pass_the_quota(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    allow(&bench, Some(30), Some(5)).await;
    let commits: Vec<_> = (0..12).map(|number| new(&bench, &format!("text {number:2}"))).collect();
    let saved = join_all(commits.iter().map(|commit| bench.try_save(commit))).await;
    let refused = saved.iter().filter(|saved| matches!(saved, Err(CommitError::OverQuota(Quantity::Bytes)))).count();
    assert_eq!((saved.iter().filter(|saved| saved.is_ok()).count(), refused), (4, 8));
    let now = usage(&bench).await;
    assert_eq!((now.assets, now.bytes), (4, 28));
}

/// Each workspace for itself.
pub async fn drafts_are_kept_for_ever_unless_somebody_says_for_how_long(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.add_workspace("elsewhere").await;
    let usages = &bench.repositories.usages;
    assert_eq!(usages.draft_retentions().await.unwrap(), []);
    for days in [30, 7] {
        let retention = DraftRetention::of_days(days).unwrap();
        usages.set_draft_retention(bench.workspace, Some(retention)).await.unwrap();
        assert_eq!(usages.draft_retentions().await.unwrap(), [(bench.workspace, retention)]);
    }
    usages.set_draft_retention(bench.workspace, None).await.unwrap();
    assert_eq!(usages.draft_retentions().await.unwrap(), []);
}
