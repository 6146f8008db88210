//! Assets with their versions, decisions, authors and bytes; events; remembered answers.

use sea_orm_migration::prelude::*;

use crate::schema::{Refused, index, kept_in_key, one_of, primary_key, reference, refuse};

const STATUSES: &[&str] = &["draft", "pending_review", "changes_requested", "approved", "superseded", "revoked"];
const ACTIONS: &[&str] = &["submit", "withdraw", "approve", "request_changes", "revoke", "archive", "restore"];

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0002_assets"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [blobs(), texts(), tombstones(), assets(), versions(), decisions(), events(), receipts()] {
            manager.create_table(table).await?;
        }
        manager.create_table(kept_in_key(manager, &mut authors())).await?;
        for index in [
            index("blobs", "blobs_by_age", &["created_at"]),
            index("tombstones", "tombstones_by_age", &["removed_at", "at"]),
            index("versions", "versions_by_digest", &["workspace_id", "digest"]),
            index("decisions", "decisions_by_digest", &["workspace_id", "asset_id", "digest", "action", "revision"]),
            index("decisions", "decisions_by_action", &["workspace_id", "asset_id", "action", "revision"]),
            index("receipts", "receipts_by_age", &["began_at"]),
        ] {
            manager.create_index(index).await?;
        }
        refuse(manager, "decisions", Refused::Update).await?;
        refuse(manager, "decisions", Refused::DeleteWhileAssetStands).await?;
        refuse(manager, "events", Refused::Update).await?;
        refuse(manager, "events", Refused::Delete).await
    }
}

fn blobs() -> TableCreateStatement {
    Table::create()
        .table("blobs")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("key").text().not_null().unique_key())
        .col(ColumnDef::new("size_bytes").big_integer().not_null().check(Expr::col("size_bytes").gte(0)))
        .col(ColumnDef::new("crc32").big_integer().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .primary_key(&mut primary_key(["workspace_id", "digest"]))
        .foreign_key(&mut reference(("blobs", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Restrict))
        .to_owned()
}

/// What is searched of bytes. The same bytes may have another text, or none, as another type of asset or another media type.
fn texts() -> TableCreateStatement {
    let blob = ("blobs", ["workspace_id", "digest"]);
    Table::create()
        .table("texts")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("type").text().not_null())
        .col(ColumnDef::new("media_type").text().not_null())
        .col(ColumnDef::new("words").text().not_null())
        .primary_key(&mut primary_key(["workspace_id", "digest", "type", "media_type"]))
        .foreign_key(&mut reference(("texts", ["workspace_id", "digest"]), blob, ForeignKeyAction::Cascade))
        .to_owned()
}

/// The files that are to go, and those that went lately: no commit may refer to them any more.
fn tombstones() -> TableCreateStatement {
    Table::create()
        .table("tombstones")
        .col(ColumnDef::new("key").text().not_null().primary_key())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("removed_at").big_integer())
        .to_owned()
}

/// What writers compare and swap on. How an asset looks to its readers stands in `listing`.
fn assets() -> TableCreateStatement {
    Table::create()
        .table("assets")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("id").uuid().not_null())
        .col(ColumnDef::new("revision").big_integer().not_null().check(Expr::col("revision").gte(1)))
        .primary_key(&mut primary_key(["workspace_id", "id"]))
        .foreign_key(&mut reference(("assets", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Restrict))
        .to_owned()
}

/// `body` is the version as it was added; of its status the column holds the truth.
fn versions() -> TableCreateStatement {
    let asset = ("assets", ["workspace_id", "id"]);
    let blob = ("blobs", ["workspace_id", "digest"]);
    Table::create()
        .table("versions")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("number").integer().not_null().check(Expr::col("number").gte(1)))
        .col(ColumnDef::new("status").text().not_null().check(one_of("status", STATUSES)))
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("body").text().not_null())
        .primary_key(&mut primary_key(["workspace_id", "asset_id", "number"]))
        .foreign_key(&mut reference(("versions", ["workspace_id", "asset_id"]), asset, ForeignKeyAction::Cascade))
        .foreign_key(&mut reference(("versions", ["workspace_id", "digest"]), blob, ForeignKeyAction::Restrict))
        .to_owned()
}

fn decisions() -> TableCreateStatement {
    let asset = ("assets", ["workspace_id", "id"]);
    Table::create()
        .table("decisions")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("revision").big_integer().not_null())
        .col(ColumnDef::new("action").text().not_null().check(one_of("action", ACTIONS)))
        .col(ColumnDef::new("version").integer().not_null())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("body").text().not_null())
        .primary_key(&mut primary_key(["workspace_id", "asset_id", "revision"]))
        .foreign_key(&mut reference(("decisions", ["workspace_id", "asset_id"]), asset, ForeignKeyAction::Cascade))
        .to_owned()
}

/// All who ever added bytes to an asset: what four eyes look at.
fn authors() -> TableCreateStatement {
    let asset = ("assets", ["workspace_id", "id"]);
    Table::create()
        .table("authors")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("key_prefix").text().not_null())
        .col(ColumnDef::new("name_folded").text().not_null())
        .primary_key(&mut primary_key(["workspace_id", "asset_id", "digest", "key_prefix", "name_folded"]))
        .foreign_key(&mut reference(("authors", ["workspace_id", "asset_id"]), asset, ForeignKeyAction::Cascade))
        .to_owned()
}

/// Events outlive their asset.
fn events() -> TableCreateStatement {
    Table::create()
        .table("events")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .col(ColumnDef::new("id").uuid().not_null().unique_key())
        .col(ColumnDef::new("type").text().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("body").text().not_null())
        .col(ColumnDef::new("occurred_at").big_integer().not_null())
        .primary_key(&mut primary_key(["workspace_id", "sequence"]))
        .foreign_key(&mut reference(("events", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Restrict))
        .to_owned()
}

fn receipts() -> TableCreateStatement {
    Table::create()
        .table("receipts")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("id").blob().not_null())
        .col(ColumnDef::new("body").blob().not_null())
        .col(ColumnDef::new("answer").blob())
        .col(ColumnDef::new("began_at").big_integer().not_null())
        .primary_key(&mut primary_key(["workspace_id", "id"]))
        .foreign_key(&mut reference(("receipts", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Cascade))
        .to_owned()
}
