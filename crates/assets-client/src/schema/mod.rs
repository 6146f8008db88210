//! What goes over the wire, each by the name that it has in the contract. What is answered is read leniently: a member or a name
//! of a closed list that came later than this crate does no harm.

mod asset;
mod audit;
mod custody;
mod decision;
mod event;
mod export;
mod key;
mod names;
mod new;
mod page;
mod policy;
mod problem;
mod query;
mod release;
mod review;
mod system;

pub use asset::{Actor, Approver, Asset, AssetHistory, Content, Facts, PreviewUrl, Provenance, ReviewRound, Source, Version};
pub use audit::{
    AuditActor, AuditCheckpoint, AuditEntry, AuditQuery, AuditedBeginning, AuditedDecision, AuditedDeletion, AuditedKey, AuditedPolicy,
    AuditedRefusal, MomentQuery,
};
pub use custody::{Consumer, Consumers, LeftOver, LeftOverItem, Quota, Recall, RecallInput, RecalledAsset, Usage};
pub use decision::{BulkDecision, BulkDecisions, BulkResult, BulkResults, Decision, DecisionInput, Tally};
pub use event::{
    AssetEventData, Event, EventData, EventPage, EventQuery, EventStreamQuery, ExportEventData, PolicyEventData, RecallEventData,
    ReleaseEventData, WebhookEventData,
};
pub use export::{Export, ExportFilter, ExportInput, ExportSelection, LeftOut, LeftOutItem};
pub use key::{ApiKey, ApiKeyList, CreatedApiKey, NewApiKey, Whoami};
pub use names::{
    AssetAction, AssetStatus, AssetType, AuditActorKind, ChangeItemState, ChangeRequestState, DecisionAction, DisabledReason, EventType,
    ExportStatus, HandoverKind, KeyKind, LeftOverReason, ListInclude, ListSort, MediaType, ProblemCode, Reason, RecallStatus, Scope,
    Severity, VersionStatus,
};
pub use new::{
    AddVersion, CreateAsset, InlineContent, NewAssetMetadata, NewContent, NewProvenance, NewVersionMetadata, RollbackInput, SourceInput,
    StatedProvenanceInput, UpdateAsset, UploadedContent,
};
pub use page::{AssetPage, AuditCheckpointPage, AuditPage, ChangeRequestPage, CommentPage, ExportPage, HandoverPage, RecallPage};
pub use policy::{Policy, PolicyRule, UpdatePolicy};
pub use problem::{FieldProblem, LocItem, Problem};
pub use query::{AssetFilter, ChangeRequestQuery, PageQuery, PreviewQuery};
pub use release::{Handover, Release, ReleaseInput, SigningKey, SigningKeys};
pub use review::{
    Anchor, Answer, ChangeItem, ChangeItemInput, ChangeRequest, Comment, CommentInput, DismissInput, Dismissal, GivenAnswer,
    RequestChangesInput, RequestedChange,
};
pub use system::Health;
