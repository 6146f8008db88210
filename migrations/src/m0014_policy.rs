//! What a workspace asks of its decisions, as one document with a revision; approvals to which more people must agree.

use sea_orm_migration::prelude::*;

use crate::schema::index;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m0014_policy"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = async |table: &'static str, column: &mut ColumnDef| {
            manager.alter_table(Table::alter().table(table).add_column(column.to_owned()).to_owned()).await
        };
        add("workspaces", ColumnDef::new("policy").text().not_null().default("{}")).await?;
        add("workspaces", ColumnDef::new("policy_revision").big_integer().not_null().default(0)).await?;
        // The prefixes of the keys by which somebody approved in the review that is under way, with commas between them.
        add("listing", ColumnDef::new("approvers").text()).await?;
        // An approval to which more people must agree is no verdict.
        add("decisions", ColumnDef::new("partial").boolean().not_null().default(false)).await?;
        let connection = manager.get_connection();
        let text = |column: &str| format!("CASE WHEN {column} THEN 'true' ELSE 'false' END");
        let moved = format!(
            "UPDATE workspaces SET policy = '{{\"required_approvals\":1,\"allow_self_approval\":' || {} || ',\"require_digest\":' || {} || '}}'",
            text("allow_self_approval"),
            text("require_digest"),
        );
        connection.execute_unprepared(&moved).await?;
        for column in ["allow_self_approval", "require_digest"] {
            manager.alter_table(Table::alter().table("workspaces").drop_column(column).to_owned()).await?;
        }
        connection.execute_unprepared("DROP INDEX decisions_by_digest").await?;
        let columns = ["workspace_id", "asset_id", "digest", "action", "partial", "revision"];
        manager.create_index(index("decisions", "decisions_by_digest", &columns)).await
    }
}
