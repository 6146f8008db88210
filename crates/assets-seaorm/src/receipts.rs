use assets_domain::{
    WorkspaceId,
    ports::{Beginning, Begun, Breakage, Receipt, ReceiptId, Receipts},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::{
    Database,
    batch::Batch,
    commit::kept_answer,
    entity::{micros, receipt},
    error::Fault,
    scope::Scope,
};

impl Database {
    /// The row is taken by one statement, so that of two equal requests only one is fresh, on either engine.
    async fn begin_request(&self, beginning: Beginning) -> Result<Begun, Fault> {
        use receipt::Column::{Answer, BeganAt, Body, Id, WorkspaceId};
        let (workspace, id, body) = (beginning.workspace.as_uuid(), beginning.id.as_bytes().to_vec(), beginning.body.to_vec());
        let row =
            receipt::Model { workspace_id: workspace, id: id.clone(), body: body.clone(), answer: None, began_at: micros(beginning.now) };
        let began_at = || Expr::col((receipt::Entity, BeganAt));
        let answer = || Expr::col((receipt::Entity, Answer));
        let is_dead = answer().is_null().and(began_at().lt(micros(beginning.stale_before)));
        let is_forgotten = answer().is_not_null().and(began_at().lt(micros(beginning.forget_before)));
        let anew = OnConflict::columns([WorkspaceId, Id])
            .update_columns([Body, Answer, BeganAt])
            .action_and_where(is_dead.or(is_forgotten))
            .to_owned();

        let mut taken = receipt::Entity::insert(row.into_active_model()).on_conflict(anew).into_query();
        let mut batch = Batch::new(self.backend(), Scope::Tenant(beginning.workspace));
        batch.add(taken.returning_col(BeganAt));
        batch.add_query(&receipt::Entity::find_by_id((workspace, id)));
        let mut rows = self.apply(batch).await?;
        let known = rows.pop().ok_or_else(|| Fault::row("a request that began is not there"))?;
        // The one row more is of the statement that took it.
        let known = if rows.is_empty() { Some(receipt::Model::from_query_result(&known, "")?) } else { None };
        Ok(match known {
            None => Begun::Fresh,
            Some(known) if known.body != body => Begun::Mismatch,
            Some(receipt::Model { answer: Some(answer), .. }) => Begun::Answered(answer),
            Some(_) => Begun::Running,
        })
    }

    async fn answer_request(&self, workspace: WorkspaceId, receipt: &Receipt) -> Result<(), Fault> {
        self.change_request(workspace, &kept_answer(workspace.as_uuid(), receipt)).await
    }

    async fn abandon_request(&self, workspace: WorkspaceId, id: ReceiptId) -> Result<(), Fault> {
        let abandoned = receipt::Entity::delete_many()
            .filter(receipt::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(receipt::Column::Id.eq(id.as_bytes().to_vec()))
            .filter(receipt::Column::Answer.is_null());
        self.change_request(workspace, &abandoned).await
    }

    async fn change_request(&self, workspace: WorkspaceId, change: &impl QueryTrait) -> Result<(), Fault> {
        let mut batch = Batch::new(self.backend(), Scope::Tenant(workspace));
        batch.add_query(change);
        self.apply(batch).await?;
        Ok(())
    }

    async fn sweep_old(&self, before: DateTime<Utc>) -> Result<u64, Fault> {
        let transaction = self.write(Scope::Every).await?;
        let swept = receipt::Entity::delete_many().filter(receipt::Column::BeganAt.lt(micros(before))).exec(&transaction).await?;
        transaction.commit().await?;
        Ok(swept.rows_affected)
    }
}

#[async_trait]
impl Receipts for Database {
    async fn begin(&self, beginning: Beginning) -> Result<Begun, Breakage> {
        Ok(self.begin_request(beginning).await?)
    }

    async fn answer(&self, workspace: WorkspaceId, receipt: &Receipt) -> Result<(), Breakage> {
        Ok(self.answer_request(workspace, receipt).await?)
    }

    async fn abandon(&self, workspace: WorkspaceId, id: ReceiptId) -> Result<(), Breakage> {
        Ok(self.abandon_request(workspace, id).await?)
    }

    async fn sweep(&self, before: DateTime<Utc>) -> Result<u64, Breakage> {
        Ok(self.sweep_old(before).await?)
    }
}
