//! What [`AssetRepository::list`](assets_domain::ports::AssetRepository::list) promises of words: every database
//! finds the same.

use std::collections::BTreeSet;

use assets_domain::{AssetType, Filter, ListQuery, MediaType, View};
use chrono::DateTime;

use crate::{Repositories, fixtures};

use super::{
    bench::Bench,
    filters::{copy_with_tags, titles, words, working},
    list_walk::{at_one_moment, copies, ids, walk},
};

/// Runs the clauses of [`suites::asset_search`](crate::suites::asset_search).
#[macro_export]
macro_rules! asset_search_suite {
    ($make:expr $(, #[$attribute:meta])*) => {
        $crate::suite!(
            $(#[$attribute])*
            asset_search,
            $make,
            [
                words_are_looked_for_in_everything_said_and_written,
                all_words_must_occur_and_the_last_may_be_a_beginning,
                case_and_accents_are_ignored,
                what_has_no_word_is_kept_and_found_by_none,
                words_that_mean_something_to_a_database_are_words,
                words_that_are_gone_are_not_found,
                one_text_in_two_assets_finds_both,
                bytes_have_the_text_of_what_they_are_used_as,
                letters_that_are_one_in_another_case_are_one,
                what_stands_for_a_workspace_is_no_word,
                within_one_moment_the_greater_id_is_found_first,
                what_comes_and_goes_disturbs_no_walk_through_a_search,
                what_was_approved_late_is_found_where_it_was_created,
                bounds_of_time_hold_for_words_too,
            ]
        );
    };
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

/// Titles of signs and pictures of nothing are assets, too, before and after they change.
pub async fn what_has_no_word_is_kept_and_found_by_none(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let wordless = bench.create(fixtures::new_asset(AssetType::Image, "…"), "pixels").await;
    bench.copy("!!!", "?").await;
    bench.submit_and_approve(&wordless).await;
    assert_eq!(working(&bench, words("pixels")).await, titles([]));
    assert_eq!(bench.titles(View::Working, Filter::default()).await.len(), 2);
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

/// The same bytes may be an image here, a copy there, and markup in a third place; who stores them first decides nothing.
pub async fn bytes_have_the_text_of_what_they_are_used_as(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let asset = |asset_type| fixtures::new_asset(asset_type, asset_type.as_str());
    let drawn = [("image first", AssetType::Image, AssetType::Copy), ("copy first", AssetType::Copy, AssetType::Image)];
    for (bytes, first, second) in drawn {
        bench.create(asset(first), bytes).await;
        bench.create(asset(second), bytes).await;
        assert_eq!(working(&bench, words(bytes)).await, titles(["copy"]), "{bytes}");
    }
    let blog = bench.create(asset(AssetType::Blog), "one umbrella").await;
    let published = bench.submit_and_approve(&blog).await;
    bench.retyped(&published, MediaType::Html, "one umbrella", "umbrella").await;
    assert_eq!(working(&bench, words("one umbrella")).await, titles([]));
    assert_eq!(working(&bench, words("umbrella")).await, titles(["blog"]));
    let seen = |query| bench.titles(View::Published, words(query));
    assert_eq!(seen("one umbrella").await, ["blog"], "the publisher's text is that of the approved version");
}

/// No database folds less than the domain does, and none more.
pub async fn letters_that_are_one_in_another_case_are_one(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("ΟΔΟΣ STRASSE", "Weiß").await;
    for query in ["οδος", "οδοσ", "Straße", "STRAẞE", "WEISS", "weiß"] {
        assert_eq!(working(&bench, words(query)).await.len(), 1, "{query}");
    }
}

/// However a database tells workspaces apart: none of it can be looked for.
pub async fn what_stands_for_a_workspace_is_no_word(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    bench.copy("Spring", "umbrellas").await;
    let id = bench.workspace.as_uuid().simple().to_string();
    for query in [&id[..1], &id[..8], &id, &format!("{id}v0"), &format!("={id}v0")] {
        assert_eq!(working(&bench, words(query)).await, titles([]), "{query}");
    }
}

/// A search is ordered as a list is, though other workspaces have assets of the same moment.
pub async fn within_one_moment_the_greater_id_is_found_first(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut all = at_one_moment(&bench, 9).await;
    let other = fixtures::agent(bench.add_workspace("other").await, "writer");
    bench.clock.set(all[0].parts().created_at);
    bench.create_by(&other, fixtures::new_asset(AssetType::Copy, "Copy of another"), "text").await;
    all.reverse();
    for limit in [1, 2, 4, 8, 9, 10] {
        let query = ListQuery { limit, ..Bench::query(View::Working, words("copy")) };
        assert_eq!(walk(&bench, query, async |_, _| {}).await, ids(&all), "in pages of {limit}");
    }
}

/// Every asset that has the words from the start to the end of a walk is met, and once.
pub async fn what_comes_and_goes_disturbs_no_walk_through_a_search(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let mut all = copies(&bench, 12).await;
    all.extend(at_one_moment(&bench, 12).await);
    let query = ListQuery { limit: 3, ..Bench::query(View::Working, words("text")) };
    let mut removed = BTreeSet::new();
    let met = walk(&bench, query, async |place, page| {
        bench.copy(&format!("New {place}"), "a new text").await;
        for asset in [page.items.first(), all.get(place)].into_iter().flatten() {
            if asset.parts().submitted_at.is_none() && removed.insert(asset.id()) {
                bench.delete(asset).await;
            }
        }
    })
    .await;
    let once: BTreeSet<_> = met.iter().copied().collect();
    assert_eq!(once.len(), met.len(), "nothing is met twice");
    let missed = all.iter().filter(|asset| !removed.contains(&asset.id()) && !once.contains(&asset.id())).count();
    assert_eq!(missed, 0);
}

/// A publisher's search goes by creation, whenever the approvals were.
pub async fn what_was_approved_late_is_found_where_it_was_created(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let all = copies(&bench, 5).await;
    for place in [2, 0, 4, 1] {
        bench.submit_and_approve(&all[place]).await;
    }
    for limit in [1, 2, 5] {
        let query = ListQuery { limit, ..Bench::query(View::Published, words("copy")) };
        assert_eq!(walk(&bench, query, async |_, _| {}).await, ids([&all[4], &all[2], &all[1], &all[0]]), "in pages of {limit}");
    }
}

/// The bounds are exclusive, as they are without words.
pub async fn bounds_of_time_hold_for_words_too(repositories: Repositories) {
    let bench = Bench::new(repositories).await;
    let all = copies(&bench, 5).await;
    let created = |place: usize| Some(all[place].parts().created_at);
    let filter = Filter { created_after: created(0), created_before: created(4), ..words("copy") };
    for limit in [1, 3] {
        let query = ListQuery { limit, with_total: true, ..Bench::query(View::Working, filter.clone()) };
        assert_eq!(bench.page(&query).await.total, Some(3));
        assert_eq!(walk(&bench, query, async |_, _| {}).await, ids([&all[3], &all[2], &all[1]]), "in pages of {limit}");
    }
    // As far away as the wire can say.
    let year = |year: i64| DateTime::from_timestamp_secs(year * 31_556_952 - 62_167_219_200);
    for (after, before) in [(0_i64, 9999_i64), (1753, 2200), (1800, 2150)] {
        let filter = Filter { created_after: year(after), created_before: year(before), ..words("copy") };
        assert_eq!(bench.page(&Bench::query(View::Working, filter)).await.items.len(), 5, "{after} to {before}");
    }
}
