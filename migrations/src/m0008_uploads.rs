//! Content that comes in piece by piece: what is known of an upload, and its pieces, each in a file of its own.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    schema::{index, primary_key, reference},
    tenancy::wall,
};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0008_uploads"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [uploads(), upload_parts()] {
            manager.create_table(table).await?;
        }
        for index in [
            index("uploads", "uploads_by_owner", &["workspace_id", "owner", "expires_at"]),
            index("uploads", "uploads_by_age", &["expires_at"]),
        ] {
            manager.create_index(index).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            for table in ["uploads", "upload_parts"] {
                manager.get_connection().execute_unprepared(&wall(table)).await?;
            }
        }
        Ok(())
    }
}

/// `digest` is what the bytes are known by since they became content; from then on there are no pieces.
fn uploads() -> TableCreateStatement {
    Table::create()
        .table("uploads")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("id").uuid().not_null())
        .col(ColumnDef::new("owner").text().not_null())
        .col(ColumnDef::new("length_bytes").big_integer().not_null().check(Expr::col("length_bytes").gte(1)))
        .col(ColumnDef::new("offset_bytes").big_integer().not_null().check(Expr::col("offset_bytes").lte(Expr::col("length_bytes"))))
        .col(ColumnDef::new("expires_at").big_integer().not_null())
        .col(ColumnDef::new("digest").blob())
        .col(ColumnDef::new("body").text().not_null())
        .primary_key(&mut primary_key(["workspace_id", "id"]))
        .foreign_key(&mut reference(("uploads", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Cascade))
        .to_owned()
}

fn upload_parts() -> TableCreateStatement {
    let upload = ("uploads", ["workspace_id", "id"]);
    Table::create()
        .table("upload_parts")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("upload_id").uuid().not_null())
        .col(ColumnDef::new("offset_bytes").big_integer().not_null())
        .col(ColumnDef::new("size_bytes").big_integer().not_null().check(Expr::col("size_bytes").gte(1)))
        .col(ColumnDef::new("crc32").big_integer().not_null())
        .col(ColumnDef::new("key").text().not_null().unique_key())
        .primary_key(&mut primary_key(["workspace_id", "upload_id", "offset_bytes"]))
        .foreign_key(&mut reference(("upload_parts", ["workspace_id", "upload_id"]), upload, ForeignKeyAction::Cascade))
        .to_owned()
}
