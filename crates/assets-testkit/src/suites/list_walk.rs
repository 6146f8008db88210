//! What [`AssetRepository::list`](assets_domain::ports::AssetRepository::list) promises of order and pages: whoever walks to
//! the end meets every asset once, whatever comes and goes meanwhile.

use std::collections::BTreeSet;

use assets_domain::{Asset, AssetId, Filter, ListPage, ListQuery, SearchTerms, Sort, Status, Transition, View};

use crate::Repositories;

use super::bench::Bench;

/// Runs the clauses of [`suites::list_walk`](crate::suites::list_walk).
#[macro_export]
macro_rules! list_walk_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            list_walk,
            $make,
            [
                the_newest_comes_first,
                within_one_moment_the_greater_id_comes_first,
                a_review_queue_begins_with_the_oldest_submission,
                within_one_moment_of_submission_the_smaller_id_comes_first,
                what_was_never_submitted_is_in_no_queue,
                a_new_submission_goes_to_the_end_of_the_queue,
                pages_follow_each_other_without_gap_or_overlap,
                the_last_page_says_that_it_is_the_last,
                a_page_is_filled_with_what_passes_the_filter,
                a_publisher_pages_through_what_is_approved,
                a_search_is_paged_in_the_same_order,
                rows_that_come_and_go_disturb_no_walk,
                the_row_that_a_page_ends_with_may_go,
                a_queue_is_walked_while_it_moves,
                a_total_counts_all_that_match_on_every_page,
                without_being_asked_nothing_is_counted,
            ]
        );
    };
}

pub(super) async fn copies(bench: &Bench, count: usize) -> Vec<Asset> {
    let mut all = Vec::new();
    for place in 1..=count {
        all.push(bench.copy(&format!("Copy {place}"), &format!("text {place}")).await);
    }
    all
}

pub(super) fn ids<'a>(assets: impl IntoIterator<Item = &'a Asset>) -> Vec<AssetId> {
    assets.into_iter().map(Asset::id).collect()
}

fn by_submission(view: View) -> ListQuery {
    ListQuery { sort: Sort::SubmittedAt, ..Bench::query(view, Filter::default()) }
}

/// Walks to the end, and does something between the pages.
pub(super) async fn walk(bench: &Bench, mut query: ListQuery, mut between: impl AsyncFnMut(usize, &ListPage)) -> Vec<AssetId> {
    let mut met = Vec::new();
    for place in 0..1000 {
        let page = bench.page(&query).await;
        met.extend(ids(&page.items));
        between(place, &page).await;
        query.after = page.next;
        if page.next.is_none() {
            return met;
        }
        assert!(!page.items.is_empty(), "a page that is not the last has items");
    }
    panic!("the walk does not end");
}

/// The usual order is by creation.
pub async fn the_newest_comes_first(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut all = copies(&bench, 3).await;
    bench.decide(&all[0], Transition::Submit).await;
    all.reverse();
    assert_eq!(ids(&bench.page(&Bench::query(View::Working, Filter::default())).await.items), ids(&all));
}

/// Makes assets that were all created, or submitted, at one and the same moment.
pub(super) async fn at_one_moment(bench: &Bench, count: usize) -> Vec<Asset> {
    let moment = bench.now();
    let mut all = Vec::new();
    for place in 1..=count {
        bench.clock.set(moment);
        all.push(bench.copy(&format!("Copy {place}"), &format!("text {place}")).await);
    }
    let moment = bench.now();
    for asset in &mut all {
        bench.clock.set(moment);
        *asset = bench.decide(asset, Transition::Submit).await;
    }
    assert!(all.iter().all(|asset| asset.parts().created_at == all[0].parts().created_at));
    assert!(all.iter().all(|asset| asset.parts().submitted_at == all[0].parts().submitted_at));
    all.sort_by_key(Asset::id);
    all
}

/// The order is total, so that pages can follow each other.
pub async fn within_one_moment_the_greater_id_comes_first(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut all = at_one_moment(&bench, 7).await;
    all.reverse();
    let query = ListQuery { limit: 2, ..Bench::query(View::Working, Filter::default()) };
    assert_eq!(walk(&bench, query, async |_, _| {}).await, ids(&all));
}

