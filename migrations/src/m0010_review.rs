//! What is said of assets: remarks, and points that a decision no longer asks for.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    schema::{Refused, index, one_of, primary_key, reference, refuse},
    tenancy::wall,
};

const ACTIONS: &[&str] = &["submit", "withdraw", "approve", "request_changes", "revoke", "archive", "restore", "dismiss"];
const COLUMNS: &str = "workspace_id, asset_id, revision, action, version, digest, at, body, attestation";

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0010_review"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        manager.create_table(remarks()).await?;
        manager.create_index(index("remarks", "remarks_by_asset", &["workspace_id", "asset_id", "id"])).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared(&wall("remarks")).await?;
            let actions = ACTIONS.iter().map(|action| format!("'{action}'")).collect::<Vec<_>>().join(", ");
            let more = format!(
                "ALTER TABLE decisions DROP CONSTRAINT decisions_action_check; \
                 ALTER TABLE decisions ADD CONSTRAINT decisions_action_check CHECK (action IN ({actions}))"
            );
            return connection.execute_unprepared(&more).await.map(|_| ());
        }
        // SQLite cannot change what a column may hold. The rows keep their places, which are beside each other for each asset.
        manager.create_table(decisions("decisions_anew")).await?;
        let moved = format!(
            "INSERT INTO decisions_anew (rowid, {COLUMNS}) SELECT rowid, {COLUMNS} FROM decisions; \
             DROP TABLE decisions; ALTER TABLE decisions_anew RENAME TO decisions"
        );
        connection.execute_unprepared(&moved).await?;
        for index in [
            index("decisions", "decisions_by_digest", &["workspace_id", "asset_id", "digest", "action", "revision"]),
            index("decisions", "decisions_by_action", &["workspace_id", "asset_id", "action", "revision"]),
        ] {
            manager.create_index(index).await?;
        }
        refuse(manager, "decisions", Refused::Update).await?;
        refuse(manager, "decisions", Refused::DeleteWhileAssetStands).await
    }
}

fn remarks() -> TableCreateStatement {
    let asset = ("assets", ["workspace_id", "id"]);
    Table::create()
        .table("remarks")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("id").uuid().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("body").text().not_null())
        .primary_key(&mut primary_key(["workspace_id", "id"]))
        .foreign_key(&mut reference(("remarks", ["workspace_id", "asset_id"]), asset, ForeignKeyAction::Cascade))
        .to_owned()
}

fn decisions(name: &'static str) -> TableCreateStatement {
    let asset = ("assets", ["workspace_id", "id"]);
    Table::create()
        .table(name)
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("revision").big_integer().not_null())
        .col(ColumnDef::new("action").text().not_null().check(one_of("action", ACTIONS)))
        .col(ColumnDef::new("version").integer().not_null())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("body").text().not_null())
        .col(ColumnDef::new("attestation").text())
        .primary_key(&mut primary_key(["workspace_id", "asset_id", "revision"]))
        .foreign_key(&mut reference((name, ["workspace_id", "asset_id"]), asset, ForeignKeyAction::Cascade))
        .to_owned()
}
