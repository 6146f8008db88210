//! What is true about assets: the model, the rules, the use cases and the ports, without I/O.
//!
//! Agents make things, people sign them off, publishers read what was signed off. Everything here serves one promise:
//!
//! > What a publisher receives as approved is, byte for byte, what a person with the right to approve it approved, and
//! > nobody has taken that back.
//!
//! # A story in one minute
//!
//! An agent creates a copy and submits it, Ann approves it, the agent goes on working: the approved bytes stay what
//! publishers get. The new text turns out worse, so Ann rolls back, and her approval of those bytes is carried over.
//!
//! ```
//! use assets_domain::{AssetType, Call, CatalogError, Incoming, NamedBytes, NewVersion, Status};
//! use assets_testkit::{TestWorld, fixtures};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), CatalogError> {
//! let world = TestWorld::new(); // the use cases over adapters in memory
//! let catalog = &world.catalog;
//! let (writer, ann, shop) = (world.agent("writer"), world.person("ann"), world.service("shop"));
//! let (as_writer, as_ann) = (Call::by(writer.clone()), Call::by(ann));
//!
//! // create: bytes come in first, and nothing refers to them until the asset does
//! let text = catalog.ingest(&writer, AssetType::Copy, Incoming::text("Spring is here", None, None)).await?;
//! let copy = catalog.create(&as_writer, fixtures::new_asset(AssetType::Copy, "Spring launch"), text).await?;
//! assert_eq!(copy.status, Status::Draft);
//!
//! // submit, approve: Ann names the bytes that she read; had others come in meanwhile, she would be told
//! catalog.submit(&as_writer, copy.id, NamedBytes::default(), None).await?;
//! let read = NamedBytes { version: Some(copy.latest.number), digest: Some(copy.latest.content.digest) };
//! let copy = catalog.approve(&as_ann, copy.id, read, None).await?;
//! assert_eq!(copy.status, Status::Approved);
//!
//! // regenerate: version 2 is a draft, and the approved bytes stay
//! let text = catalog.ingest(&writer, AssetType::Copy, Incoming::text("Spring! Is! Here!", None, None)).await?;
//! let copy = catalog.add_version(&as_writer, copy.id, NewVersion::default(), text).await?;
//! assert_eq!((copy.status, copy.latest.number.get()), (Status::Draft, 2));
//! assert_eq!(catalog.approved(&shop, copy.id).await?.version().number.get(), 1);
//!
//! // roll back: version 3 has the bytes of version 1, and its approval
//! let first = catalog.approved(&shop, copy.id).await?;
//! let copy = catalog.rollback(&as_ann, copy.id, first.version().number, None, Vec::new()).await?;
//! assert_eq!((copy.status, copy.latest.number.get()), (Status::Approved, 3));
//! assert_eq!(catalog.approved(&shop, copy.id).await?.version().content.digest, first.version().content.digest);
//! # Ok(())
//! # }
//! ```
//!
//! # How a request travels
//!
//! 1. **Admit.** A face (REST, a tool, a page) asks [`Catalog::admit`] or [`Catalog::admit_create`] whether this caller may
//!    do such a thing at all, before it reads a body. Who the caller is, [`Keyring::authenticate`] says.
//! 2. **Ingest.** Bytes stream through [`Catalog::ingest`]: sniffed, hashed, stored durably and measured, and only then may
//!    a row refer to them. A crash leaves a file that [`Housekeeper`] sweeps, never a row without bytes.
//! 3. **Decide.** A use case such as [`Catalog::approve`] reads the [`Asset`], lets it decide, and saves the [`Change`]. The
//!    middle is synchronous and pure: [`Asset::decide`] asks the table, [`machine::outcome`], and nobody else does. The
//!    change is saved whole or not at all, by compare-and-swap on the [`Revision`]; who was overtaken decides anew.
//!
//! # Where to find what
//!
//! | to know | look at |
//! |---|---|
//! | what can be done in which state | [`machine`], the approval table |
//! | who may | [`Right`], [`Policy`] |
//! | why not | [`Refusal`], [`Denied`], [`CatalogError`] |
//! | what an asset is | [`Asset`], [`Version`], [`Content`], [`Decision`], [`Provenance`] |
//! | what is wanted otherwise | [`ChangeRequest`], [`ChangeItem`], [`Anchor`] |
//! | what may be published | [`ApprovedVersion`], to be had from an approved asset alone |
//! | what is needed from outside | [`ports`] |
//!
//! # How to extend it
//!
//! Another database, store or inspector is an implementation of a trait in [`ports`] in a crate of its own: ids, times,
//! numbers and transitions are made here, so an adapter only remembers. The crate `assets-testkit` has a public suite for
//! each port, one clause a test; an adapter that runs it with one line, and passes, fits. Another action is a row in
//! [`machine::outcome`], whose matches have no wildcard: the compiler shows what else there is to decide.
//!
//! # The rules of the house
//!
//! * Arrows point inward: adapters and faces know this crate, it knows none of them. No I/O, no runtime, no framework.
//! * Time and ids are ports, [`ports::Clock`] and [`ports::Ids`]. Nothing here reads a clock.
//! * A value that exists is valid: private fields, one constructor that checks, one error for each. What comes back from
//!   rows is checked as well, by [`Asset::from_parts`].
//! * Absence is `Option`, conflict is a variant, breakage is a boxed source. What must be atomic is one method of a port.
//! * Whoever changes an asset goes through [`Catalog`], whatever the route: there is no second path that skips a rule.

