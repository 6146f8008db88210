//! Who is told of events, what became of it, and what is to be told once more.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    schema::{index, kept_in_key, one_of, primary_key, reference},
    tenancy::wall,
};

const REASONS: &[&str] = &["request", "gone", "failing"];
const TABLES: [&str; 3] = ["webhooks", "webhook_deliveries", "webhook_replays"];

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0012_webhooks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let deliveries = kept_in_key(manager, &mut deliveries());
        for table in [webhooks(), deliveries, replays()] {
            manager.create_table(table).await?;
        }
        for index in [
            index("webhook_deliveries", "webhook_deliveries_by_event", &["workspace_id", "webhook_id", "event_id"]),
            index("webhook_deliveries", "webhook_deliveries_by_age", &["at"]),
        ] {
            manager.create_index(index).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            for table in TABLES {
                manager.get_connection().execute_unprepared(&wall(table)).await?;
            }
        }
        Ok(())
    }
}

/// `secret` and `former_secret` are sealed. How far an endpoint is and how it goes, whoever has its lease (`holder`) writes; everything
/// else raises `revision`.
fn webhooks() -> TableCreateStatement {
    Table::create()
        .table("webhooks")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("id").uuid().not_null())
        .col(ColumnDef::new("revision").big_integer().not_null())
        .col(ColumnDef::new("body").text().not_null())
        .col(ColumnDef::new("secret").blob().not_null())
        .col(ColumnDef::new("former_secret").blob())
        .col(ColumnDef::new("former_until").big_integer())
        .col(ColumnDef::new("cursor").big_integer().not_null())
        .col(ColumnDef::new("failing_since").big_integer())
        .col(ColumnDef::new("failures").integer().not_null())
        .col(ColumnDef::new("next_attempt_at").big_integer().not_null())
        .col(ColumnDef::new("disabled_at").big_integer())
        .col(ColumnDef::new("disabled_reason").text().check(one_of("disabled_reason", REASONS)))
        .col(ColumnDef::new("holder").uuid())
        .col(ColumnDef::new("held_until").big_integer())
        .col(ColumnDef::new("served_at").big_integer().not_null())
        .primary_key(&mut primary_key(["workspace_id", "id"]))
        .foreign_key(&mut reference(("webhooks", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Restrict))
        .to_owned()
}

fn deliveries() -> TableCreateStatement {
    let webhook = ("webhooks", ["workspace_id", "id"]);
    Table::create()
        .table("webhook_deliveries")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("webhook_id").uuid().not_null())
        .col(ColumnDef::new("id").uuid().not_null())
        .col(ColumnDef::new("event_id").uuid().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("body").text().not_null())
        .primary_key(&mut primary_key(["workspace_id", "webhook_id", "id"]))
        .foreign_key(&mut reference(("webhook_deliveries", ["workspace_id", "webhook_id"]), webhook, ForeignKeyAction::Cascade))
        .to_owned()
}

fn replays() -> TableCreateStatement {
    let webhook = ("webhooks", ["workspace_id", "id"]);
    Table::create()
        .table("webhook_replays")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("webhook_id").uuid().not_null())
        .col(ColumnDef::new("id").uuid().not_null())
        .col(ColumnDef::new("after_sequence").big_integer().not_null())
        .col(ColumnDef::new("until_sequence").big_integer().not_null())
        .col(ColumnDef::new("is_exact").boolean().not_null())
        .primary_key(&mut primary_key(["workspace_id", "webhook_id", "id"]))
        .foreign_key(&mut reference(("webhook_replays", ["workspace_id", "webhook_id"]), webhook, ForeignKeyAction::Cascade))
        .to_owned()
}
