//! What many processes on one database need: leases for the work that one of them does for all, and on PostgreSQL a
//! wall between the tenants.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{schema::one_of, tenancy::wall};

const WORK: &[&str] = &["first_run", "sweep"];

/// Every table whose rows belong to a tenant. Not `workspaces` and `keys`, where a request learns who its tenant is, and
/// not `listing_text`, which has nothing but words and the id of a row that is behind the wall: to an index of words
/// PostgreSQL would prefer the wall.
const WALLED: &[&str] = &["blobs", "texts", "assets", "versions", "decisions", "authors", "events", "receipts", "listing", "listing_tags"];

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0004_processes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(leases()).await?;
        for work in WORK {
            let mut row = Query::insert();
            row.into_table("leases").columns(["work", "due_at"]).values([Expr::value(*work), Expr::value(0)]).map_err(broken)?;
            manager.execute(row).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            for table in WALLED {
                manager.get_connection().execute_unprepared(&wall(table)).await?;
            }
        }
        Ok(())
    }
}

fn broken(error: impl std::fmt::Display) -> DbErr {
    DbErr::Custom(error.to_string())
}

/// One row for each kind of work, from when on it is due, and who does it until when at the latest.
fn leases() -> TableCreateStatement {
    Table::create()
        .table("leases")
        .col(ColumnDef::new("work").text().not_null().primary_key().check(one_of("work", WORK)))
        .col(ColumnDef::new("due_at").big_integer().not_null())
        .col(ColumnDef::new("holder").uuid())
        .col(ColumnDef::new("held_until").big_integer())
        .to_owned()
}
