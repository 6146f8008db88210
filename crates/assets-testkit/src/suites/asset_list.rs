//! What [`AssetRepository::list`](assets_domain::ports::AssetRepository::list) promises of filters, as the working view and
//! the publisher's view see them.

use std::collections::BTreeSet;

use assets_domain::{Asset, AssetType, Details, Digest, Filter, NewAsset, Provenance, SearchTerms, Status, Tags, Transition, View};
use chrono::Duration;

use crate::{Repositories, fixtures};

use super::bench::Bench;

/// Runs the clauses of [`suites::asset_list`](crate::suites::asset_list).
#[macro_export]
macro_rules! asset_list_suite {
    ($make:expr) => {
        $crate::suite!(
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
                words_are_looked_for_in_everything_said_and_written,
                all_words_must_occur_and_the_last_may_be_a_beginning,
                case_and_accents_are_ignored,
                words_that_mean_something_to_a_database_are_words,
                words_that_are_gone_are_not_found,
                one_text_in_two_assets_finds_both,
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

async fn working(bench: &Bench, filter: Filter) -> BTreeSet<String> {
    bench.titles(View::Working, filter).await.into_iter().collect()
}

async fn published(bench: &Bench, filter: Filter) -> BTreeSet<String> {
    bench.titles(View::Published, filter).await.into_iter().collect()
}

fn titles<const N: usize>(titles: [&str; N]) -> BTreeSet<String> {
    titles.map(str::to_owned).into()
}

fn words(text: &str) -> Filter {
    Filter { terms: SearchTerms::parse(text).expect("short enough"), ..Filter::default() }
}

fn tagged<const N: usize>(tags: [&str; N]) -> Filter {
    Filter { tags: tags.map(fixtures::tag).into(), ..Filter::default() }
}

fn copy_with_tags<const N: usize>(title: &str, tags: [&str; N]) -> NewAsset {
    let tags = Tags::collect(tags.map(fixtures::tag)).expect("few tags");
    NewAsset { details: Details { tags, ..fixtures::details(title) }, ..fixtures::new_asset(AssetType::Copy, title) }
}

/// Each label of a provenance: a way to state it, and the filter for it.
fn labels() -> Vec<(fn(&mut Provenance, &str), fn(&str) -> Filter)> {
    vec![
        (|made, text| made.agent_slug = fixtures::label(text), |text| Filter { agent: Some(fixtures::label(text)), ..Filter::default() }),
        (
            |made, text| made.run_id = Some(fixtures::label(text)),
            |text| Filter { run_id: Some(fixtures::label(text)), ..Filter::default() },
        ),
        (
            |made, text| made.campaign_id = Some(fixtures::label(text)),
            |text| Filter { campaign_id: Some(fixtures::label(text)), ..Filter::default() },
        ),
        (
            |made, text| made.brand_id = Some(fixtures::label(text)),
            |text| Filter { brand_id: Some(fixtures::label(text)), ..Filter::default() },
        ),
        (
            |made, text| made.brief_id = Some(fixtures::label(text)),
            |text| Filter { brief_id: Some(fixtures::label(text)), ..Filter::default() },
        ),
        (|made, text| made.model = Some(fixtures::label(text)), |text| Filter { model: Some(fixtures::label(text)), ..Filter::default() }),
    ]
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
    for (place, (state, filter)) in labels().into_iter().enumerate() {
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
    for (place, (state, filter)) in labels().into_iter().enumerate() {
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
        has_approved: Some(true),
        terms: SearchTerms::parse("elan pix").expect("short enough"),
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

/// Title, description, tags and text are searched, and words may lie in different ones.
pub async fn words_are_looked_for_in_everything_said_and_written(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut new = copy_with_tags("Spring launch", ["brand:acme"]);
    new.details.description = Some("For the northern shops".parse().expect("a description"));
    bench.create(new, "Buy two umbrellas").await;
    bench.copy("Autumn", "Nothing of that").await;
    for query in ["launch", "northern", "acme", "umbrellas", "umbrellas spring acme shops"] {
        assert_eq!(working(&bench, words(query)).await, titles(["Spring launch"]), "{query}");
    }
    assert_eq!(working(&bench, words("umbrellas autumn")).await, titles([]), "words of two assets");
}

/// Only the last word is taken for a beginning.
pub async fn all_words_must_occur_and_the_last_may_be_a_beginning(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Spring launch", "2026").await;
    for found in ["spring laun", "launch spri", "20", "spring launch 2026", "spring spring", "s"] {
        assert_eq!(working(&bench, words(found)).await, titles(["Spring launch"]), "{found}");
    }
    for not_found in ["spri launch", "pring", "spring winter", "springs"] {
        assert_eq!(working(&bench, words(not_found)).await, titles([]), "{not_found}");
    }
}

/// Every database folds alike.
pub async fn case_and_accents_are_ignored(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Un Café, l’été", "ŁÓDŹ ЁЛКА 春の新作 ﬁne").await;
    for query in ["cafe", "CAFÉ ETE", "cafe\u{301}", "ёлка", "Елка", "春の", "fine", "łodz"] {
        assert_eq!(working(&bench, words(query)).await.len(), 1, "{query}");
    }
}

/// No query means more than its words, and none breaks the search.
pub async fn words_that_mean_something_to_a_database_are_words(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Black AND white, or NOT NEAR null", "100% _under_ score's").await;
    bench.copy("White", "black").await;
    for query in ["black AND white, OR", "NOT NEAR", "OR", "\"null\"", "100%", "under_score", "score's"] {
        assert_eq!(working(&bench, words(query)).await, titles(["Black AND white, or NOT NEAR null"]), "{query}");
    }
    assert_eq!(working(&bench, words("(black* white^")).await, titles(["Black AND white, or NOT NEAR null", "White"]));
    assert_eq!(working(&bench, words("null; DROP")).await, titles([]));
}

/// After an update or a new version the old words find nothing.
pub async fn words_that_are_gone_are_not_found(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = bench.copy("Spring", "umbrellas").await;
    let asset = bench.update(&asset, fixtures::details("Summer")).await;
    bench.add_version(&asset, "sunshades").await;
    for (query, count) in [("spring", 0), ("umbrellas", 0), ("summer", 1), ("sunshades", 1), ("summer sunshades", 1)] {
        assert_eq!(working(&bench, words(query)).await.len(), count, "{query}");
    }
}

/// Bytes are kept once, and searched in every asset that has them.
pub async fn one_text_in_two_assets_finds_both(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("First", "umbrellas").await;
    bench.copy("Second", "umbrellas").await;
    assert_eq!(working(&bench, words("umbrellas")).await, titles(["First", "Second"]));
    assert_eq!(working(&bench, words("umbrellas second")).await, titles(["Second"]));
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
    for (place, (state, filter)) in labels().into_iter().enumerate() {
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
