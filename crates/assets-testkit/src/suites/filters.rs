//! Short ways to say what is looked for, and what is found.

use std::collections::BTreeSet;

use assets_domain::{AssetType, Details, Filter, NewAsset, Provenance, SearchTerms, Tags, View};

use crate::fixtures;

use super::bench::Bench;

/// The titles of what a reader of the whole workspace finds.
pub(super) async fn working(bench: &Bench, filter: Filter) -> BTreeSet<String> {
    bench.titles(View::Working, filter).await.into_iter().collect()
}

/// The titles of what a publisher finds.
pub(super) async fn published(bench: &Bench, filter: Filter) -> BTreeSet<String> {
    bench.titles(View::Published, filter).await.into_iter().collect()
}

pub(super) fn titles<const N: usize>(titles: [&str; N]) -> BTreeSet<String> {
    titles.map(str::to_owned).into()
}

pub(super) fn words(text: &str) -> Filter {
    Filter { terms: SearchTerms::parse(text).expect("short enough"), ..Filter::default() }
}

pub(super) fn tagged<const N: usize>(tags: [&str; N]) -> Filter {
    Filter { tags: tags.map(fixtures::tag).into(), ..Filter::default() }
}

pub(super) fn copy_with_tags<const N: usize>(title: &str, tags: [&str; N]) -> NewAsset {
    let tags = Tags::collect(tags.map(fixtures::tag)).expect("few tags");
    NewAsset { details: Details { tags, ..fixtures::details(title) }, ..fixtures::new_asset(AssetType::Copy, title) }
}

/// One label of a provenance.
pub(super) struct LabelField {
    /// States it.
    pub(super) state: fn(&mut Provenance, &str),
    /// Looks for it.
    pub(super) filter: fn(&str) -> Filter,
}

/// Every label that can be looked for.
pub(super) fn label_fields() -> [LabelField; 6] {
    [
        LabelField {
            state: |made, text| made.agent_slug = fixtures::label(text),
            filter: |text| Filter { agent: Some(fixtures::label(text)), ..Filter::default() },
        },
        LabelField {
            state: |made, text| made.run_id = Some(fixtures::label(text)),
            filter: |text| Filter { run_id: Some(fixtures::label(text)), ..Filter::default() },
        },
        LabelField {
            state: |made, text| made.campaign_id = Some(fixtures::label(text)),
            filter: |text| Filter { campaign_id: Some(fixtures::label(text)), ..Filter::default() },
        },
        LabelField {
            state: |made, text| made.brand_id = Some(fixtures::label(text)),
            filter: |text| Filter { brand_id: Some(fixtures::label(text)), ..Filter::default() },
        },
        LabelField {
            state: |made, text| made.brief_id = Some(fixtures::label(text)),
            filter: |text| Filter { brief_id: Some(fixtures::label(text)), ..Filter::default() },
        },
        LabelField {
            state: |made, text| made.model = Some(fixtures::label(text)),
            filter: |text| Filter { model: Some(fixtures::label(text)), ..Filter::default() },
        },
    ]
}
