//! What PostgreSQL does besides what SQLite does: it keeps tenants apart by itself, and many processes in step.

use assets_domain::{Filter, Label, ListQuery, Position, SearchTerms, Sort, View, ports::AssetRepository};
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement, StatementBuilder};

use super::{Desk, server::empty_database};
use crate::{Database, DatabaseOptions, list::Listing, scope::Scope, search};

async fn texts(connection: &impl ConnectionTrait, sql: &str) -> Result<Vec<String>, DbErr> {
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// A connection that the adapter does not know of, of the same role.
async fn outsider(desk: &Desk) -> DatabaseConnection {
    sea_orm::Database::connect(&desk.database.options.url).await.unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn every_table_of_a_tenant_is_behind_the_wall() {
    let desk = Desk::on_postgres().await;
    let open = "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' \
        WHERE c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1";
    assert_eq!(texts(&outsider(&desk).await, open).await.unwrap(), ["keys"], "a key is where a tenant is learnt from");
    let walled = "SELECT tablename::text FROM pg_policies ORDER BY 1";
    let tables = [
        "approvers",
        "assets",
        "audit",
        "audit_chain",
        "audit_checkpoints",
        "authors",
        "blobs",
        "decisions",
        "events",
        "export_files",
        "export_members",
        "exports",
        "listing",
        "listing_tags",
        "recall_targets",
        "recalls",
        "receipts",
        "releases",
        "remarks",
        "renditions",
        "texts",
        "upload_parts",
        "uploads",
        "usage",
        "versions",
        "webhook_deliveries",
        "webhook_replays",
        "webhooks",
    ];
    assert_eq!(texts(&outsider(&desk).await, walled).await.unwrap(), tables);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn an_ordinary_role_does_not_pass_through_the_wall() {
    assert!(!Desk::on_postgres().await.database.bypasses_tenancy().await.unwrap());
    assert!(!Desk::new().await.database.bypasses_tenancy().await.unwrap());
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_statement_that_belongs_to_no_tenant_fails() {
    let desk = Desk::on_postgres().await;
    desk.create("text").await;
    let connection = outsider(&desk).await;
    for table in ["assets", "versions", "listing", "events", "blobs"] {
        let refused = texts(&connection, &format!("SELECT workspace_id::text FROM {table}")).await.unwrap_err().to_string();
        assert!(refused.contains("assets.workspace"), "{table}: {refused}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_statement_that_forgets_its_tenant_sees_no_other() {
    let desk = Desk::on_postgres().await;
    desk.create("ours").await;
    let other = assets_domain::WorkspaceId::new(uuid::Uuid::from_u128(9));
    for table in ["assets", "versions", "listing", "events", "blobs", "authors", "texts"] {
        let sql = format!("SELECT workspace_id::text FROM {table}");
        let seen = async |scope| texts(&desk.database.read(scope), &sql).await.unwrap();
        assert_eq!(seen(Scope::Tenant(desk.workspace)).await, [desk.workspace.to_string()], "{table}");
        assert_eq!(seen(Scope::Tenant(other)).await, [""; 0], "{table}");
        assert_eq!(seen(Scope::Every).await, [desk.workspace.to_string()], "{table}");
    }
    let transaction = desk.database.write(Scope::Tenant(other)).await.unwrap();
    let untouched = transaction.execute_unprepared("UPDATE assets SET revision = 99").await.unwrap();
    assert_eq!(untouched.rows_affected(), 0);
    let sql = format!("INSERT INTO assets VALUES ('{}', '{}', 1)", desk.workspace, uuid::Uuid::from_u128(10));
    let refused = transaction.execute_unprepared(&sql).await.unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_connection_that_comes_back_belongs_to_no_tenant() {
    let desk = Desk::on_postgres().await;
    let asset = desk.create("text").await;
    let one = DatabaseOptions { connections: 1, ..desk.database.options.clone() };
    let database = Database::open(one).await.unwrap();
    assert!(database.asset(desk.workspace, asset.id()).await.unwrap().is_some());
    let refused = texts(&database.reader, "SELECT workspace_id::text FROM assets").await.unwrap_err().to_string();
    assert!(refused.contains("uuid") || refused.contains("assets.workspace"), "{refused}");
}

/// Assets as PostgreSQL sees them, of a thousand words.
async fn fill(desk: &Desk, count: usize) {
    let scope = search::scope(desk.database.backend(), desk.workspace.as_uuid(), 0);
    let workspace = desk.workspace;
    let transaction = desk.database.write(Scope::Tenant(workspace)).await.unwrap();
    for sql in [
        format!("INSERT INTO assets SELECT '{workspace}', gen_random_uuid(), 1 FROM generate_series(1, {count})"),
        "INSERT INTO listing (workspace_id, view, asset_id, type, status, agent, campaign_id, digest, has_approved, created_at, updated_at, body) \
         SELECT workspace_id, 0, id, 'copy', 'draft', 'a', 'c' || row_number() OVER () % 40, '', false, row_number() OVER (), 0, '{}' FROM assets"
            .to_owned(),
        format!(
            "INSERT INTO listing_text (id, scope, created_at, asset_id, words) SELECT id, '{scope}', created_at, asset_id, \
             array_to_tsvector(ARRAY['{scope}', 'spring', 'launch' || id % 1000]) FROM listing"
        ),
    ] {
        transaction.execute_unprepared(&sql).await.unwrap();
    }
    transaction.commit().await.unwrap();
    outsider(desk).await.execute_unprepared("VACUUM ANALYZE").await.unwrap();
}

async fn plan(desk: &Desk, filter: Filter) -> String {
    let query = ListQuery { view: View::Working, filter, sort: Sort::CreatedAt, limit: 50, after: None, with_total: false };
    let backend = desk.database.backend();
    let listing = Listing { backend, workspace: desk.workspace, query: &query, edition: Some(1) };
    let mut statement = StatementBuilder::build(&listing.with_changes(listing.page()), &backend);
    statement.sql = format!("EXPLAIN {}", statement.sql);
    let rows = desk.database.write(Scope::Tenant(desk.workspace)).await.unwrap().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn the_wall_keeps_no_list_and_no_search_from_its_index() {
    let desk = Desk::on_postgres().await;
    fill(&desk, 5000).await;
    let campaign = Filter { campaign_id: Some(Label::parse("c7").unwrap()), ..Filter::default() };
    for (index, filter) in [("listing_in_order", Filter::default()), ("listing_by_campaign", campaign)] {
        let plan = plan(&desk, filter).await;
        assert!(plan.contains(&format!("Index Scan Backward using {index} ")) && !plan.contains("Sort"), "{plan}");
    }
    let words = Filter { terms: SearchTerms::parse("spring launch777").unwrap(), ..Filter::default() };
    let plan = plan(&desk, words).await;
    assert!(plan.contains("Bitmap Index Scan on listing_text_words"), "{plan}");
}

/// When what is found was created, a page at a time.
async fn pages(desk: &Desk, words: &str) -> Vec<i64> {
    let terms = SearchTerms::parse(words).unwrap();
    let filter = Filter { terms, ..Filter::default() };
    let mut query = ListQuery { view: View::Working, filter, sort: Sort::CreatedAt, limit: 5, after: None, with_total: false };
    let mut found: Vec<i64> = Vec::new();
    loop {
        let listing = Listing { backend: desk.database.backend(), workspace: desk.workspace, query: &query, edition: Some(1) };
        let rows = desk.database.read(Scope::Tenant(desk.workspace)).query_all(&listing.page()).await.unwrap();
        found.extend(rows.iter().take(5).map(|row| row.try_get_by_index::<i64>(0).unwrap()));
        let Some(last) = rows.get(4).filter(|_| rows.len() > 5) else { return found };
        let id = assets_domain::AssetId::new(last.try_get_by_index(1).unwrap());
        query.after = Some(Position { at: crate::entity::moment(last.try_get_by_index(0).unwrap()).unwrap(), id });
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_search_finds_alike_what_lies_near_and_what_lies_far() {
    let desk = Desk::on_postgres().await;
    fill(&desk, 24_000).await;
    for query in ["spring launch777", "launch777 spring"] {
        let found = pages(&desk, query).await;
        assert_eq!(found.len(), 24, "{query}");
        assert!(found.is_sorted_by(|one, next| one > next), "{query}: {found:?}");
    }
    assert_eq!(pages(&desk, "launch77").await.len(), 11 * 24, "and not only whole words");
    assert_eq!(pages(&desk, "winter").await, [0; 0]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn ten_processes_bring_one_schema_up_to_date_at_once() {
    let url = empty_database().await;
    let migrated = join_all((0..10).map(|_| async {
        let database = Database::open(DatabaseOptions { connections: 2, ..DatabaseOptions::new(url.clone()) }).await.unwrap();
        database.migrate().await
    }))
    .await;
    for outcome in migrated {
        outcome.unwrap();
    }
}
