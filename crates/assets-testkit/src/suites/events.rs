//! What [`Events`](assets_domain::ports::Events) and [`Bell`](assets_domain::ports::Bell) promise: what was committed is told once, in
//! its order, and whoever sees a number has seen all before it.

use std::{collections::BTreeSet, time::Duration};

use assets_domain::{
    AssetType, Event, EventFilter, EventType, Recorded, Transition, WorkspaceId,
    ports::{CommitError, EventPage, Ring},
};
use futures_util::{StreamExt, future::join_all};

use crate::{Repositories, fixtures};

use super::bench::Bench;

/// Runs the clauses of [`suites::events`](crate::suites::events).
#[macro_export]
macro_rules! events_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            events,
            $make,
            [
                what_was_committed_is_read_in_its_order,
                pages_lead_on_without_gap_or_repetition,
                what_is_not_wanted_is_passed_over,
                an_event_says_whether_it_changed_what_is_approved,
                whoever_sees_a_number_has_seen_all_before_it,
                a_bell_rings_when_something_is_committed,
                another_tenant_hears_nothing,
            ]
        );
    };
}

async fn read(bench: &Bench, after: u64, wanted: &EventFilter, limit: u32) -> EventPage {
    bench.repositories.feed.after(bench.workspace, after, wanted, limit).await.unwrap()
}

fn of(types: &[EventType]) -> EventFilter {
    EventFilter { types: Some(types.iter().copied().collect()), ..EventFilter::default() }
}

fn numbers(page: &EventPage) -> Vec<u64> {
    page.items.iter().map(|recorded| recorded.sequence).collect()
}

/// As it is kept, with nothing added.
pub async fn what_was_committed_is_read_in_its_order(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let feed = bench.repositories.feed.clone();
    assert_eq!(feed.head(bench.workspace).await.unwrap(), 0);
    assert_eq!(read(&bench, 0, &EventFilter::default(), 10).await, EventPage { items: Vec::new(), next_after: 0, head: 0 });
    bench.submit_and_approve(&bench.copy("Spring", "one").await).await;
    bench.delete(&bench.copy("Gone", "gone").await).await;
    let page = read(&bench, 0, &EventFilter::default(), 10).await;
    assert_eq!(page.items, bench.repositories.events.events(bench.workspace).await);
    assert_eq!(page.items.iter().map(|recorded| recorded.event.event_type).collect::<Vec<_>>(), {
        use EventType as E;
        [E::Created, E::Submitted, E::Approved, E::Created, E::Deleted]
    });
    assert_eq!((page.next_after, page.head, feed.head(bench.workspace).await.unwrap()), (5, 5, 5));
}

/// From wherever one begins, also behind the end.
pub async fn pages_lead_on_without_gap_or_repetition(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    for text in ["one", "two", "three", "four", "five"] {
        bench.copy(text, text).await;
    }
    let all = EventFilter::default();
    let page = read(&bench, 0, &all, 2).await;
    assert_eq!((numbers(&page), page.next_after, page.head), (vec![1, 2], 2, 5));
    let page = read(&bench, page.next_after, &all, 2).await;
    assert_eq!((numbers(&page), page.next_after, page.head), (vec![3, 4], 4, 5));
    let page = read(&bench, page.next_after, &all, 2).await;
    assert_eq!((numbers(&page), page.next_after, page.head), (vec![5], 5, 5));
    for behind in [5, 6, u64::MAX] {
        let page = read(&bench, behind, &all, 2).await;
        assert_eq!((numbers(&page), page.next_after, page.head), (Vec::new(), behind, 5));
    }
}

/// And leads on all the same.
pub async fn what_is_not_wanted_is_passed_over(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let (one, two) = (bench.copy("One", "one").await, bench.copy("Two", "two").await);
    bench.submit_and_approve(&one).await;
    bench.submit_and_approve(&two).await;
    let page = read(&bench, 0, &of(&[EventType::Approved]), 10).await;
    assert_eq!((numbers(&page), page.next_after), (vec![4, 6], 6));
    let page = read(&bench, 0, &of(&[EventType::Approved, EventType::Created]), 2).await;
    assert_eq!((numbers(&page), page.next_after, page.head), (vec![1, 2], 2, 6));
    let page = read(&bench, 4, &of(&[EventType::Created]), 2).await;
    assert_eq!((numbers(&page), page.next_after), (vec![], 6));
    let of_none = EventFilter { types: Some(BTreeSet::new()), ..EventFilter::default() };
    let page = read(&bench, 0, &of_none, 2).await;
    assert_eq!((numbers(&page), page.next_after), (vec![], 6));
    let of_one = EventFilter { asset: Some(two.id()), ..EventFilter::default() };
    assert_eq!(numbers(&read(&bench, 0, &of_one, 10).await), [2, 5, 6]);
    let both = EventFilter { asset: Some(two.id()), ..of(&[EventType::Approved]) };
    assert_eq!(numbers(&read(&bench, 0, &both, 10).await), [6]);
}

