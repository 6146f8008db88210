use async_trait::async_trait;

use crate::{AssetId, Remark, RemarkId, WorkspaceId};

use super::{Breakage, Receipt};

/// What is said about assets. It goes with its asset when that is deleted.
#[async_trait]
pub trait Remarks: Send + Sync {
    /// Keeps a remark, if its asset is there. Answers whether it is.
    async fn add(&self, remark: &Remark, receipt: Option<&Receipt>) -> Result<bool, Breakage>;

    /// What was said about an asset, in the order of the ids, newest first, behind one of them.
    async fn remarks(&self, workspace: WorkspaceId, asset: AssetId, after: Option<RemarkId>, limit: u32) -> Result<Vec<Remark>, Breakage>;
}
