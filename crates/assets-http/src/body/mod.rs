//! Wire shapes: what goes over HTTP, and nothing of how it is kept.

mod asset;
mod binary;
mod decision;
mod handoff;
mod key;
mod names;
mod request;
mod text;

pub use asset::{
    ActorBody, AssetBody, AssetHistory, AssetPage, ContentBody, FactsBody, PreviewUrl, ProvenanceBody, SourceBody, VersionBody,
};
pub use binary::BinaryBody;
pub use decision::{BulkDecision, BulkDecisions, BulkResult, BulkResults, DecisionBody, DecisionInput, Limited};
pub use handoff::{
    ExportBody, ExportInput, ExportPage, HandoverBody, HandoverKind, HandoverPage, LeftOutBody, LeftOutItem, ReleaseBody, ReleaseInput,
    SelectionBody,
};
pub use key::{CreatedKeyBody, KeyBody, KeyInput, KeyList, Whoami};
pub use names::{
    AssetStatus, AssetTypeName, DecisionAction, ExportStatusName, KeyKindName, ListSort, MediaTypeName, ReasonName, ScopeName,
    VersionStatusName,
};
pub use request::{
    AddVersion, AddVersionUpload, CreateAsset, CreateAssetUpload, InlineContent, NewAssetMetadata, NewContent, NewProvenance,
    NewVersionMetadata, RollbackInput, SourceInput, StatedProvenanceInput, UpdateAsset, UploadedContent,
};
pub use text::{ChannelText, MarketText, TagText};
