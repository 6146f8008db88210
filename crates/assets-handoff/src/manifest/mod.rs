//! The manifest of an export: what is in the archive, where it comes from, and what was decided about it.
//!
//! It is JSON, and it has lines: one for what is said of the whole, then one for each member. So it can be written, and
//! read, without ever having all of it in memory. Its shape is `openapi/export-manifest.schema.json`.

mod reader;

use assets_domain::{
    Actor, Approver, AssetId, AssetType, Channel, Comment, Decision, Description, Digest, Export, ExportId, Facts, Filename, Market,
    MediaType, Provenance, Revision, Tags, Tally, Terms, Title, Transition, VersionNumber, WorkspaceId, ports::Exhibit,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use reader::read_line;
pub use reader::{ManifestError, ManifestReader};

/// By what the shape is known.
pub const SCHEMA: &str = "urn:assets:schema:export-manifest:v1";

/// The longest name of a file in an archive that is read. The service makes none of half that length.
pub(crate) const MAX_NAME_BYTES: usize = 1024;
/// What stands behind the last member.
pub(crate) const TAIL: &str = "\n]}\n";
const NO_MEMBERS: &str = "]}";
/// A whole manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    schema: String,
    /// What was exported.
    pub export: ExportBody,
    /// How many versions are in the archive.
    pub count: u64,
    /// They, in the order in which they lie there.
    pub assets: Vec<MemberBody>,
}

/// An export, as its manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportBody {
    /// Which.
    pub id: ExportId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Who asked for it.
    pub created_by: Actor,
    /// When.
    pub created_at: DateTime<Utc>,
    /// What for.
    pub selection: SelectionBody,
}

/// What an export was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectionBody {
    /// How many assets were named, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets: Option<u64>,
    /// By which filters they were found, if they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<FilterBody>>,
    /// For which channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// For which market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<Market>,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterBody {
    /// What it is called.
    pub name: String,
    /// What was asked for.
    pub value: String,
}

/// A version in an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberBody {
    /// What it is called in the archive.
    pub path: String,
    /// The SHA-256 of its bytes, 64 hex digits.
    pub sha256: String,
    /// How many bytes.
    pub size_bytes: u64,
    /// Of which asset.
    pub asset_id: AssetId,
    /// What kind of thing it is.
    pub asset_type: AssetType,
    /// Which version.
    pub version: VersionNumber,
    /// What the bytes are.
    pub media_type: MediaType,
    /// What they are called when saved.
    pub filename: Filename,
    /// What it was called when it was approved.
    pub title: Title,
    /// What it was said to be about.
    pub description: Option<Description>,
    /// What it was filed under.
    pub tags: Tags,
    /// Who and what made it.
    pub provenance: Provenance,
    /// Who added it.
    pub created_by: Actor,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Why it was added.
    pub note: Option<Comment>,
    /// The earlier version whose content it repeats, if it came by rollback.
    pub restored_from: Option<VersionNumber>,
    /// What was measured.
    pub facts: Facts,
    /// What was decided about it, oldest first.
    pub decisions: Vec<DecisionBody>,
    /// Which of that lets it be here.
    pub approval: ApprovalBody,
}

/// A decision about a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// The revision of the asset that it made.
    pub revision: Revision,
    /// What was decided.
    pub action: Transition,
    /// About which version.
    pub version: VersionNumber,
    /// About which bytes.
    pub digest: Digest,
    /// Whether they were named.
    pub bytes_named: bool,
    /// Who decided.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// What was said with it.
    pub comment: Option<Comment>,
    /// The version whose approval is carried on, if it came by rollback.
    pub carried_from: Option<VersionNumber>,
    /// What an approval is good for, if not for ever and everywhere.
    #[serde(default, skip_serializing_if = "Terms::are_unlimited")]
    pub terms: Terms,
    /// How far an approval got, if more than one person was required or stands behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
    /// Everybody who stands behind an approval, if that is not just whoever decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Approver>,
}

