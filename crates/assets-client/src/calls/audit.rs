use crate::{
    AuditCheckpoint, AuditEntry, AuditQuery, Listing, PageQuery,
    operation::{LIST_AUDIT, LIST_AUDIT_CHECKPOINTS},
};

group! {
    /// Who did what, so that it can be shown later and not be changed.
    Audit
}

impl Audit<'_> {
    /// Entries, newest first, page by page as they are read.
    #[must_use]
    pub fn list(&self, query: &AuditQuery) -> Listing<AuditEntry> {
        Listing::of(self.0, LIST_AUDIT, Vec::new(), query)
    }

    /// How far the audit went, as it was noted every hour, newest first.
    #[must_use]
    pub fn checkpoints(&self, page: &PageQuery) -> Listing<AuditCheckpoint> {
        Listing::of(self.0, LIST_AUDIT_CHECKPOINTS, Vec::new(), page)
    }
}
