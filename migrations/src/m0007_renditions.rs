//! What was made to show bytes: pictures, pages and text, each in a file of its own.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    schema::{primary_key, reference},
    tenancy::wall,
};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0007_renditions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(renditions()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(&wall("renditions")).await?;
        }
        Ok(())
    }
}

/// The columns in front say what is shown, and how; `key` and those behind it which file that is. The same bytes look
/// otherwise as another type of asset or another media type. A row goes with the bytes that it shows.
fn renditions() -> TableCreateStatement {
    let blob = ("blobs", ["workspace_id", "digest"]);
    Table::create()
        .table("renditions")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("type").text().not_null())
        .col(ColumnDef::new("media_type").text().not_null())
        .col(ColumnDef::new("variant").text().not_null())
        .col(ColumnDef::new("edition").integer().not_null())
        .col(ColumnDef::new("key").text().not_null().unique_key())
        .col(ColumnDef::new("file_digest").blob().not_null())
        .col(ColumnDef::new("size_bytes").big_integer().not_null().check(Expr::col("size_bytes").gte(0)))
        .col(ColumnDef::new("crc32").big_integer().not_null())
        .col(ColumnDef::new("shortfall").text())
        .col(ColumnDef::new("made_at").big_integer().not_null())
        .primary_key(&mut primary_key(["workspace_id", "digest", "type", "media_type", "variant"]))
        .foreign_key(&mut reference(("renditions", ["workspace_id", "digest"]), blob, ForeignKeyAction::Cascade))
        .to_owned()
}
