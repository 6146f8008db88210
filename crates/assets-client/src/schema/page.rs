use serde::Deserialize;

use super::{Asset, AuditCheckpoint, AuditEntry, ChangeRequest, Comment, Export, Handover, Recall};

/// One page of assets.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AssetPage {
    /// In order.
    pub items: Vec<Asset>,
    /// What to send as `cursor` for the next page; null at the end. Good for 24 hours and this list alone.
    pub next_cursor: Option<String>,
    /// How many there are in all, if `include=total` asked for it.
    pub total: Option<u64>,
}

/// One page of exports.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ExportPage {
    /// Newest first.
    pub items: Vec<Export>,
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// One page of what was handed out of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct HandoverPage {
    /// Newest first.
    pub items: Vec<Handover>,
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// One page of recalls.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct RecallPage {
    /// Newest first.
    pub items: Vec<Recall>,
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// One page of requests for changes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ChangeRequestPage {
    /// Newest first.
    pub items: Vec<ChangeRequest>,
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// One page of comments.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CommentPage {
    /// Newest first.
    pub items: Vec<Comment>,
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// One page of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditPage {
    /// Newest first.
    pub items: Vec<AuditEntry>,
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// One page of checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditCheckpointPage {
    /// Newest first.
    pub items: Vec<AuditCheckpoint>,
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}