/// It is what publishers hear of.
pub async fn an_event_says_whether_it_changed_what_is_approved(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "one").await;
    let approved = bench.submit_and_approve(&asset).await;
    let first = approved.latest().clone();
    let renewed = bench.add_version(&approved, "two").await;
    let unwanted = bench.decide(&bench.decide(&renewed, Transition::Submit).await, Transition::RequestChanges).await;
    let back = bench.roll_back(&unwanted, &first).await;
    let archived = bench.decide(&back, Transition::Archive).await;
    bench.decide(&archived, Transition::Restore).await;
    let wanted = EventFilter { approval_changed: true, ..EventFilter::default() };
    let page = read(&bench, 0, &wanted, 10).await;
    use EventType as E;
    let types = page.items.iter().map(|recorded| recorded.event.event_type);
    assert_eq!(types.collect::<Vec<_>>(), [E::Approved, E::RolledBack, E::Archived]);
    assert!(page.items.iter().all(|recorded| recorded.event.approval_changed()));
    let all = read(&bench, 0, &EventFilter::default(), 20).await;
    assert_eq!(all.items.iter().filter(|recorded| recorded.event.approval_changed()).cloned().collect::<Vec<_>>(), page.items);
}

/// What is not there yet when a later one is seen never comes before it: a reader who goes on behind what they saw misses nothing.
pub async fn whoever_sees_a_number_has_seen_all_before_it(repositories: Repositories) {
    const WRITERS: usize = 8;
    const EACH: usize = 6;
    let bench = Bench::new(repositories).await;
    let write = async |writer: usize| -> Result<(), CommitError> {
        for place in 0..EACH {
            let text = format!("{writer} {place}");
            let change = bench.creation(&bench.writer(), fixtures::new_asset(AssetType::Copy, &text), &text);
            bench.try_save(&bench.commit(change, Some(&text))).await?;
        }
        Ok(())
    };
    let follow = async || {
        let (mut followed, mut after) = (Vec::new(), 0);
        while followed.len() < WRITERS * EACH {
            let page = read(&bench, after, &EventFilter::default(), 5).await;
            assert_eq!(numbers(&page), (after + 1..).take(page.items.len()).collect::<Vec<_>>(), "behind {after}");
            after = page.next_after;
            followed.extend(page.items);
            tokio::task::yield_now().await;
        }
        followed
    };
    let (written, followed) = tokio::join!(join_all((0..WRITERS).map(write)), follow());
    written.into_iter().for_each(|written| written.expect("changes to different assets do not meet"));
    assert_eq!(followed, bench.repositories.events.events(bench.workspace).await);
}

/// For whatever kind of commit, and wherever.
pub async fn a_bell_rings_when_something_is_committed(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut rings = bench.repositories.bell.listen();
    let mut heard = async |workspace: WorkspaceId| {
        let hears = async {
            while let Some(ring) = rings.next().await {
                if ring == Ring::In(workspace) {
                    return;
                }
            }
            panic!("the bell is gone");
        };
        tokio::time::timeout(Duration::from_secs(10), hears).await.expect("somebody rings");
    };
    let asset = bench.copy("Spring", "one").await;
    heard(bench.workspace).await;
    bench.delete(&asset).await;
    heard(bench.workspace).await;
    let other = fixtures::agent(bench.add_workspace("other").await, "writer");
    bench.create_by(&other, fixtures::new_asset(AssetType::Copy, "Theirs"), "one").await;
    heard(other.workspace).await;
}

/// Not of an event, and not how many there are.
pub async fn another_tenant_hears_nothing(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Ours", "one").await;
    let other = bench.add_workspace("other").await;
    let wanted = EventFilter { asset: Some(asset.id()), ..EventFilter::default() };
    for wanted in [EventFilter::default(), wanted] {
        let page = bench.repositories.feed.after(other, 0, &wanted, 10).await.unwrap();
        assert_eq!(page, EventPage { items: Vec::new(), next_after: 0, head: 0 });
    }
    assert_eq!(bench.repositories.feed.head(other).await.unwrap(), 0);
    let own: Vec<Event> = read(&bench, 0, &EventFilter::default(), 10).await.items.into_iter().map(|told: Recorded| told.event).collect();
    assert!(own.iter().all(|event| event.workspace == bench.workspace) && own.len() == 1);
}
