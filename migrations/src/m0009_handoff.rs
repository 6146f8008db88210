//! What leaves the house: signed approvals, exports with their members and files, releases, and the keys that sign.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    schema::{index, kept_in_key, primary_key, reference},
    tenancy::wall,
};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0009_handoff"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Nothing for what is no approval, and for approvals that were made before they were signed.
        manager.alter_table(Table::alter().table("decisions").add_column(ColumnDef::new("attestation").text()).to_owned()).await?;
        let members = kept_in_key(manager, &mut export_members());
        for table in [signing_keys(), exports(), members, export_files(), releases()] {
            manager.create_table(table).await?;
        }
        for index in [
            index("exports", "exports_by_age", &["expires_at"]),
            index("exports", "exports_live", &["workspace_id", "expires_at"]),
            index("export_members", "export_members_by_asset", &["workspace_id", "asset_id", "export_id"]),
            index("export_members", "export_members_by_offset", &["workspace_id", "export_id", "offset_bytes"]),
            index("releases", "releases_by_asset", &["workspace_id", "asset_id", "id"]),
        ] {
            manager.create_index(index).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            for table in ["exports", "export_members", "export_files", "releases"] {
                manager.get_connection().execute_unprepared(&wall(table)).await?;
            }
        }
        Ok(())
    }
}

/// The keys of the installation, which belong to no tenant. `sealed` is the secret part, under the secret of the installation. The
/// last one whose time has come signs.
fn signing_keys() -> TableCreateStatement {
    Table::create()
        .table("signing_keys")
        .col(ColumnDef::new("number").integer().not_null().primary_key())
        .col(ColumnDef::new("public").blob().not_null())
        .col(ColumnDef::new("sealed").blob().not_null())
        .col(ColumnDef::new("signs_from").big_integer().not_null())
        .to_owned()
}

/// `body` and `expires_at` come when all members are pinned; until then nobody sees it.
fn exports() -> TableCreateStatement {
    Table::create()
        .table("exports")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("id").uuid().not_null())
        .col(ColumnDef::new("begun_at").big_integer().not_null())
        .col(ColumnDef::new("expires_at").big_integer())
        .col(ColumnDef::new("recalled_at").big_integer())
        .col(ColumnDef::new("body").text())
        .primary_key(&mut primary_key(["workspace_id", "id"]))
        .foreign_key(&mut reference(("exports", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Cascade))
        .to_owned()
}

/// What was approved once is never removed, so that nothing need keep the versions from going.
fn export_members() -> TableCreateStatement {
    let export = ("exports", ["workspace_id", "id"]);
    Table::create()
        .table("export_members")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("export_id").uuid().not_null())
        .col(ColumnDef::new("place").integer().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("type").text().not_null())
        .col(ColumnDef::new("version").integer().not_null())
        .col(ColumnDef::new("revision").big_integer().not_null())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("name").text().not_null())
        .col(ColumnDef::new("offset_bytes").big_integer().not_null())
        .col(ColumnDef::new("recalled_at").big_integer())
        .primary_key(&mut primary_key(["workspace_id", "export_id", "place"]))
        .foreign_key(&mut reference(("export_members", ["workspace_id", "export_id"]), export, ForeignKeyAction::Cascade))
        .to_owned()
}

/// The files that were written for an export, in their order; the directory comes last and has no name.
fn export_files() -> TableCreateStatement {
    let export = ("exports", ["workspace_id", "id"]);
    Table::create()
        .table("export_files")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("export_id").uuid().not_null())
        .col(ColumnDef::new("offset_bytes").big_integer().not_null())
        .col(ColumnDef::new("name").text().not_null())
        .col(ColumnDef::new("key").text().not_null().unique_key())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("size_bytes").big_integer().not_null())
        .col(ColumnDef::new("crc32").big_integer().not_null())
        .primary_key(&mut primary_key(["workspace_id", "export_id", "offset_bytes"]))
        .foreign_key(&mut reference(("export_files", ["workspace_id", "export_id"]), export, ForeignKeyAction::Cascade))
        .to_owned()
}

fn releases() -> TableCreateStatement {
    Table::create()
        .table("releases")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("id").uuid().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("recalled_at").big_integer())
        .col(ColumnDef::new("body").text().not_null())
        .primary_key(&mut primary_key(["workspace_id", "id"]))
        .foreign_key(&mut reference(("releases", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Cascade))
        .to_owned()
}