/// Which decision lets a version be in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalBody {
    /// The one that made this revision.
    pub revision: Revision,
    /// Whether there is a signed statement of it. What was approved before approvals were signed has none.
    pub is_signed: bool,
}

/// An exhibit that lacks the approval by which it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the approval that is pinned is not among the decisions")]
pub struct NotApproved;

impl MemberBody {
    /// What is said of a member.
    ///
    /// # Errors
    /// Its approval is not among its decisions.
    pub fn of(exhibit: &Exhibit) -> Result<Self, NotApproved> {
        let Exhibit { member, version, decisions, is_signed } = exhibit;
        let approval = exhibit.approval().filter(|decision| decision.is_approval()).ok_or(NotApproved)?;
        let (content, details) = (&version.content, &approval.details);
        Ok(Self {
            path: member.name.clone(),
            sha256: content.digest.to_hex(),
            size_bytes: content.size_bytes,
            asset_id: member.asset,
            asset_type: member.asset_type,
            version: version.number,
            media_type: content.media_type,
            filename: content.filename.clone(),
            title: details.title.clone(),
            description: details.description.clone(),
            tags: details.tags.clone(),
            provenance: version.provenance.clone(),
            created_by: version.created_by.clone(),
            created_at: version.created_at,
            note: version.note.clone(),
            restored_from: version.restored_from,
            facts: content.facts,
            decisions: decisions.iter().map(DecisionBody::of).collect(),
            approval: ApprovalBody { revision: approval.revision, is_signed: *is_signed },
        })
    }

    /// The decision that lets it be there.
    #[must_use]
    pub fn pinned(&self) -> Option<&DecisionBody> {
        let is_pinned = |decision: &&DecisionBody| decision.revision == self.approval.revision && decision.is_approval();
        self.decisions.iter().find(is_pinned)
    }
}

impl DecisionBody {
    fn of(decision: &Decision) -> Self {
        Self {
            revision: decision.revision,
            action: decision.action,
            version: decision.version,
            digest: decision.digest,
            bytes_named: decision.bytes_named,
            by: decision.by.clone(),
            at: decision.at,
            comment: decision.comment.clone(),
            carried_from: decision.carried_from,
            terms: decision.terms.clone(),
            tally: decision.tally,
            approvers: decision.approvers.clone(),
        }
    }

    /// Whether it is an approval by as many people as were required.
    fn is_approval(&self) -> bool {
        self.action == Transition::Approve && self.tally.unwrap_or(Tally::ONE_OF_ONE).is_complete()
    }
}

impl Manifest {
    /// A manifest of which no member is written yet.
    #[must_use]
    pub fn of(export: &Export) -> Self {
        let asked = &export.asked;
        let filter = |(name, value): &(String, String)| FilterBody { name: name.clone(), value: value.clone() };
        let selection = SelectionBody {
            assets: asked.assets,
            filters: asked.assets.is_none().then(|| asked.filters.iter().map(filter).collect()),
            channel: asked.channel.clone(),
            market: asked.market.clone(),
        };
        let export_body = ExportBody {
            id: export.id,
            workspace_id: export.workspace,
            created_by: export.by.clone(),
            created_at: export.created_at,
            selection,
        };
        Self { schema: SCHEMA.to_owned(), export: export_body, count: export.count, assets: Vec::new() }
    }

    /// What stands before the first member.
    ///
    /// # Errors
    /// Never, unless something cannot be written as JSON.
    pub(crate) fn head(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string(self)?;
        text.truncate(text.len().saturating_sub(NO_MEMBERS.len()));
        text.push('\n');
        Ok(text)
    }

    /// Reads a whole manifest.
    ///
    /// # Errors
    /// It has another shape, or is one of another kind.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_str(text).map_err(|error| ManifestError { line: error.line(), why: error.to_string() })?;
        if manifest.schema == SCHEMA { Ok(manifest) } else { Err(ManifestError::other_schema(&manifest.schema)) }
    }
}
