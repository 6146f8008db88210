//! Who has a hand on what is kept: whose word an approval rests on, approvals that were taken back together, and how much there is and
//! may be.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    schema::{index, kept_in_key, primary_key, reference},
    tenancy::{self, wall},
};

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0015_custody"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let approvers = kept_in_key(manager, &mut approvers());
        let targets = kept_in_key(manager, &mut recall_targets());
        for table in [approvers, recalls(), targets, usage()] {
            manager.create_table(table).await?;
        }
        manager.create_index(index("approvers", "approvers_by_asset", &["workspace_id", "asset_id"])).await?;
        let mut under_way = index("recalls", "recalls_under_way", &["touched_at"]);
        under_way.and_where(Expr::col("finished_at").is_null());
        manager.create_index(under_way).await?;
        let columns = ["workspace_id", "recall_id", "asset_id"];
        let mut open = index("recall_targets", "recall_targets_open", &columns);
        open.and_where(Expr::col("outcome").is_null());
        manager.create_index(open).await?;
        let mut left = index("recall_targets", "recall_targets_left", &columns);
        left.and_where(Expr::col("outcome").is_not_null()).and_where(Expr::col("outcome").ne("revoked"));
        manager.create_index(left).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            for table in ["approvers", "recalls", "recall_targets", "usage"] {
                connection.execute_unprepared(&wall(table)).await?;
            }
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared(&format!("SET LOCAL {} = '{}'", tenancy::SETTING, tenancy::EVERY)).await?;
        }
        for counting in counting(manager.get_database_backend()) {
            connection.execute_unprepared(&counting).await?;
        }
        for known in known_approvers(manager.get_database_backend()) {
            connection.execute_unprepared(&known).await?;
        }
        Ok(())
    }
}

/// Whose word the approval rests on that stands of an asset: the row goes when it ends.
fn approvers() -> TableCreateStatement {
    let asset = ("assets", ["workspace_id", "id"]);
    Table::create()
        .table("approvers")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("key_prefix").text().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .primary_key(&mut primary_key(["workspace_id", "key_prefix", "asset_id"]))
        .foreign_key(&mut reference(("approvers", ["workspace_id", "asset_id"]), asset, ForeignKeyAction::Cascade))
        .to_owned()
}

/// The approvals that stand already: by whom they were given, and for those that were carried, by whom the ones were that they were
/// carried from.
fn known_approvers(backend: DbBackend) -> [String; 2] {
    let (standing, by) = match backend {
        DbBackend::Postgres => ("((l.body::json) -> 'standing' ->> 'revision')::bigint", "(d.body::json) -> 'by' ->> 'key_prefix'"),
        _ => ("json_extract(l.body, '$.standing.revision')", "json_extract(d.body, '$.by.key_prefix')"),
    };
    let stands = format!(
        "FROM listing l JOIN decisions s ON s.workspace_id = l.workspace_id AND s.asset_id = l.asset_id AND s.revision = {standing} \
         JOIN decisions d ON d.workspace_id = s.workspace_id AND d.asset_id = s.asset_id"
    );
    let insert = format!("INSERT INTO approvers (workspace_id, key_prefix, asset_id) SELECT l.workspace_id, {by}, l.asset_id {stands}");
    let once = "ON CONFLICT DO NOTHING";
    let carried_from = "(SELECT MAX(e.revision) FROM decisions e WHERE e.workspace_id = s.workspace_id AND e.asset_id = s.asset_id \
         AND e.digest = s.digest AND e.action = 'approve' AND e.revision < s.revision)";
    let is_carried = match backend {
        DbBackend::Postgres => "(s.body::json) ->> 'carried_from' IS NOT NULL",
        _ => "json_extract(s.body, '$.carried_from') IS NOT NULL",
    };
    [
        format!("{insert} AND d.revision = s.revision WHERE l.view = 1 {once}"),
        format!("{insert} AND d.revision = {carried_from} WHERE l.view = 1 AND {is_carried} {once}"),
    ]
}

