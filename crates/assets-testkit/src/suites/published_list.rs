//! What [`AssetRepository::list`](assets_domain::ports::AssetRepository::list) promises to publishers: each asset is
//! as if its approved version were the only one.

use assets_domain::{Asset, AssetType, Digest, Filter, Provenance, Status, Transition, View};
use chrono::Duration;

use crate::{Repositories, fixtures};

use super::{
    bench::Bench,
    filters::{LabelField, copy_with_tags, label_fields, published, tagged, titles, words, working},
};

/// Runs the clauses of [`suites::published_list`](crate::suites::published_list).
#[macro_export]
macro_rules! published_list_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            published_list,
            $make,
            [
                a_publisher_sees_what_is_approved_and_nothing_else,
                a_publisher_sees_the_approved_version_as_the_only_one,
                a_publisher_finds_by_the_approved_labels_and_bytes,
                a_publisher_finds_by_the_approved_tags_and_words,
                a_publisher_sees_the_moment_of_the_approval,
                an_approval_that_was_taken_back_is_not_published,
            ]
        );
    };
}

/// An asset that is approved as `Spring` with the text `umbrellas`, and reworked to `Summer` with the text `sunshades`.
async fn reworked(bench: &Bench) -> Asset {
    let mut new = copy_with_tags("Spring", ["season:spring"]);
    new.provenance.campaign_id = Some(fixtures::label("spring"));
    let asset = bench.submit_and_approve(&bench.create(new, "umbrellas").await).await;
    let asset = bench.update(&asset, copy_with_tags("Summer", ["season:summer"]).details).await;
    let provenance = Provenance { campaign_id: Some(fixtures::label("summer")), ..asset.latest().provenance.clone() };
    bench.add_version_by(&bench.writer(), &asset, provenance, "sunshades").await
}

/// Without a standing approval there is nothing to publish.
pub async fn a_publisher_sees_what_is_approved_and_nothing_else(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Draft", "1").await;
    bench.decide(&bench.copy("Pending", "2").await, Transition::Submit).await;
    bench.submit_and_approve(&bench.copy("Approved", "3").await).await;
    reworked(&bench).await;
    assert_eq!(published(&bench, Filter::default()).await, titles(["Approved", "Spring"]));
    assert_eq!(published(&bench, Filter { has_approved: Some(true), ..Filter::default() }).await, titles(["Approved", "Spring"]));
    assert_eq!(published(&bench, Filter { has_approved: Some(false), ..Filter::default() }).await, titles([]));
}

/// To a publisher the status is `approved`, whatever is being worked on.
pub async fn a_publisher_sees_the_approved_version_as_the_only_one(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.decide(&reworked(&bench).await, Transition::Submit).await;
    let page = bench.page(&Bench::query(View::Published, Filter::default())).await;
    assert_eq!(page.items, [asset]);
    let with_status = |status| Filter { statuses: [status].into(), ..Filter::default() };
    assert_eq!(published(&bench, with_status(Status::Approved)).await, titles(["Spring"]));
    assert_eq!(published(&bench, with_status(Status::PendingReview)).await, titles([]));
    assert_eq!(working(&bench, with_status(Status::PendingReview)).await, titles(["Summer"]));
    assert_eq!(working(&bench, with_status(Status::Approved)).await, titles([]));
}

/// Provenance and bytes are those of the approved version.
pub async fn a_publisher_finds_by_the_approved_labels_and_bytes(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    reworked(&bench).await;
    let campaign = |text| Filter { campaign_id: Some(fixtures::label(text)), ..Filter::default() };
    assert_eq!(published(&bench, campaign("spring")).await, titles(["Spring"]));
    assert_eq!(published(&bench, campaign("summer")).await, titles([]));
    let with_bytes = |bytes: &[u8]| Filter { digest: Some(Digest::of(bytes)), ..Filter::default() };
    assert_eq!(published(&bench, with_bytes(b"umbrellas")).await, titles(["Spring"]));
    assert_eq!(published(&bench, with_bytes(b"sunshades")).await, titles([]));
    for (place, LabelField { state, filter }) in label_fields().into_iter().enumerate() {
        let title = format!("Label {place}");
        let mut new = fixtures::new_asset(AssetType::Copy, &title);
        state(&mut new.provenance, "approved");
        let asset = bench.submit_and_approve(&bench.create(new, &title).await).await;
        let mut provenance = asset.latest().provenance.clone();
        state(&mut provenance, "reworked");
        bench.add_version_by(&bench.writer(), &asset, provenance, "again").await;
        assert_eq!(published(&bench, filter("approved")).await, titles([&title]));
        assert_eq!(published(&bench, filter("reworked")).await, titles([]));
    }
}

/// Title, tags and text are those that were approved.
pub async fn a_publisher_finds_by_the_approved_tags_and_words(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    reworked(&bench).await;
    for (filter, found) in [
        (tagged(["season:spring"]), true),
        (tagged(["season:summer"]), false),
        (words("spring umbrellas"), true),
        (words("summer"), false),
        (words("sunshades"), false),
        (words("spring sunshades"), false),
    ] {
        assert_eq!(published(&bench, filter.clone()).await.len(), usize::from(found), "{filter:?}");
    }
    assert_eq!(working(&bench, words("umbrellas")).await, titles([]));
    assert_eq!(working(&bench, words("summer sunshades")).await, titles(["Summer"]));
}

/// What changed after the approval did not change what is published.
pub async fn a_publisher_sees_the_moment_of_the_approval(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = reworked(&bench).await;
    let approved_at = asset.standing().expect("an approval stands").at;
    assert!(asset.parts().updated_at > approved_at);
    let tick = Duration::microseconds(1);
    let between = |after, before| Filter { updated_after: Some(after), updated_before: Some(before), ..Filter::default() };
    assert_eq!(published(&bench, between(approved_at - tick, approved_at + tick)).await, titles(["Spring"]));
    assert_eq!(published(&bench, between(approved_at, asset.parts().updated_at + tick)).await, titles([]));
    let created = asset.parts().created_at;
    let filter = Filter { created_after: Some(created - tick), created_before: Some(created + tick), ..Filter::default() };
    assert_eq!(published(&bench, filter).await, titles(["Spring"]));
}

/// Revoked, unwanted or archived: no publisher finds it any more, by nothing.
pub async fn an_approval_that_was_taken_back_is_not_published(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    for action in [Transition::Revoke, Transition::RequestChanges, Transition::Archive] {
        let asset = bench.submit_and_approve(&bench.create(copy_with_tags("Spring", ["brand:acme"]), "umbrellas").await).await;
        assert_eq!(published(&bench, words("umbrellas")).await.len(), 1);
        bench.decide(&asset, action).await;
        for filter in [Filter::default(), words("umbrellas"), tagged(["brand:acme"])] {
            assert_eq!(published(&bench, filter).await, titles([]), "after {action:?}");
        }
    }
}
