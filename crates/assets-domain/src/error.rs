//! Why a use case came to nothing.

use crate::{
    Denied, Digest, Quantity, Refusal, Revision, Withheld,
    ports::{Breakage, Unfit},
};

/// One step on the way to a bad value: a field, or a place in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathItem {
    /// A field by name.
    Field(&'static str),
    /// A place in a list, from 0.
    Index(usize),
}

/// One bad value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where it is, from the outside in.
    pub path: Vec<PathItem>,
    /// What is wrong with it, in words.
    pub message: String,
    /// What is wrong with it, for programs.
    pub kind: &'static str,
}

impl FieldError {
    /// A bad value of a field at the top.
    #[must_use]
    pub fn of(field: &'static str, kind: &'static str, message: impl Into<String>) -> Self {
        Self { path: vec![PathItem::Field(field)], message: message.into(), kind }
    }
}

/// Why a use case came to nothing. In every case nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The caller may not, whatever the asset.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such thing in the caller's workspace, or none that the caller may see.
    #[error("there is no such thing")]
    NotFound,
    /// The asset has no approval that stands.
    #[error("no version of the asset is approved")]
    NotApproved,
    /// The link was taken back.
    #[error("the link was taken back")]
    LinkGone,
    /// Some of the export was taken back.
    #[error("a member of the export was taken back")]
    ExportRecalled,
    /// The time of the export is over.
    #[error("the export has expired")]
    ExportExpired,
    /// Too many exports of the workspace wait to be downloaded.
    #[error("at most {most} exports may wait to be downloaded")]
    TooManyExports {
        /// How many may.
        most: u64,
    },
    /// More assets match than an export may have.
    #[error("an export has at most {most} members")]
    TooManyMembers {
        /// How many it may have.
        most: u32,
    },
    /// Another number of approvals matches than was expected.
    #[error("{found} approvals match, and another number was expected")]
    OtherCount {
        /// How many match.
        found: u64,
    },
    /// The asset is not handed out for this purpose.
    #[error("the asset is not released")]
    NotReleased {
        /// Everything that speaks against it.
        reasons: Vec<Withheld>,
    },
    /// Something asked for makes no sense.
    #[error("the request is not valid")]
    Invalid(Vec<FieldError>),
    /// The content does not fit.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The bytes that arrived are not those that were announced.
    #[error("the bytes that arrived are not those that were announced")]
    DigestMismatch {
        /// What was announced.
        announced: Digest,
        /// What arrived.
        arrived: Digest,
    },
    /// More bytes than allowed.
    #[error("the content is larger than {limit_bytes} bytes")]
    TooLarge {
        /// How many are allowed.
        limit_bytes: u64,
    },
    /// The workspace would have more than it may have.
    #[error("the workspace may have no more {}", .0.as_str())]
    OverQuota(Quantity),
    /// An upload has other bytes already than the caller takes it to have.
    #[error("the upload goes on at {offset_bytes} bytes")]
    UploadConflict {
        /// Where it goes on.
        offset_bytes: u64,
    },
    /// The caller has begun too many uploads that are not finished.
    #[error("at most {most} uploads may be under way")]
    TooManyUploads {
        /// How many may be.
        most: u64,
    },
    /// The asset is not at the revision that the caller expects.
    #[error("the asset has changed")]
    PreconditionFailed {
        /// Where it is.
        current: Revision,
    },
    /// The asset as it stands does not allow it, or not to this caller.
    #[error(transparent)]
    Refused(Refusal),
    /// So many others changed the asset meanwhile that this change found no gap.
    #[error("the asset is being changed by too many others at once")]
    Contended,
    /// The bytes stopped coming.
    #[error("the content was cut off")]
    Interrupted(#[source] std::io::Error),
    /// Something outside broke.
    #[error(transparent)]
    Breakage(#[from] Breakage),
}

impl From<Refusal> for CatalogError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Points(error) => Self::Invalid(vec![error]),
            refused => Self::Refused(refused),
        }
    }
}
