//! Remarks: what somebody says about a version without deciding anything.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Actor, Anchor, AssetId, ChangeText, Digest, RemarkId, VersionNumber, WorkspaceId};

/// What somebody says about a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: RemarkId,
    /// About which asset.
    pub asset: AssetId,
    /// About which version.
    pub version: VersionNumber,
    /// About which bytes.
    pub digest: Digest,
    /// Where in the content, if it is about a place.
    pub anchor: Option<Anchor>,
    /// What.
    pub text: ChangeText,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}
