//! The audit: entries that never change, their hashes, and the checkpoints that are signed of these.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    schema::{Refused, index, kept_in_key, primary_key, reference, refuse},
    tenancy::{self, wall},
};

const TABLES: [&str; 3] = ["audit", "audit_chain", "audit_checkpoints"];

/// Where there were decisions before there was an audit, it begins by saying how many, and until when. The text is that of an
/// `AuditEntry`.
const BEGUN: &str = r#"INSERT INTO audit (workspace_id, sequence, at, action, body)
    SELECT id, 1, until, 'audit.begun',
        '{"workspace":"' || {id} || '","at":"' || {at} || 'Z","by":"installation","request":null,"act":{"begun":{"decisions":'
        || decisions || ',"until":' || until || '}}}'
    FROM (SELECT w.id AS id, count(*) AS decisions, max(d.at) AS until
        FROM workspaces w JOIN decisions d ON d.workspace_id = w.id GROUP BY w.id) AS known"#;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0013_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (connection, backend) = (manager.get_connection(), manager.get_database_backend());
        let counter = ColumnDef::new("audit_sequence").big_integer().not_null().default(0).to_owned();
        manager.alter_table(Table::alter().table("workspaces").add_column(counter).to_owned()).await?;
        for mut table in [audit(), chain(), checkpoints()] {
            manager.create_table(kept_in_key(manager, &mut table)).await?;
        }
        manager.create_index(index("audit", "audit_by_asset", &["workspace_id", "asset_id", "revision"])).await?;
        if backend == DbBackend::Postgres {
            connection.execute_unprepared(&format!("SET LOCAL {} = '{}'", tenancy::SETTING, tenancy::EVERY)).await?;
        }
        connection.execute_unprepared(&begun(backend)).await?;
        let counted =
            "UPDATE workspaces SET audit_sequence = 1 WHERE EXISTS (SELECT 1 FROM audit WHERE audit.workspace_id = workspaces.id)";
        connection.execute_unprepared(counted).await?;
        for table in TABLES {
            refuse(manager, table, Refused::Update).await?;
            refuse(manager, table, Refused::Delete).await?;
            if backend == DbBackend::Postgres {
                connection.execute_unprepared(&wall(table)).await?;
            }
        }
        more_work(manager).await
    }
}

/// The same moment and id as text on both engines.
fn begun(backend: DbBackend) -> String {
    let (id, at) = match backend {
        DbBackend::Sqlite => {
            let hex = "lower(hex(id))";
            let piece = |from: u8, length: u8| format!("substr({hex}, {from}, {length})");
            let id = [piece(1, 8), piece(9, 4), piece(13, 4), piece(17, 4), piece(21, 12)].join(" || '-' || ");
            (id, "strftime('%Y-%m-%dT%H:%M:%S', until / 1000000, 'unixepoch') || printf('.%06d', until % 1000000)".to_owned())
        }
        _ => (
            "id::text".to_owned(),
            "to_char(to_timestamp(until / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') \
             || '.' || lpad((until % 1000000)::text, 6, '0')"
                .to_owned(),
        ),
    };
    BEGUN.replace("{id}", &id).replace("{at}", &at)
}

/// There is one more kind of work. The table no longer lists which there are: whoever takes a lease says so.
async fn more_work(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if manager.get_database_backend() == DbBackend::Sqlite {
        // SQLite cannot change what a column may hold.
        let leases = Table::create()
            .table("leases_anew")
            .col(ColumnDef::new("work").text().not_null().primary_key())
            .col(ColumnDef::new("due_at").big_integer().not_null())
            .col(ColumnDef::new("holder").uuid())
            .col(ColumnDef::new("held_until").big_integer())
            .to_owned();
        manager.create_table(leases).await?;
        let moved = "INSERT INTO leases_anew (work, due_at, holder, held_until) SELECT work, due_at, holder, held_until FROM leases; \
                     DROP TABLE leases; ALTER TABLE leases_anew RENAME TO leases";
        connection.execute_unprepared(moved).await?;
    } else {
        connection.execute_unprepared("ALTER TABLE leases DROP CONSTRAINT IF EXISTS leases_work_check").await?;
    }
    connection.execute_unprepared("INSERT INTO leases (work, due_at) VALUES ('seal', 0)").await.map(|_| ())
}

/// `body` is the whole entry, and `record` the digest of the row of the decision that it tells of; the other columns are what entries
/// are found by. Nothing refers to assets: what is told of one stays when it is gone.
fn audit() -> TableCreateStatement {
    Table::create()
        .table("audit")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("action").text().not_null())
        .col(ColumnDef::new("key_prefix").text())
        .col(ColumnDef::new("name_folded").text())
        .col(ColumnDef::new("asset_id").uuid())
        .col(ColumnDef::new("revision").big_integer())
        .col(ColumnDef::new("record").blob())
        .col(ColumnDef::new("body").text().not_null())
        .primary_key(&mut primary_key(["workspace_id", "sequence"]))
        .foreign_key(&mut reference(("audit", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Restrict))
        .to_owned()
}

/// The hash of each entry and all before it.
fn chain() -> TableCreateStatement {
    Table::create()
        .table("audit_chain")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .col(ColumnDef::new("hash").blob().not_null())
        .primary_key(&mut primary_key(["workspace_id", "sequence"]))
        .foreign_key(&mut reference(("audit_chain", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Restrict))
        .to_owned()
}

fn checkpoints() -> TableCreateStatement {
    Table::create()
        .table("audit_checkpoints")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("sequence").big_integer().not_null())
        .col(ColumnDef::new("hash").blob().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("signed").text().not_null())
        .primary_key(&mut primary_key(["workspace_id", "sequence"]))
        .foreign_key(&mut reference(("audit_checkpoints", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Restrict))
        .to_owned()
}