/// Who waits longest is seen first.
pub async fn a_review_queue_begins_with_the_oldest_submission(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let all = copies(&bench, 4).await;
    for place in [2, 0, 3] {
        bench.decide(&all[place], Transition::Submit).await;
    }
    assert_eq!(ids(&bench.page(&by_submission(View::Working)).await.items), ids([&all[2], &all[0], &all[3]]));
}

/// The queue, too, has a total order.
pub async fn within_one_moment_of_submission_the_smaller_id_comes_first(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let all = at_one_moment(&bench, 7).await;
    let query = ListQuery { limit: 2, ..by_submission(View::Working) };
    assert_eq!(walk(&bench, query, async |_, _| {}).await, ids(&all));
}

/// A new version on top of a submitted one leaves the queue; a decided one stays in its place.
pub async fn what_was_never_submitted_is_in_no_queue(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Never submitted", "1").await;
    let passed = bench.decide(&bench.copy("Passed by a new version", "2").await, Transition::Submit).await;
    bench.add_version(&passed, "3").await;
    let approved = bench.submit_and_approve(&bench.copy("Approved", "4").await).await;
    let pending = bench.decide(&bench.copy("Pending", "5").await, Transition::Submit).await;
    assert_eq!(ids(&bench.page(&by_submission(View::Working)).await.items), ids([&approved, &pending]));
    let mut query = by_submission(View::Working);
    query.filter.statuses = [Status::PendingReview].into();
    assert_eq!(ids(&bench.page(&query).await.items), ids([&pending]));
}

/// What comes back for review has waited for less long.
pub async fn a_new_submission_goes_to_the_end_of_the_queue(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let first = bench.decide(&bench.copy("First", "1").await, Transition::Submit).await;
    let second = bench.decide(&bench.copy("Second", "2").await, Transition::Submit).await;
    let returned = bench.decide(&first, Transition::RequestChanges).await;
    bench.decide(&returned, Transition::Submit).await;
    assert_eq!(ids(&bench.page(&by_submission(View::Working)).await.items), ids([&second, &first]));
}

/// Any length of page gives the same list.
pub async fn pages_follow_each_other_without_gap_or_overlap(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut all = copies(&bench, 13).await;
    all.reverse();
    for limit in [1, 2, 5, 12, 13, 14, ListQuery::MAX_LIMIT] {
        let query = ListQuery { limit, ..Bench::query(View::Working, Filter::default()) };
        let met = walk(&bench, query, async |_, page| assert!(page.items.len() <= limit.try_into().unwrap())).await;
        assert_eq!(met, ids(&all), "in pages of {limit}");
    }
}

/// No reader is sent to a page that is empty.
pub async fn the_last_page_says_that_it_is_the_last(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut query = ListQuery { limit: 3, ..Bench::query(View::Working, Filter::default()) };
    assert_eq!(bench.page(&query).await.next, None);
    copies(&bench, 6).await;
    query.after = bench.page(&query).await.next;
    assert!(query.after.is_some());
    let last = bench.page(&query).await;
    assert_eq!((last.items.len(), last.next), (3, None));
}

/// A page has as many items as it may, though others lie between them.
pub async fn a_page_is_filled_with_what_passes_the_filter(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let all = copies(&bench, 12).await;
    let mut wanted = Vec::new();
    for asset in all.iter().rev().step_by(3) {
        wanted.push(bench.decide(asset, Transition::Submit).await);
    }
    let filter = Filter { statuses: [Status::PendingReview].into(), ..Filter::default() };
    let query = ListQuery { limit: 2, ..Bench::query(View::Working, filter) };
    assert_eq!(bench.page(&query).await.items.len(), 2);
    assert_eq!(walk(&bench, query, async |_, _| {}).await, ids(&wanted));
}

/// The publisher's pages are full as well, and in the order of creation.
pub async fn a_publisher_pages_through_what_is_approved(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let all = copies(&bench, 9).await;
    let mut wanted = Vec::new();
    for asset in all.iter().step_by(2) {
        let approved = bench.submit_and_approve(asset).await;
        wanted.insert(0, bench.add_version(&approved, "reworked").await);
    }
    let query = ListQuery { limit: 2, ..Bench::query(View::Published, Filter::default()) };
    assert_eq!(bench.page(&query).await.items.len(), 2);
    assert_eq!(walk(&bench, query, async |_, _| {}).await, ids(&wanted));
}

