use assets_domain::{AssetId, AssetType, Digest, Filter, Label, ListQuery, Position, SearchTerms, Sort, Status, Tag, View};
use chrono::DateTime;
use sea_orm::{ConnectionTrait, Statement, StatementBuilder, sea_query::SelectStatement};

use super::Desk;
use crate::{list::Listing, scope::Scope};

/// What SQLite would do, line by line.
async fn plan(desk: &Desk, statement: &SelectStatement) -> String {
    let backend = desk.database.backend();
    let mut statement: Statement = StatementBuilder::build(statement, &backend);
    statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let rows = desk.database.read(Scope::Every).query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(3).unwrap()).collect::<Vec<_>>().join("\n")
}

/// The first page of a list and a deep one, of both views.
fn pages(filter: &Filter, sort: Sort) -> Vec<ListQuery> {
    let deep = Position { at: DateTime::UNIX_EPOCH, id: AssetId::new(uuid::Uuid::from_u128(7)) };
    let page = |view, after| ListQuery { view, filter: filter.clone(), sort, limit: 50, after, with_total: false };
    [View::Working, View::Published].into_iter().flat_map(|view| [page(view, None), page(view, Some(deep))]).collect()
}

async fn plans(desk: &Desk, filter: &Filter, sort: Sort) -> Vec<String> {
    let mut plans = Vec::new();
    for query in pages(filter, sort) {
        let listing = Listing { backend: desk.database.backend(), workspace: desk.workspace, query: &query, edition: Some(1) };
        plans.push(plan(desk, &listing.page()).await);
    }
    plans
}

fn label(text: &str) -> Option<Label> {
    Some(Label::parse(text).unwrap())
}

/// Every filter and every common pair, with the index that has to answer it.
fn filters() -> Vec<(&'static str, Filter)> {
    let none = Filter::default;
    let campaign = || Filter { campaign_id: label("c"), ..none() };
    let agent = || Filter { agent: label("a"), ..none() };
    let draft = || [Status::Draft].into();
    let image = || [AssetType::Image].into();
    vec![
        ("listing_in_order", none()),
        ("listing_in_order", Filter { created_after: Some(DateTime::UNIX_EPOCH), ..none() }),
        ("listing_by_type", Filter { types: image(), ..none() }),
        ("listing_by_status", Filter { statuses: draft(), ..none() }),
        ("listing_by_has_approved", Filter { has_approved: Some(true), ..none() }),
        ("listing_by_agent", agent()),
        ("listing_by_run", Filter { run_id: label("r"), ..none() }),
        ("listing_by_campaign", campaign()),
        ("listing_by_brand", Filter { brand_id: label("b"), ..none() }),
        ("listing_by_brief", Filter { brief_id: label("b"), ..none() }),
        ("listing_by_model", Filter { model: label("m"), ..none() }),
        ("listing_by_digest", Filter { digest: Some(Digest::of(b"x")), ..none() }),
        ("listing_by_type_and_status", Filter { types: image(), statuses: draft(), ..none() }),
        ("listing_by_agent_and_status", Filter { statuses: draft(), ..agent() }),
        ("listing_by_campaign_and_status", Filter { statuses: draft(), ..campaign() }),
        ("listing_by_campaign_and_has_approved", Filter { has_approved: Some(true), ..campaign() }),
        ("listing_by_type", Filter { types: [AssetType::Image, AssetType::Copy].into(), ..none() }),
        ("listing_by_status", Filter { statuses: [Status::Draft, Status::Archived, Status::Approved].into(), ..none() }),
        (
            "listing_by_type_and_status",
            Filter { types: [AssetType::Image, AssetType::Copy].into(), statuses: [Status::Draft, Status::Archived].into(), ..none() },
        ),
    ]
}

fn is_a_walk(plan: &str) -> bool {
    !plan.contains("TEMP B-TREE") && !plan.contains("SCAN listing") && plan.contains("SEARCH listing")
}

#[tokio::test]
async fn every_filter_and_common_pair_is_one_walk_along_its_own_index() {
    let desk = Desk::new().await;
    for (index, filter) in filters() {
        for plan in plans(&desk, &filter, Sort::CreatedAt).await {
            assert!(is_a_walk(&plan) && plan.contains(&format!("USING INDEX {index} ")), "{index}: {filter:?}\n{plan}");
        }
    }
}

#[tokio::test]
async fn a_deep_page_begins_at_its_place() {
    let desk = Desk::new().await;
    let plans = plans(&desk, &Filter { campaign_id: label("c"), ..Filter::default() }, Sort::CreatedAt).await;
    assert!(plans[1].contains("(created_at,asset_id)<(?,?)"), "{}", plans[1]);
}

#[tokio::test]
async fn tags_are_a_walk_along_the_first_of_them() {
    let desk = Desk::new().await;
    let tag = |tag: &str| Tag::parse(tag).unwrap();
    for tags in [vec![tag("brand:acme")], vec![tag("brand:acme"), tag("channel:web"), tag("audience:cfo")]] {
        for more in
            [Filter::default(), Filter { campaign_id: label("c"), statuses: [Status::Draft, Status::Approved].into(), ..Filter::default() }]
        {
            let filter = Filter { tags: tags.iter().cloned().collect(), ..more };
            for plan in plans(&desk, &filter, Sort::CreatedAt).await {
                assert!(plan.starts_with("SEARCH listing_tags USING PRIMARY KEY (workspace_id=? AND view=? AND tag=?"), "{plan}");
                assert!(plan.contains("SEARCH listing USING INTEGER PRIMARY KEY"), "{plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            }
        }
    }
}

#[tokio::test]
async fn the_review_queue_is_a_walk_along_its_own_index() {
    let desk = Desk::new().await;
    let pending = Filter { statuses: [Status::PendingReview].into(), ..Filter::default() };
    for (index, filter) in [("listing_queue", Filter::default()), ("listing_queue_by_status", pending)] {
        for plan in plans(&desk, &filter, Sort::SubmittedAt).await {
            assert!(is_a_walk(&plan) && plan.contains(&format!("USING INDEX {index} ")), "{plan}");
        }
    }
}

#[tokio::test]
async fn words_are_looked_up_in_the_order_of_the_list_and_nothing_is_sorted() {
    let desk = Desk::new().await;
    let terms = SearchTerms::parse("spring laun").unwrap();
    for more in [Filter::default(), Filter { campaign_id: label("c"), created_before: Some(DateTime::UNIX_EPOCH), ..Filter::default() }] {
        for plan in plans(&desk, &Filter { terms: terms.clone(), ..more }, Sort::CreatedAt).await {
            // FTS5 says by 64 that it goes in order, by 128 that newest first, and by < and > that it begins and ends there.
            assert!(plan.starts_with("SCAN listing_text VIRTUAL TABLE INDEX 192:M2><"), "{plan}");
            assert!(plan.contains("SEARCH listing USING INTEGER PRIMARY KEY"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}

#[tokio::test]
async fn the_newest_verdict_is_found_at_the_end_of_an_index() {
    let desk = Desk::new().await;
    let asset = desk.create("text").await;
    let plan = plan(&desk, &crate::history::verdicts(desk.workspace, asset.id(), &Digest::of(b"text"))).await;
    assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{plan}");
    assert_eq!(plan.matches("decisions_by_digest").count(), 3, "{plan}");
}
