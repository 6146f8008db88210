//! How much there is, and how much there may be.

use crate::{CatalogError, Principal, Quantity, Scope, Usage, WorkspaceId};

use super::Catalog;

impl Catalog {
    /// How much the workspace has, and how much it may have.
    ///
    /// # Errors
    /// The caller may not.
    pub async fn usage(&self, by: &Principal) -> Result<Usage, CatalogError> {
        by.scopes.require(Scope::Admin)?;
        Ok(self.ports.usages.usage(by.workspace).await?)
    }

    /// How many bytes of content may come in: the commit judges again, when it is known whether they are new.
    pub(super) async fn most_bytes(&self, workspace: WorkspaceId) -> Result<Most, CatalogError> {
        let room = self.ports.usages.usage(workspace).await?.room_bytes();
        Ok(match room.filter(|room| *room < self.max_content_bytes) {
            Some(bytes) => Most { bytes, is_quota: true },
            None => Most { bytes: self.max_content_bytes, is_quota: false },
        })
    }
}

/// How many bytes may come in, and because of what no more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub(super) bytes: u64,
    is_quota: bool,
}

impl Most {
    /// What it means that there were more.
    pub(super) fn explain(self, error: CatalogError) -> CatalogError {
        match error {
            CatalogError::TooLarge { .. } if self.is_quota => CatalogError::OverQuota(Quantity::Bytes),
            other => other,
        }
    }
}
