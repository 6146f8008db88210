//! A client of the asset store: agents create and submit, people look and decide, publishers take what is approved.
//!
//! ```no_run
//! # async fn story() -> Result<(), assets_client::Error> {
//! use assets_client::{
//!     AssetFilter, AssetType, Client, DecisionInput, ExportInput, File, NewAssetMetadata, NewProvenance, ProblemCode,
//! };
//!
//! let agent = Client::new("https://assets.example.com", "tnx_…")?;
//! let person = agent.holding("tnx_…")?;
//!
//! // An agent brings a text, and a picture, which is sent as it is read from the disk.
//! let made = NewProvenance { campaign_id: Some("spring".into()), ..NewProvenance::by("me") };
//! let headline = NewAssetMetadata::new(AssetType::Copy, "Headline", made.clone()).with("Spring is in the details.");
//! agent.assets().create(&headline).idempotency_key("headline-1").await?;
//! let hero = NewAssetMetadata::new(AssetType::Image, "Hero", made);
//! let hero = agent.assets().upload(&hero, File::open("hero.png").await?).await?;
//! agent.decisions().submit(hero.id, &DecisionInput::default()).await?;
//!
//! // Only a person approves, and names what was looked at.
//! let seen = DecisionInput::about(&hero.latest_version);
//! let refused = agent.decisions().approve(hero.id, &seen).await.unwrap_err();
//! assert_eq!(refused.code(), Some(&ProblemCode::HumanRequired));
//! person.decisions().approve(hero.id, &seen).await?;
//!
//! // Every page of a list, as one stream; and what is approved, as one archive.
//! let mut spring = person.assets().list(&AssetFilter::of_campaign("spring"));
//! while let Some(asset) = spring.next().await {
//!     let asset = asset?;
//!     println!("{}: {}", asset.title, asset.status);
//! }
//! let export = person.exports().create(&ExportInput::of_campaign("spring")).await?;
//! person.exports().download(export.id).await?.save("spring.zip").await?;
//! # Ok(())
//! # }
//! ```
//!
//! - [`Client`] has a group of calls for each part of the contract: [`Assets`], [`Versions`], [`Decisions`], [`Review`],
//!   [`Publishing`], [`Exports`], [`Events`], [`Previews`], [`Keys`], [`Policies`], [`System`]., [`Audit`],
//! - What changes something is sent by awaiting it. Before that it can be given a key to repeat it by
//!   ([`Call::idempotency_key`]) and a condition ([`Change::if_revision`]). Nothing is repeated without being told to.
//! - What the service refuses is [`Error::Problem`], with a [`ProblemCode`] to branch on.
//! - Lists are streams of items ([`Listing`]), bytes are streams of pieces ([`Download`], [`File`]): neither is ever whole in memory
//!   unless one asks for that.
//! - What came to the contract later than this crate does no harm: unknown members are passed over, and an unknown name is `Other`.
//!
//! Tests hold every type and operation against `openapi/assets.json`. It is not for resumable uploads, which are a protocol with
//! clients of its own (tus 1.0): [`UploadedContent`] names what they brought.

mod call;
mod calls;
mod client;
mod download;
mod error;
mod events;
mod file;
mod listing;
mod operation;
mod query;
mod schema;

#[cfg(test)]
mod contract;

pub use call::{Call, Change, Edit};
pub use calls::{Assets, Audit, Custody, Decisions, Events, Exports, Keys, Policies, Previews, Publishing, Review, System, Versions};
pub use client::Client;
pub use download::Download;
pub use error::Error;
pub use events::EventStream;
pub use file::File;
pub use listing::Listing;
pub use schema::{
    Actor, AddVersion, Anchor, Answer, ApiKey, ApiKeyList, Approver, Asset, AssetAction, AssetEventData, AssetFilter, AssetHistory,
    AssetPage, AssetStatus, AssetType, AuditActor, AuditActorKind, AuditCheckpoint, AuditCheckpointPage, AuditEntry, AuditPage, AuditQuery,
    AuditedBeginning, AuditedDecision, AuditedDeletion, AuditedKey, AuditedPolicy, AuditedRefusal, BulkDecision, BulkDecisions, BulkResult,
    BulkResults, ChangeItem, ChangeItemInput, ChangeItemState, ChangeRequest, ChangeRequestPage, ChangeRequestQuery, ChangeRequestState,
    Comment, CommentInput, CommentPage, Consumer, Consumers, Content, CreateAsset, CreatedApiKey, Decision, DecisionAction, DecisionInput,
    DisabledReason, DismissInput, Dismissal, Event, EventData, EventPage, EventQuery, EventStreamQuery, EventType, Export, ExportEventData,
    ExportFilter, ExportInput, ExportPage, ExportSelection, ExportStatus, Facts, FieldProblem, GivenAnswer, Handover, HandoverKind,
    HandoverPage, Health, InlineContent, KeyKind, LeftOut, LeftOutItem, LeftOver, LeftOverItem, LeftOverReason, ListInclude, ListSort,
    LocItem, MediaType, MomentQuery, NewApiKey, NewAssetMetadata, NewContent, NewProvenance, NewVersionMetadata, PageQuery, Policy,
    PolicyEventData, PolicyRule, PreviewQuery, PreviewUrl, Problem, ProblemCode, Provenance, Quota, Reason, Recall, RecallEventData,
    RecallInput, RecallPage, RecallStatus, RecalledAsset, Release, ReleaseEventData, ReleaseInput, RequestChangesInput, RequestedChange,
    ReviewRound, RollbackInput, Scope, Severity, SigningKey, SigningKeys, Source, SourceInput, StatedProvenanceInput, Tally, UpdateAsset,
    UpdatePolicy, UploadedContent, Usage, Version, VersionStatus, WebhookEventData, Whoami,
};
