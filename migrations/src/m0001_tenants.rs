//! Workspaces and their keys.

use sea_orm_migration::prelude::*;

use crate::schema::{index, one_of, reference};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0001_tenants"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(workspaces()).await?;
        manager.create_table(keys()).await?;
        manager.create_index(index("keys", "keys_by_workspace", &["workspace_id", "created_at"])).await
    }
}

fn workspaces() -> TableCreateStatement {
    Table::create()
        .table("workspaces")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("name").text().not_null().unique_key())
        .col(ColumnDef::new("allow_self_approval").boolean().not_null())
        .col(ColumnDef::new("require_digest").boolean().not_null())
        .col(ColumnDef::new("event_sequence").big_integer().not_null().default(0))
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .to_owned()
}

fn keys() -> TableCreateStatement {
    Table::create()
        .table("keys")
        .col(ColumnDef::new("prefix").text().not_null().primary_key())
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("name").text().not_null())
        .col(ColumnDef::new("name_folded").text().not_null())
        .col(ColumnDef::new("kind").text().not_null().check(one_of("kind", &["agent", "person", "service"])))
        .col(ColumnDef::new("scopes").text().not_null())
        .col(ColumnDef::new("mac").blob().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("expires_at").big_integer())
        .col(ColumnDef::new("revoked_at").big_integer())
        .foreign_key(&mut reference(("keys", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Restrict))
        .to_owned()
}
