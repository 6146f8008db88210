//! How much each workspace has and may have. Triggers count it, and refuse what is too much.

use assets_domain::{
    DraftRetention, Quota, Usage, WorkspaceId,
    ports::{Breakage, Usages},
};
use async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

use crate::{
    Database,
    entity::{kept, number, usage},
    error::Fault,
    scope::Scope,
};

impl Database {
    async fn find_usage(&self, workspace: WorkspaceId) -> Result<Usage, Fault> {
        let row = usage::Entity::find_by_id(workspace.as_uuid()).one(&self.read(Scope::Tenant(workspace))).await?;
        let Some(row) = row else { return Ok(Usage::default()) };
        let most = |most: Option<i64>| most.map(number).transpose();
        Ok(Usage {
            bytes: number(row.bytes)?,
            uploading_bytes: number(row.uploading_bytes)?,
            assets: number(row.assets)?,
            quota: Quota { bytes: most(row.most_bytes)?, assets: most(row.most_assets)? },
        })
    }

    async fn find_draft_retentions(&self) -> Result<Vec<(WorkspaceId, DraftRetention)>, Fault> {
        let rows = usage::Entity::find()
            .filter(usage::Column::DraftDays.is_not_null())
            .order_by_asc(usage::Column::WorkspaceId)
            .all(&self.read(Scope::Every))
            .await?;
        let kept = rows.into_iter().filter_map(|row| Some((WorkspaceId::new(row.workspace_id), row.draft_days?)));
        kept.map(|(workspace, days)| Ok((workspace, DraftRetention::of_days(number(days.into())?).map_err(Fault::row)?))).collect()
    }

    async fn keep_draft_retention(&self, workspace: WorkspaceId, retention: Option<DraftRetention>) -> Result<(), Fault> {
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        let kept = usage::Entity::update_many()
            .col_expr(usage::Column::DraftDays, Expr::value(retention.map(|retention| i32::from(retention.days()))))
            .filter(usage::Column::WorkspaceId.eq(workspace.as_uuid()));
        kept.exec(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    async fn keep_quota(&self, workspace: WorkspaceId, quota: Quota) -> Result<(), Fault> {
        let transaction = self.write(Scope::Tenant(workspace)).await?;
        let allowed = usage::Entity::update_many()
            .col_expr(usage::Column::MostBytes, Expr::value(quota.bytes.map(kept)))
            .col_expr(usage::Column::MostAssets, Expr::value(quota.assets.map(kept)))
            .filter(usage::Column::WorkspaceId.eq(workspace.as_uuid()));
        allowed.exec(&transaction).await?;
        Ok(transaction.commit().await?)
    }
}

#[async_trait]
impl Usages for Database {
    async fn usage(&self, workspace: WorkspaceId) -> Result<Usage, Breakage> {
        Ok(self.find_usage(workspace).await?)
    }

    async fn draft_retentions(&self) -> Result<Vec<(WorkspaceId, DraftRetention)>, Breakage> {
        Ok(self.find_draft_retentions().await?)
    }

    async fn set_draft_retention(&self, workspace: WorkspaceId, retention: Option<DraftRetention>) -> Result<(), Breakage> {
        Ok(self.keep_draft_retention(workspace, retention).await?)
    }

    async fn set_quota(&self, workspace: WorkspaceId, quota: Quota) -> Result<(), Breakage> {
        Ok(self.keep_quota(workspace, quota).await?)
    }
}
