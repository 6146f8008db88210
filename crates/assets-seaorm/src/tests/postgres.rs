//! What PostgreSQL does besides what SQLite does: it keeps tenants apart by itself, and many processes in step.

use assets_domain::{Filter, Label, ListQuery, SearchTerms, Sort, View, ports::AssetRepository};
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement, StatementBuilder};

use super::{Desk, server::empty_database};
use crate::{Database, DatabaseOptions, list::Listing, scope::Scope};

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
    let tables = ["assets", "authors", "blobs", "decisions", "events", "listing", "listing_tags", "receipts", "texts", "versions"];
    assert_eq!(texts(&outsider(&desk).await, walled).await.unwrap(), tables);
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
        let seen = async |scope| texts(&desk.database.read(scope).await.unwrap(), &sql).await.unwrap();
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

/// What PostgreSQL would do for want of other ways: with so few rows it would rather read them all.
async fn plan_without(ways: &[&str], desk: &Desk, query: &ListQuery) -> String {
    let backend = desk.database.backend();
    let listing = Listing { backend, workspace: desk.workspace, query };
    let mut statement: Statement = StatementBuilder::build(&listing.page(), &backend);
    statement.sql = format!("EXPLAIN {}", statement.sql);
    let reader = desk.database.read(Scope::Tenant(desk.workspace)).await.unwrap();
    for way in ways {
        reader.execute_unprepared(&format!("SET LOCAL enable_{way} = off")).await.unwrap();
    }
    let rows = reader.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn the_wall_keeps_no_list_from_its_index() {
    let desk = Desk::on_postgres().await;
    let campaign = Filter { campaign_id: Some(Label::parse("c").unwrap()), ..Filter::default() };
    for (index, filter) in [("listing_in_order", Filter::default()), ("listing_by_campaign", campaign)] {
        let query = ListQuery { view: View::Working, filter, sort: Sort::CreatedAt, limit: 50, after: None, with_total: false };
        let plan = plan_without(&["seqscan"], &desk, &query).await;
        assert!(plan.contains(&format!("Index Scan Backward using {index} ")) && !plan.contains("Sort"), "{plan}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn the_wall_keeps_no_search_from_its_index() {
    let desk = Desk::on_postgres().await;
    let filter = Filter { terms: SearchTerms::parse("spring laun").unwrap(), ..Filter::default() };
    let query = ListQuery { view: View::Working, filter, sort: Sort::CreatedAt, limit: 50, after: None, with_total: false };
    let plan = plan_without(&["seqscan", "indexscan"], &desk, &query).await;
    assert!(plan.contains("Bitmap Index Scan on listing_text_words"), "{plan}");
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
