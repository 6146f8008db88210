use assets_domain::{
    AssetId, Remark, RemarkId, WorkspaceId,
    ports::{Breakage, Receipt, Remarks},
};
use async_trait::async_trait;

use super::InMemoryAssets;

#[async_trait]
impl Remarks for InMemoryAssets {
    async fn add(&self, remark: &Remark, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let Some(kept) = tables.assets.get_mut(&(remark.workspace, remark.asset)) else { return Ok(false) };
        kept.remarks.push(remark.clone());
        if let Some(receipt) = receipt {
            tables.keep_answer(remark.workspace, receipt);
        }
        Ok(true)
    }

    async fn remarks(&self, workspace: WorkspaceId, asset: AssetId, after: Option<RemarkId>, limit: u32) -> Result<Vec<Remark>, Breakage> {
        let tables = self.tables();
        let mut remarks = tables.assets.get(&(workspace, asset)).map_or_else(Vec::new, |kept| kept.remarks.clone());
        remarks.retain(|remark| after.is_none_or(|after| remark.id < after));
        remarks.sort_by_key(|remark| std::cmp::Reverse(remark.id));
        remarks.truncate(limit.try_into().expect("a page fits into memory"));
        Ok(remarks)
    }
}
