//! x
mod approval;
mod asset;
mod asset_type;
mod catalog;
mod content;
mod decision;
mod error;
mod event;
mod housekeeping;
mod id;
mod keyring;
mod list;
pub mod ports;
mod principal;
mod provenance;
mod search;
mod tag;
mod text;
mod version;

pub use approval::{Action, Denied, Outcome, Policy, Refusal, Right, Status, Transition, machine};
pub use asset::{
    Approval, ApprovedVersion, Asset, AssetParts, AssetView, Change, Circumstances, Corrupt, DecisionRequest, LinkEpoch, NewAsset,
    Revision, Ruling,
};
pub use asset_type::AssetType;
pub use catalog::{Call, Catalog, ContentSource, DetailsPatch, Incoming, Ingested, LinkTarget, Ports, Remember, ViewedHistory};
pub use content::{
    Content, CopyVariant, CopyVariants, Digest, DigestError, Facts, Fingerprint, Fingerprinter, MediaType, UnknownMediaType,
    default_filename,
};
pub use decision::{Decision, Details, NamedBytes};
pub use error::{CatalogError, FieldError, PathItem};
pub use event::{Event, EventType};
pub use housekeeping::{Finding, FsckReport, GcReport, Housekeeper};
pub use id::{AssetId, EventId, WorkspaceId};
pub use keyring::{CreatedKey, Grantor, KeyError, Keyring, NewKey, Unauthenticated};
pub use list::{Filter, ListPage, ListQuery, Position, Sort, ViewPage};
pub use principal::{Actor, KeyKind, KeyPrefix, KeyPrefixError, KeyRecord, Principal, Scope, Scopes, View};
pub use provenance::{Provenance, Source, StatedProvenance};
pub use search::{SearchTerms, SearchText, fold};
pub use tag::{Tag, TagError, Tags, TooManyTags};
pub use text::{Comment, Description, Filename, KeyName, Label, TextError, Title, WorkspaceName};
pub use version::{Version, VersionNumber, VersionNumberError, VersionStatus};
