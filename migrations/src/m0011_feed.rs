//! Events that are about no asset, and whether an event changed what is approved.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    schema::{Refused, primary_key, reference, refuse},
    tenancy,
};

const COLUMNS: &str = "workspace_id, sequence, id, type, asset_id, body, occurred_at";

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0011_feed"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            let changed = changed("(body::jsonb ->> 'approved_version')");
            let more = format!(
                "SET LOCAL {} = '{}'; \
                 ALTER TABLE events ALTER COLUMN asset_id DROP NOT NULL; \
                 ALTER TABLE events ADD COLUMN approval_changed boolean NOT NULL DEFAULT false; \
                 ALTER TABLE events ALTER COLUMN approval_changed DROP DEFAULT; \
                 ALTER TABLE events DISABLE TRIGGER events_refuse_update; \
                 UPDATE events SET approval_changed = true FROM (SELECT workspace_id, sequence, {changed} AS changed FROM events) told \
                 WHERE told.workspace_id = events.workspace_id AND told.sequence = events.sequence AND told.changed; \
                 ALTER TABLE events ENABLE TRIGGER events_refuse_update",
                tenancy::SETTING,
                tenancy::EVERY,
            );
            return connection.execute_unprepared(&more).await.map(|_| ());
        }
        // SQLite cannot change what a column may hold.
        manager.create_table(events("events_anew")).await?;
        let changed = changed("json_extract(body, '$.approved_version')");
        let moved = format!(
            "INSERT INTO events_anew (rowid, {COLUMNS}, approval_changed) SELECT rowid, {COLUMNS}, {changed} FROM events ORDER BY rowid; \
             DROP TABLE events; ALTER TABLE events_anew RENAME TO events"
        );
        connection.execute_unprepared(&moved).await?;
        refuse(manager, "events", Refused::Update).await?;
        refuse(manager, "events", Refused::Delete).await
    }
}

/// Whether an event says of another version than the one before, about the same asset, that its approval stands. An approval never
/// followed another of the same version.
fn changed(approved: &str) -> String {
    format!("COALESCE({approved}, '') <> COALESCE(lag({approved}) OVER (PARTITION BY workspace_id, asset_id ORDER BY sequence), '')")
}

fn events(name: &'static str) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .col(ColumnDef::new("id").uuid().not_null().unique_key())
        .col(ColumnDef::new("type").text().not_null())
        .col(ColumnDef::new("asset_id").uuid())
        .col(ColumnDef::new("body").text().not_null())
        .col(ColumnDef::new("occurred_at").big_integer().not_null())
        .col(ColumnDef::new("approval_changed").boolean().not_null())
        .primary_key(&mut primary_key(["workspace_id", "sequence"]))
        .foreign_key(&mut reference((name, ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Restrict))
        .to_owned()
}
