//! Wire shapes: what goes over HTTP, and nothing of how it is kept.

mod asset;
mod audit;
mod binary;
mod custody;
mod decision;
mod event;
mod handoff;
mod key;
mod names;
mod policy;
mod request;
mod review;
mod signing;
mod text;
mod webhook;

pub use asset::{
    ActorBody, ApproverBody, AssetBody, AssetHistory, AssetPage, ContentBody, FactsBody, PreviewUrl, ProvenanceBody, ReviewBody,
    SourceBody, VersionBody,
};
pub use audit::{
    AuditActorBody, AuditActorKind, AuditCheckpointBody, AuditCheckpointPage, AuditEntryBody, AuditPage, AuditedBeginningBody,
    AuditedDecisionBody, AuditedDeletionBody, AuditedKeyBody, AuditedPolicyBody, AuditedRefusalBody,
};
pub use binary::BinaryBody;
pub use custody::{
    ConsumerBody, ConsumersBody, LeftOverBody, LeftOverItem, QuotaBody, RecallBody, RecallInput, RecallPage, RecallStatusName,
    RecalledAsset, SparedName, UsageBody,
};
pub use decision::{
    BulkDecision, BulkDecisions, BulkResult, BulkResults, DecisionBody, DecisionInput, DismissInput, RequestChangesInput, Stated, TallyBody,
};
pub(crate) use event::described;
pub use event::{
    AssetEventData, EventBody, EventData, EventPage, ExportEventData, PolicyEventData, RecallEventData, ReleaseEventData, WebhookEventData,
};
pub use handoff::{
    ExportBody, ExportInput, ExportPage, FilterBody, HandoverBody, HandoverKind, HandoverPage, LeftOutBody, LeftOutItem, ReleaseBody,
    ReleaseInput, SelectionBody,
};
pub use key::{CreatedKeyBody, KeyBody, KeyInput, KeyList, Whoami};
pub use names::{
    AssetStatus, AssetTypeName, DecisionAction, ExportStatusName, ItemStateName, KeyKindName, ListSort, MediaTypeName, ReasonName,
    ScopeName, SeverityName, VersionStatusName,
};
pub use policy::{PolicyBody, PolicyRule, UpdatePolicy};
pub use request::{
    AddVersion, AddVersionUpload, CreateAsset, CreateAssetUpload, InlineContent, NewAssetMetadata, NewContent, NewProvenance,
    NewVersionMetadata, RollbackInput, SourceInput, StatedProvenanceInput, UpdateAsset, UploadedContent,
};
pub use review::{
    AnchorBody, AnswerBody, ChangeItemBody, ChangeItemInput, ChangeRequestBody, ChangeRequestPage, CommentBody, CommentInput, CommentPage,
    Dismissal, GivenAnswer, RequestedChangeBody,
};
pub use signing::{SigningKey, SigningKeys};
pub use text::{ChannelText, KeyNameText, LabelText, MarketText, TagText};
pub use webhook::{
    DeliveryBody, DeliveryPage, DisabledReason, ReplayBody, ReplayInput, RevealedWebhookBody, UpdateWebhook, UpdateWebhookFilters,
    WebhookBody, WebhookFiltersBody, WebhookInput, WebhookList,
};
