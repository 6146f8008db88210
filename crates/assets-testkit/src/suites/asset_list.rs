//! What [`AssetRepository::list`](assets_domain::ports::AssetRepository::list) promises of filters.

use assets_domain::{AssetType, Digest, Filter, SearchTerms, Status, Transition, View};
use chrono::Duration;

use crate::{Repositories, fixtures};

use super::{
    bench::Bench,
    filters::{LabelField, copy_with_tags, label_fields, published, tagged, titles, words, working},
};

/// Runs the clauses of [`suites::asset_list`](crate::suites::asset_list).
#[macro_export]
macro_rules! asset_list_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            asset_list,
            $make,
            [
                without_a_filter_everything_is_listed,
                listed_assets_are_whole,
                another_workspace_lists_nothing_of_this_one,
                a_deleted_asset_is_not_listed,
                one_of_the_types_must_be_it,
                one_of_the_statuses_must_be_it,
                every_label_is_compared_whole,
                labels_are_those_of_the_latest_version,
                bytes_are_those_of_the_latest_version,
                all_tags_must_be_there,
                a_standing_approval_is_wanted_or_not_wanted,
                bounds_of_time_are_exclusive,
                everything_that_is_set_must_hold,
            ]
        );
    };
}

/// An empty filter asks for nothing.
pub async fn without_a_filter_everything_is_listed(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    assert_eq!(working(&bench, Filter::default()).await, titles([]));
    bench.copy("Draft", "one").await;
    let archived = bench.copy("Archived", "two").await;
    bench.decide(&archived, Transition::Archive).await;
    assert_eq!(working(&bench, Filter::default()).await, titles(["Archived", "Draft"]));
}

/// An item of a list is the asset as it is read alone.
pub async fn listed_assets_are_whole(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let source = bench.copy("The source", "source").await;
    let full = bench.create(fixtures::full_asset(&source), "pixels").await;
    let approved = bench.submit_and_approve(&full).await;
    let asset = bench.add_version(&bench.update(&approved, fixtures::details("Renamed")).await, "more pixels").await;
    let page = bench.page(&Bench::query(View::Working, Filter::default())).await;
    assert_eq!(page.items, [asset, source]);
}

/// A list is of one workspace.
pub async fn another_workspace_lists_nothing_of_this_one(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.submit_and_approve(&bench.copy("Ours", "words").await).await;
    let other = bench.add_workspace("other").await;
    for view in [View::Working, View::Published] {
        for filter in [Filter::default(), words("words"), Filter { digest: Some(Digest::of(b"words")), ..Filter::default() }] {
            let mut query = Bench::query(view, filter);
            query.with_total = true;
            let page = bench.repositories.assets.list(other, &query).await.unwrap();
            assert_eq!((page.items, page.next, page.total), (Vec::new(), None, Some(0)));
        }
    }
}

/// What is gone is not found by anything.
pub async fn a_deleted_asset_is_not_listed(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.delete(&bench.create(copy_with_tags("Gone", ["brand:acme"]), "words").await).await;
    for filter in [Filter::default(), words("words"), words("gone"), tagged(["brand:acme"])] {
        assert_eq!(working(&bench, filter).await, titles([]));
    }
}

/// Types are alternatives.
pub async fn one_of_the_types_must_be_it(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    for asset_type in AssetType::ALL {
        bench.create(fixtures::new_asset(asset_type, asset_type.as_str()), asset_type.as_str()).await;
    }
    for asset_type in AssetType::ALL {
        let filter = Filter { types: [asset_type].into(), ..Filter::default() };
        assert_eq!(working(&bench, filter).await, titles([asset_type.as_str()]));
    }
    let filter = Filter { types: [AssetType::Image, AssetType::Blog].into(), ..Filter::default() };
    assert_eq!(working(&bench, filter).await, titles(["blog", "image"]));
}

/// Statuses are alternatives, and each is that of the asset.
pub async fn one_of_the_statuses_must_be_it(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("draft", "1").await;
    bench.decide(&bench.copy("pending_review", "2").await, Transition::Submit).await;
    let approved = bench.submit_and_approve(&bench.copy("approved", "3").await).await;
    bench.decide(&bench.copy("archived", "4").await, Transition::Archive).await;
    for status in Status::ALL {
        let filter = Filter { statuses: [status].into(), ..Filter::default() };
        assert_eq!(working(&bench, filter).await, titles([status.as_str()]));
    }
    let filter = Filter { statuses: [Status::Draft, Status::Archived].into(), ..Filter::default() };
    assert_eq!(working(&bench, filter.clone()).await, titles(["archived", "draft"]));
    for action in [Transition::RequestChanges, Transition::Withdraw] {
        let submitted = bench.decide(&bench.copy("returned", action.as_str()).await, Transition::Submit).await;
        bench.decide(&submitted, action).await;
    }
    bench.decide(&approved, Transition::Revoke).await;
    assert_eq!(working(&bench, filter).await, titles(["approved", "archived", "draft", "returned"]), "all that is no more than a draft");
}

/// A label is equal or not: no beginnings, no other case, no patterns.
pub async fn every_label_is_compared_whole(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    for (place, LabelField { state, filter }) in label_fields().into_iter().enumerate() {
        let (label, title) = (format!("spring_{place}"), format!("With label {place}"));
        let mut new = fixtures::new_asset(AssetType::Copy, &title);
        state(&mut new.provenance, &label);
        bench.create(new, &title).await;
        assert_eq!(working(&bench, filter(&label)).await, titles([&title]));
        for near in ["spring", "SPRING_0", "spring%", "%"] {
            assert_eq!(working(&bench, filter(near)).await, titles([]), "{near} is not {label}");
        }
    }
}