mod approval;
pub mod archive;
mod asset;
mod asset_type;
mod audit;
mod catalog;
mod change_request;
mod content;
mod decision;
mod error;
mod event;
mod export;
mod housekeeping;
mod id;
mod keyring;
mod list;
pub mod ports;
mod principal;
mod provenance;
mod recall;
mod release;
mod remark;
mod search;
mod tag;
mod terms;
mod text;
mod upload;
mod usage;
mod variant;
mod version;
mod webhook;
mod webhooks;

pub use approval::{
    Action, Approver, Consent, Denied, OneMore, Outcome, Policy, PolicyPatch, PolicyRevision, Quorum, QuorumError, Refusal, Requirement,
    Right, Round, Rule, Status, Tally, Transition, machine,
};
pub use asset::{
    Approval, ApprovedVersion, Asset, AssetParts, AssetView, Change, Circumstances, Corrupt, DecisionRequest, Endorsement, LinkEpoch,
    NewAsset, Revision, Ruling, TakenBack, standing_at,
};
pub use asset_type::AssetType;
pub use audit::{
    Act, AuditActor, AuditEntry, AuditFinding, AuditLine, AuditQuery, AuditRecord, AuditReport, Auditor, Checkpoint, Decided, Refusals,
    RefusedCall, SealReport, SignedCheckpoint,
};
pub use catalog::{
    Appended, Archive, BulkDecision, Call, Catalog, ContentSource, DetailsPatch, HeardPage, Incoming, Ingested, Keep, LinkTarget, Linkable,
    NewExport, NewRecall, NewRemark, NewUpload, NewVersion, Ports, PresentedPage, Released, Remember, Selection, Showable, Shown, Swept,
    Uploaded, ViewedHistory,
};
pub use change_request::{Anchor, AnchorError, Answer, ChangeItem, ChangeRequest, ItemState, Severity};
pub use content::{
    Content, CopyVariant, CopyVariants, Digest, DigestError, Facts, Fingerprint, Fingerprinter, MediaType, UnknownMediaType,
    default_filename,
};
pub use decision::{Decision, Details, NamedBytes};
pub use error::{CatalogError, FieldError, PathItem};
pub use event::{
    AssetChange, Ended, Event, EventFilter, EventType, EventView, Exported, Handed, Heard, PolicyChanged, Recalling, Recorded, Subject,
};
pub use export::{Asked, Export, ExportStatus, LeftOut, Member, Written};
pub use housekeeping::{Finding, FsckReport, GcReport, Housekeeper};
pub use id::{
    AssetId, DeliveryId, EventId, ExportId, ItemId, RecallId, ReleaseId, RemarkId, ReplayId, RequestId, UploadId, WebhookId, WorkspaceId,
};
pub use keyring::{CreatedKey, Grantor, KEY_LEASE, KeyError, Keyring, NewKey, Unauthenticated, admit_policy_change};
pub use list::{Filter, ListPage, ListQuery, Position, Sort, ViewPage};
pub use principal::{Actor, KeyKind, KeyPrefix, KeyPrefixError, KeyRecord, Principal, Scope, Scopes, View};
pub use provenance::{Provenance, Source, StatedProvenance};
pub use recall::{Concern, Consumer, HandedOut, Progress, Recall, Spared, Target};
pub use release::{Handover, Release, Way};
pub use remark::Remark;
pub use search::{SearchTerms, SearchText, fold};
pub use tag::{Tag, TagError, Tags, TooManyTags};
pub use terms::{Purpose, StatedTerms, Terms, TermsError, Withheld};
pub use text::{ChangeText, Channel, Comment, Description, Filename, KeyName, Label, Market, TextError, Title, WebhookUrl, WorkspaceName};
pub use upload::Upload;
pub use usage::{DraftRetention, DraftRetentionError, Quantity, Quota, Usage};
pub use variant::Variant;
pub use version::{Version, VersionNumber, VersionNumberError, VersionStatus};
pub use webhook::{
    Delivery, DeliveryKind, DeliveryOutcome, DisabledReason, Failing, FormerSecret, Replay, SealedSecret, Standing, Subscription, Trouble,
    Webhook, WebhookFilters, WebhookSettings,
};
pub use webhooks::{FiltersPatch, Glance, RevealedWebhook, Turn, Wanted, WebhookError, WebhookPatch, WebhookPorts, Webhooks};
