//! Statements: who says what of which bytes, as in-toto has it (Statement v1).
//!
//! Two things are said here: that a version was approved ([`Approved`]), and what left in an export ([`Exported`]).

use assets_domain::{
    Actor, Approver, AssetId, AssetType, Comment, Decision, Description, Digest, Endorsement, Export, ExportId, MediaType, Provenance,
    Quorum, Requirement, Revision, Tags, Terms, Title, Version, VersionNumber, WorkspaceId, archive::SUMS,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What every statement says that it is.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// Something that can be said of bytes.
pub trait Predicate: Serialize + DeserializeOwned {
    /// By what it is told from everything else that can be said.
    const TYPE: &str;
}

/// Something said of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<P> {
    /// What the bytes are called.
    pub name: String,
    /// Which bytes.
    pub digest: Digest,
    /// What is said of them.
    pub predicate: P,
}

/// Why something is not the statement that it should be.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// It is not in the form of one.
    #[error("it is no statement: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It says that it is something else.
    #[error("it is {found:?} and not {expected}")]
    OtherType {
        /// What it says.
        found: String,
        /// What it should say.
        expected: &'static str,
    },
    /// It is not about one thing.
    #[error("it is about {0} things and not about one")]
    Subjects(usize),
    /// It does not say about which bytes.
    #[error("its digest must be 64 lower-case hex digits")]
    NoDigest,
}

impl<P: Predicate> Statement<P> {
    /// The statement as it is signed.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let wire = Wire {
            statement_type: STATEMENT_TYPE.to_owned(),
            subject: vec![Subject { name: self.name.clone(), digest: Sha256 { sha256: self.digest.to_hex() } }],
            predicate_type: P::TYPE.to_owned(),
            predicate: &self.predicate,
        };
        serde_json::to_vec(&wire).unwrap_or_else(|_| unreachable!("text and numbers are always written as JSON"))
    }

    /// Reads a statement. What is not known of it is passed over, as in-toto asks.
    ///
    /// # Errors
    /// It is no statement, or one that says something else, or not of one thing.
    pub fn parse(json: &[u8]) -> Result<Self, StatementError> {
        // What it is is looked at first: what another one says cannot be read as if it were this one.
        let head: Wire<serde::de::IgnoredAny> = serde_json::from_slice(json)?;
        for (found, expected) in [(head.statement_type, STATEMENT_TYPE), (head.predicate_type, P::TYPE)] {
            if found != expected {
                return Err(StatementError::OtherType { found, expected });
            }
        }
        let wire: Wire<P> = serde_json::from_slice(json)?;
        let count = wire.subject.len();
        let Ok([subject]) = <[Subject; 1]>::try_from(wire.subject) else { return Err(StatementError::Subjects(count)) };
        let digest = Digest::parse(&format!("sha256:{}", subject.digest.sha256)).map_err(|_| StatementError::NoDigest)?;
        Ok(Self { name: subject.name, digest, predicate: wire.predicate })
    }
}

#[derive(Serialize, Deserialize)]
struct Wire<P> {
    #[serde(rename = "_type")]
    statement_type: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: P,
}

#[derive(Serialize, Deserialize)]
struct Subject {
    name: String,
    digest: Sha256,
}

#[derive(Serialize, Deserialize)]
struct Sha256 {
    sha256: String,
}

/// That a version was approved: by whom, when, as what and on which terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// In which tenant.
    pub workspace_id: WorkspaceId,
    /// Of which asset.
    pub asset_id: AssetId,
    /// What kind of thing it is.
    pub asset_type: AssetType,
    /// Which version.
    pub version: VersionNumber,
    /// How many bytes.
    pub size_bytes: u64,
    /// What they are.
    pub media_type: MediaType,
    /// What it was called when it was approved.
    pub title: Title,
    /// What it was said to be about.
    pub description: Option<Description>,
    /// What it was filed under.
    pub tags: Tags,
    /// Who and what made it.
    pub provenance: Provenance,
    /// Who approved it; of several people the last, after whom no more were required.
    pub approved_by: Actor,
    /// When.
    pub approved_at: DateTime<Utc>,
    /// Everybody who stands behind it, oldest first, if that is not just whoever approved it there and then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Approver>,
    /// Whether whoever approved it named the bytes, by version or digest.
    pub bytes_named: bool,
    /// What was said with it.
    pub comment: Option<Comment>,
    /// The version whose approval is carried on, if it came by rollback.
    pub carried_from: Option<VersionNumber>,
    /// The revision of the asset that this made.
    pub revision: Revision,
    /// What the approval is good for; without any of it for ever and everywhere.
    pub terms: Terms,
    /// What the workspace asked of its decisions then.
    pub policy: Rules,
}

/// What a workspace asked of an approval: [`Requirement`], as it is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// How many people had to approve. Where it is not said, one.
    #[serde(default)]
    pub required_approvals: Quorum,
    /// Whether an author of the bytes could approve them.
    pub allow_self_approval: bool,
    /// Whether the digest had to be named.
    pub require_digest: bool,
}

impl Predicate for Approved {
    const TYPE: &str = "urn:assets:predicate:approval:v1";
}

impl Statement<Approved> {
    /// What an approval says.
    #[must_use]
    pub fn of_approval(endorsement: &Endorsement<'_>) -> Self {
        let Endorsement { workspace, asset, asset_type, version, decision, asked } = *endorsement;
        let Version { content, provenance, .. } = version;
        let Decision { details, terms, .. } = decision;
        let Requirement { quorum, allow_self_approval, require_digest } = asked;
        let predicate = Approved {
            workspace_id: workspace,
            asset_id: asset,
            asset_type,
            version: decision.version,
            size_bytes: content.size_bytes,
            media_type: content.media_type,
            title: details.title.clone(),
            description: details.description.clone(),
            tags: details.tags.clone(),
            provenance: provenance.clone(),
            approved_by: decision.by.clone(),
            approved_at: decision.at,
            approvers: decision.approvers.clone(),
            bytes_named: decision.bytes_named,
            comment: decision.comment.clone(),
            carried_from: decision.carried_from,
            revision: decision.revision,
            terms: terms.clone(),
            policy: Rules { required_approvals: quorum, allow_self_approval, require_digest },
        };
        Self { name: content.filename.as_str().to_owned(), digest: decision.digest, predicate }
    }
}

/// That files left in an export: all those whose digests are in the list of digests that this is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// From which tenant.
    pub workspace_id: WorkspaceId,
    /// In which export.
    pub export_id: ExportId,
    /// Who asked for it.
    pub created_by: Actor,
    /// When.
    pub created_at: DateTime<Utc>,
    /// How many versions are in it.
    pub count: u64,
}

impl Predicate for Exported {
    const TYPE: &str = "urn:assets:predicate:export:v1";
}

impl Statement<Exported> {
    /// What the seal of an export says, whose list of digests has this digest.
    #[must_use]
    pub fn of_export(export: &Export, sums: Digest) -> Self {
        let predicate = Exported {
            workspace_id: export.workspace,
            export_id: export.id,
            created_by: export.by.clone(),
            created_at: export.created_at,
            count: export.count,
        };
        Self { name: SUMS.to_owned(), digest: sums, predicate }
    }
}