/// How much a workspace has, which triggers count, how much it may have, and for how many days it keeps drafts.
fn usage() -> TableCreateStatement {
    Table::create()
        .table("usage")
        .col(ColumnDef::new("workspace_id").uuid().not_null().primary_key())
        .col(ColumnDef::new("assets").big_integer().not_null().default(0))
        .col(ColumnDef::new("bytes").big_integer().not_null().default(0))
        .col(ColumnDef::new("uploading_bytes").big_integer().not_null().default(0))
        .col(ColumnDef::new("most_assets").big_integer())
        .col(ColumnDef::new("most_bytes").big_integer())
        .col(ColumnDef::new("draft_days").integer())
        .foreign_key(&mut reference(("usage", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Cascade))
        .to_owned()
}

/// What the database says when a row would be too much.
#[must_use]
pub fn over_quota(quantity: &str) -> String {
    format!("the quota of {quantity} is used up")
}

/// What is counted in which column: rows of a table, each for so much.
const COUNTED: [(&str, &str, &str); 3] =
    [("assets", "assets", "1"), ("blobs", "bytes", "{row}.size_bytes"), ("upload_parts", "uploading_bytes", "{row}.size_bytes")];

/// A row for each workspace, with what there is already, and triggers that keep it so. Uploads have no limit of their own: they are
/// refused at their beginning.
///
/// On PostgreSQL it is counted when the transaction ends, so that nobody has the row for longer than that takes.
fn counting(backend: DbBackend) -> Vec<String> {
    let sum = |table: &str, what: &str| format!("(SELECT COALESCE(SUM({what}), 0) FROM {table} c WHERE c.workspace_id = w.id)");
    let already = COUNTED.map(|(table, _, each)| sum(table, &each.replace("{row}", "c")));
    let mut all = vec![format!(
        "INSERT INTO usage (workspace_id, assets, bytes, uploading_bytes) SELECT w.id, {} FROM workspaces w",
        already.join(", ")
    )];
    all.push(match backend {
        DbBackend::Postgres => "CREATE FUNCTION usage_of_workspace() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO usage (workspace_id) VALUES (NEW.id) ON CONFLICT DO NOTHING; RETURN NULL; END $$; \
             CREATE TRIGGER usage_of_workspace AFTER INSERT ON workspaces FOR EACH ROW EXECUTE FUNCTION usage_of_workspace()"
            .to_owned(),
        _ => "CREATE TRIGGER usage_of_workspace AFTER INSERT ON workspaces BEGIN INSERT INTO usage (workspace_id) VALUES (NEW.id); END"
            .to_owned(),
    });
    for (table, column, each) in COUNTED {
        let count = |sign: &str, row: &str| {
            format!("UPDATE usage SET {column} = {column} {sign} {} WHERE workspace_id = {row}.workspace_id", each.replace("{row}", row))
        };
        let (come, gone, message) = (count("+", "NEW"), count("-", "OLD"), over_quota(column));
        let has_most = table != "upload_parts";
        let too_much = format!("SELECT 1 FROM usage WHERE workspace_id = NEW.workspace_id AND {column} > most_{column}");
        all.push(match backend {
            DbBackend::Postgres => {
                let refuse = format!("IF EXISTS ({too_much}) THEN RAISE EXCEPTION '{message}'; END IF;");
                format!(
                    "CREATE FUNCTION usage_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                     IF TG_OP = 'INSERT' THEN {come}; {} ELSE {gone}; END IF; RETURN NULL; END $$; \
                     CREATE CONSTRAINT TRIGGER usage_of_{table} AFTER INSERT OR DELETE ON {table} DEFERRABLE INITIALLY DEFERRED \
                     FOR EACH ROW EXECUTE FUNCTION usage_of_{table}()",
                    if has_most { refuse.as_str() } else { "" },
                )
            }
            _ => {
                let refuse = format!("SELECT RAISE(ABORT, '{message}') WHERE EXISTS ({too_much});");
                format!(
                    "CREATE TRIGGER {table}_come AFTER INSERT ON {table} BEGIN {come}; {} END; \
                     CREATE TRIGGER {table}_gone AFTER DELETE ON {table} BEGIN {gone}; END",
                    if has_most { refuse.as_str() } else { "" },
                )
            }
        });
    }
    all
}

/// `body` comes when all targets are pinned; until then nobody sees it.
fn recalls() -> TableCreateStatement {
    Table::create()
        .table("recalls")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("id").uuid().not_null())
        .col(ColumnDef::new("begun_at").big_integer().not_null())
        .col(ColumnDef::new("touched_at").big_integer().not_null())
        .col(ColumnDef::new("finished_at").big_integer())
        .col(ColumnDef::new("revoked").big_integer().not_null().default(0))
        .col(ColumnDef::new("left_over").big_integer().not_null().default(0))
        .col(ColumnDef::new("body").text())
        .primary_key(&mut primary_key(["workspace_id", "id"]))
        .foreign_key(&mut reference(("recalls", ["workspace_id"]), ("workspaces", ["id"]), ForeignKeyAction::Cascade))
        .to_owned()
}

/// `approval` is the revision that the approval made. Of `outcome` nothing is known until it is carried out: `revoked`, or why not.
fn recall_targets() -> TableCreateStatement {
    let recall = ("recalls", ["workspace_id", "id"]);
    Table::create()
        .table("recall_targets")
        .col(ColumnDef::new("workspace_id").uuid().not_null())
        .col(ColumnDef::new("recall_id").uuid().not_null())
        .col(ColumnDef::new("asset_id").uuid().not_null())
        .col(ColumnDef::new("version").integer().not_null())
        .col(ColumnDef::new("digest").blob().not_null())
        .col(ColumnDef::new("approval").big_integer().not_null())
        .col(ColumnDef::new("outcome").text())
        .primary_key(&mut primary_key(["workspace_id", "recall_id", "asset_id"]))
        .foreign_key(&mut reference(("recall_targets", ["workspace_id", "recall_id"]), recall, ForeignKeyAction::Cascade))
        .to_owned()
}
