//! How much each workspace has and may have. Triggers count it, and refuse what is too much.

use assets_domain::{
    Quota, Usage, WorkspaceId,
    ports::{Breakage, Usages},
};
use async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

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

    async fn set_quota(&self, workspace: WorkspaceId, quota: Quota) -> Result<(), Breakage> {
        Ok(self.keep_quota(workspace, quota).await?)
    }
}
