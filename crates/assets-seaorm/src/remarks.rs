//! What is said about assets.

use assets_domain::{
    AssetId, Remark, RemarkId, WorkspaceId,
    ports::{Breakage, Receipt, Remarks},
};
use async_trait::async_trait;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Database,
    batch::{Batch, Undone},
    commit::kept_answer,
    entity::remark,
    error::{Fault, is_dangling},
    scope::Scope,
};

impl Database {
    async fn add_remark(&self, remark: &Remark, receipt: Option<&Receipt>) -> Result<bool, Fault> {
        let row = remark::Model {
            workspace_id: remark.workspace.as_uuid(),
            id: remark.id.as_uuid(),
            asset_id: remark.asset.as_uuid(),
            body: serde_json::to_string(remark)?,
        };
        let mut batch = Batch::new(self.backend(), Scope::Tenant(remark.workspace));
        batch.add_query(&remark::Entity::insert(row.into_active_model()));
        if let Some(receipt) = receipt {
            batch.add_query(&kept_answer(remark.workspace.as_uuid(), receipt));
        }
        match self.apply(batch).await {
            Ok(_) => Ok(true),
            // The asset is the only thing that it refers to.
            Err(Undone::Broken(error)) if is_dangling(&error) => Ok(false),
            Err(undone) => Err(undone.into()),
        }
    }

    async fn find_remarks(
        &self,
        workspace: WorkspaceId,
        asset: AssetId,
        after: Option<RemarkId>,
        limit: u32,
    ) -> Result<Vec<Remark>, Fault> {
        let mut rows = remark::Entity::find()
            .select_only()
            .column(remark::Column::Body)
            .filter(remark::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(remark::Column::AssetId.eq(asset.as_uuid()));
        if let Some(after) = after {
            rows = rows.filter(remark::Column::Id.lt(after.as_uuid()));
        }
        let rows = rows.order_by_desc(remark::Column::Id).limit(u64::from(limit));
        let bodies: Vec<String> = rows.into_tuple().all(&self.read(Scope::Tenant(workspace))).await?;
        bodies.iter().map(|body| Ok(serde_json::from_str(body)?)).collect()
    }
}

#[async_trait]
impl Remarks for Database {
    async fn add(&self, remark: &Remark, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        Ok(self.add_remark(remark, receipt).await?)
    }

    async fn remarks(&self, workspace: WorkspaceId, asset: AssetId, after: Option<RemarkId>, limit: u32) -> Result<Vec<Remark>, Breakage> {
        Ok(self.find_remarks(workspace, asset, after, limit).await?)
    }
}