/// To search does not change the order, nor the pages.
pub async fn a_search_is_paged_in_the_same_order(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut wanted = Vec::new();
    for place in 0..9 {
        let text = if place % 2 == 0 { format!("umbrellas {}", "umbrellas ".repeat(place)) } else { "sunshades".to_owned() };
        let asset = bench.copy(&format!("Copy {place}"), &text).await;
        if place % 2 == 0 {
            wanted.insert(0, asset);
        }
    }
    let filter = Filter { terms: SearchTerms::parse("umbr").expect("short enough"), ..Filter::default() };
    for limit in [1, 2, 3] {
        let query = ListQuery { limit, ..Bench::query(View::Working, filter.clone()) };
        assert_eq!(walk(&bench, query, async |_, _| {}).await, ids(&wanted), "in pages of {limit}");
    }
}

/// Every asset that is there from the start to the end of a walk is met, and once.
pub async fn rows_that_come_and_go_disturb_no_walk(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let all = copies(&bench, 40).await;
    let query = ListQuery { limit: 3, ..Bench::query(View::Working, Filter::default()) };
    let mut removed = BTreeSet::new();
    let met = walk(&bench, query, async |place, page| {
        bench.copy(&format!("New {place}"), &format!("new {place}")).await;
        // One that the walk has met, and one that it has yet to meet, as long as there are any.
        for asset in [page.items.first(), all.get(place)].into_iter().flatten() {
            if removed.insert(asset.id()) {
                bench.delete(asset).await;
            }
        }
    })
    .await;
    let once: BTreeSet<AssetId> = met.iter().copied().collect();
    assert_eq!(once.len(), met.len(), "nothing is met twice");
    let missed: Vec<_> = all.iter().filter(|asset| !removed.contains(&asset.id()) && !once.contains(&asset.id())).collect();
    assert_eq!(missed, Vec::<&Asset>::new());
    assert!(removed.len() > 10);
}

/// A position is a place, not a row.
pub async fn the_row_that_a_page_ends_with_may_go(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut all = copies(&bench, 6).await;
    all.reverse();
    let mut query = ListQuery { limit: 2, ..Bench::query(View::Working, Filter::default()) };
    let first = bench.page(&query).await;
    bench.delete(&all[1]).await;
    query.after = first.next;
    assert_eq!(ids(&bench.page(&query).await.items), ids(&all[2..4]));
}

/// What is decided leaves a queue of pending ones, and none that still waits is passed over.
pub async fn a_queue_is_walked_while_it_moves(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut all = Vec::new();
    for asset in copies(&bench, 9).await {
        all.push(bench.decide(&asset, Transition::Submit).await);
    }
    let mut query = ListQuery { limit: 2, ..by_submission(View::Working) };
    query.filter.statuses = [Status::PendingReview].into();
    let met = walk(&bench, query, async |_, page| {
        for asset in &page.items {
            bench.decide(asset, Transition::Approve).await;
        }
    })
    .await;
    assert_eq!(met, ids(&all));
}

/// The total is that of the list, wherever the page lies.
pub async fn a_total_counts_all_that_match_on_every_page(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let all = copies(&bench, 7).await;
    bench.decide(&all[3], Transition::Submit).await;
    let mut query = ListQuery { limit: 3, with_total: true, ..Bench::query(View::Working, Filter::default()) };
    let first = bench.page(&query).await;
    assert_eq!(first.total, Some(7));
    query.after = first.next;
    assert_eq!(bench.page(&query).await.total, Some(7));
    query.filter.statuses = [Status::Draft].into();
    assert_eq!(bench.page(&query).await.total, Some(6));
    let queue = ListQuery { with_total: true, ..by_submission(View::Working) };
    assert_eq!(bench.page(&queue).await.total, Some(1));
    let published = ListQuery { with_total: true, ..Bench::query(View::Published, Filter::default()) };
    assert_eq!(bench.page(&published).await.total, Some(0));
}

/// To count costs a look at each, and is done for those who ask.
pub async fn without_being_asked_nothing_is_counted(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Copy", "text").await;
    assert_eq!(bench.page(&Bench::query(View::Working, Filter::default())).await.total, None);
}