/// A later version that comes from elsewhere is found where it comes from.
pub async fn labels_are_those_of_the_latest_version(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    for (place, LabelField { state, filter }) in label_fields().into_iter().enumerate() {
        let title = format!("With label {place}");
        let mut new = fixtures::new_asset(AssetType::Copy, &title);
        state(&mut new.provenance, "old");
        let asset = bench.create(new, &title).await;
        let mut provenance = asset.latest().provenance.clone();
        state(&mut provenance, "new");
        bench.add_version_by(&bench.writer(), &asset, provenance, "again").await;
        assert_eq!(working(&bench, filter("new")).await, titles([&title]));
        assert_eq!(working(&bench, filter("old")).await, titles([]));
    }
}

/// Earlier bytes are history.
pub async fn bytes_are_those_of_the_latest_version(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.add_version(&bench.copy("Two versions", "one").await, "two").await;
    bench.copy("One version", "two").await;
    let with_bytes = |bytes: &[u8]| Filter { digest: Some(Digest::of(bytes)), ..Filter::default() };
    assert_eq!(working(&bench, with_bytes(b"two")).await, titles(["One version", "Two versions"]));
    assert_eq!(working(&bench, with_bytes(b"one")).await, titles([]));
}

/// Tags add up, and each is compared whole.
pub async fn all_tags_must_be_there(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let both = bench.create(copy_with_tags("Both", ["brand:acme", "audience:cfo"]), "1").await;
    bench.create(copy_with_tags("One", ["brand:acme"]), "2").await;
    bench.copy("None", "3").await;
    assert_eq!(working(&bench, tagged(["brand:acme"])).await, titles(["Both", "One"]));
    assert_eq!(working(&bench, tagged(["audience:cfo", "brand:acme"])).await, titles(["Both"]));
    assert_eq!(working(&bench, tagged(["brand:ac"])).await, titles([]));
    assert_eq!(working(&bench, tagged(["brand:Acme"])).await, titles([]));
    bench.update(&both, fixtures::details("Both")).await;
    assert_eq!(working(&bench, tagged(["audience:cfo"])).await, titles([]), "tags that were taken off");
}

/// `has_approved` looks at the standing approval, whatever the status.
pub async fn a_standing_approval_is_wanted_or_not_wanted(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Draft", "1").await;
    bench.submit_and_approve(&bench.copy("Approved", "2").await).await;
    let reworked = bench.submit_and_approve(&bench.copy("Reworked", "3").await).await;
    bench.add_version(&reworked, "4").await;
    let archived = bench.submit_and_approve(&bench.copy("Archived", "5").await).await;
    bench.decide(&archived, Transition::Archive).await;
    let filter = |has_approved| Filter { has_approved: Some(has_approved), ..Filter::default() };
    assert_eq!(working(&bench, filter(true)).await, titles(["Approved", "Reworked"]));
    assert_eq!(working(&bench, filter(false)).await, titles(["Archived", "Draft"]));
}

/// A moment is neither before nor after itself, down to the microsecond.
pub async fn bounds_of_time_are_exclusive(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Before", "1").await;
    let asset = bench.copy("Asset", "2").await;
    let asset = bench.update(&asset, fixtures::details("Asset, renamed")).await;
    let (created, updated, tick) = (asset.parts().created_at, asset.parts().updated_at, Duration::microseconds(1));
    let between = |after, before| Filter { created_after: Some(after), created_before: Some(before), ..Filter::default() };
    assert_eq!(working(&bench, between(created - tick, created + tick)).await, titles(["Asset, renamed"]));
    assert_eq!(working(&bench, between(created, created + tick)).await, titles([]));
    assert_eq!(working(&bench, between(created - tick, created)).await, titles([]));
    let between = |after, before| Filter { updated_after: Some(after), updated_before: Some(before), ..Filter::default() };
    assert_eq!(working(&bench, between(updated - tick, updated + tick)).await, titles(["Asset, renamed"]));
    assert_eq!(working(&bench, between(updated, updated + tick)).await, titles([]));
    assert_eq!(working(&bench, between(updated - tick, updated)).await, titles([]));
}

/// Filters add up.
pub async fn everything_that_is_set_must_hold(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let source = bench.copy("The source", "source").await;
    let full = bench.create(fixtures::full_asset(&source), "pixels").await;
    let full = bench.submit_and_approve(&full).await;
    let (made, tick) = (&full.latest().provenance, Duration::microseconds(1));
    let all = Filter {
        types: [AssetType::Image].into(),
        statuses: [Status::Approved].into(),
        agent: Some(made.agent_slug.clone()),
        run_id: made.run_id.clone(),
        campaign_id: made.campaign_id.clone(),
        brand_id: made.brand_id.clone(),
        brief_id: made.brief_id.clone(),
        model: made.model.clone(),
        digest: Some(Digest::of(b"pixels")),
        tags: full.parts().details.tags.iter().cloned().collect(),
        approved_by: [bench.reviewer().actor.key_prefix].into(),
        has_approved: Some(true),
        terms: SearchTerms::parse("elan audie").expect("short enough"),
        created_after: Some(full.parts().created_at - tick),
        created_before: Some(full.parts().created_at + tick),
        updated_after: Some(full.parts().updated_at - tick),
        updated_before: Some(full.parts().updated_at + tick),
    };
    let title = full.parts().details.title.as_str();
    assert_eq!(working(&bench, all.clone()).await, titles([title]));
    assert_eq!(published(&bench, all.clone()).await, titles([title]));
    assert_eq!(working(&bench, Filter { types: [AssetType::Copy].into(), ..all.clone() }).await, titles([]));
    assert_eq!(working(&bench, Filter { model: Some(fixtures::label("other")), ..all.clone() }).await, titles([]));
    assert_eq!(working(&bench, Filter { has_approved: Some(false), ..all }).await, titles([]));
}
