//! Fixed fields, one behind the other: what is sealed is never parsed before its MAC holds, and then by this alone.

use assets_domain::{AssetId, WorkspaceId};
use uuid::Uuid;

/// Takes fields from the front of bytes; `None` once they do not suffice.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl Fields<'_> {
    pub(crate) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.bytes().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_be_bytes)
    }

    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.bytes().map(i64::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.bytes().map(u64::from_be_bytes)
    }

    pub(crate) fn workspace(&mut self) -> Option<WorkspaceId> {
        self.bytes().map(Uuid::from_bytes).map(WorkspaceId::new)
    }

    pub(crate) fn asset(&mut self) -> Option<AssetId> {
        self.bytes().map(Uuid::from_bytes).map(AssetId::new)
    }

    /// Whether there is nothing left.
    pub(crate) const fn are_over(&self) -> bool {
        self.0.is_empty()
    }
}
