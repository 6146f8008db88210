use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    Delivery, DeliveryId, DeliveryOutcome, Event, EventId, Recorded, Replay, ReplayId, SealedSecret, Standing, Webhook, WebhookId,
    WebhookUrl, WorkspaceId, id::Holder,
};

use super::{Breakage, Receipt};

/// What became of an attempt, or how far was looked, by whoever has the lease of the endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Whose.
    pub workspace: WorkspaceId,
    /// At which endpoint.
    pub webhook: WebhookId,
    /// Who has its lease.
    pub holder: Holder,
    /// Until when, from now on.
    pub until: DateTime<Utc>,
    /// How it goes now. By itself, it disables only what nobody has changed since.
    pub standing: Standing,
    /// The revision that was gone by.
    pub revision: u64,
    /// Where in the feed it is now.
    pub cursor: u64,
    /// Where a request to deliver again is now: behind which number it goes on, or `None` if it is through.
    pub replay: Option<(ReplayId, Option<u64>)>,
    /// What was tried.
    pub delivery: Option<Delivery>,
    /// What others are told of it.
    pub event: Option<Event>,
}

/// Where endpoints are kept, with what became of their deliveries.
///
/// Settings change by compare-and-swap on the revision. How far an endpoint is and how it goes, whoever has its lease writes; the
/// lease of one who is silent passes on, so that an attempt may be repeated. What is settled is settled whole.
#[async_trait]
pub trait WebhookRepository: Send + Sync {
    /// Adds a webhook, unless its workspace has so many already. Answers whether it did.
    async fn add(&self, webhook: &Webhook, most: u64, receipt: Option<&Receipt>) -> Result<bool, Breakage>;

    /// Every webhook of a workspace, oldest first.
    async fn webhooks(&self, workspace: WorkspaceId) -> Result<Vec<Webhook>, Breakage>;

    /// One webhook.
    async fn webhook(&self, workspace: WorkspaceId, id: WebhookId) -> Result<Option<Webhook>, Breakage>;

    /// Saves settings, secrets and standing (not the cursor), if the webhook is still at the revision before that of the given one.
    /// Answers whether it was.
    async fn save(&self, webhook: &Webhook, receipt: Option<&Receipt>) -> Result<bool, Breakage>;

    /// Removes a webhook with all that is known of its deliveries. Answers whether it was there.
    async fn remove(&self, workspace: WorkspaceId, id: WebhookId) -> Result<bool, Breakage>;

    /// Webhooks of all workspaces for which something may be done now: they are not disabled, their next attempt may be made,
    /// nobody else has their lease, and there are events behind their cursor or requests to deliver again. Those that had no turn
    /// for longest come first. The number is that of the newest event of the workspace; the truth is whether something is to be delivered
    /// again.
    async fn due(&self, holder: Holder, now: DateTime<Utc>, limit: u32) -> Result<Vec<(Webhook, u64, bool)>, Breakage>;

    /// Takes the lease of a webhook until a moment, if it may be tried now and nobody else has it. Answers it as it is.
    async fn claim(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        holder: Holder,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Webhook>, Breakage>;

    /// Settles an attempt, and extends the lease; to disable is to change the webhook, and raises its revision. Answers the revision
    /// that it is at, or `None` if nothing was settled,
    /// because the lease has passed on, the webhook is gone, or it was to be disabled and somebody has changed it.
    async fn settle(&self, settlement: &Settlement) -> Result<Option<u64>, Breakage>;

    /// Gives a lease back, if the holder still has it.
    async fn release(&self, workspace: WorkspaceId, id: WebhookId, holder: Holder, now: DateTime<Utc>) -> Result<(), Breakage>;

    /// Has an endpoint that fails tried at once.
    async fn hurry(&self, workspace: WorkspaceId, id: WebhookId) -> Result<(), Breakage>;

    /// Keeps what became of an attempt that nothing else depends on, if the webhook is there.
    async fn log(&self, delivery: &Delivery) -> Result<(), Breakage>;

    /// What was tried at an endpoint, newest first, behind one of them.
    async fn deliveries(
        &self,
        workspace: WorkspaceId,
        webhook: WebhookId,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>, Breakage>;

    /// The number of an event that was tried at an endpoint, unless that is forgotten.
    async fn tried(&self, workspace: WorkspaceId, webhook: WebhookId, event: EventId) -> Result<Option<u64>, Breakage>;

    /// Adds a request to deliver again, unless so many wait already. Answers whether it did.
    async fn add_replay(&self, replay: &Replay, most: u64, receipt: Option<&Receipt>) -> Result<bool, Breakage>;

    /// The oldest request to deliver again of an endpoint.
    async fn replay(&self, workspace: WorkspaceId, webhook: WebhookId) -> Result<Option<Replay>, Breakage>;

    /// Forgets what was tried before a moment. Answers how much that was.
    async fn forget_deliveries(&self, before: DateTime<Utc>) -> Result<u64, Breakage>;
}

/// A secret fresh from the vault. It is shown once; what is kept of it is sealed.
#[derive(Clone)]
pub struct MintedSecret {
    /// The secret as receivers configure it, `whsec_…`.
    pub secret: String,
    /// What is kept of it.
    pub sealed: SealedSecret,
}

/// Makes the secrets of webhooks, and signs with them. No secret leaves it but when it is made.
pub trait WebhookVault: Send + Sync {
    /// Makes a secret for a webhook.
    fn mint(&self, webhook: WebhookId) -> MintedSecret;

    /// HMAC-SHA-256 of a message under a secret; `None` if that was not sealed for this webhook by this installation.
    fn mac(&self, webhook: WebhookId, secret: &SealedSecret, message: &[u8]) -> Option<[u8; 32]>;
}

/// Something that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// For which webhook.
    pub webhook: WebhookId,
    /// Where to.
    pub url: WebhookUrl,
    /// By which secrets it is signed.
    pub secrets: Vec<SealedSecret>,
    /// What it is known by: `webhook-id`.
    pub id: EventId,
    /// The body, as JSON.
    pub body: Vec<u8>,
    /// When it is sent: `webhook-timestamp`.
    pub at: DateTime<Utc>,
}

/// An address where nothing may be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Barred(pub &'static str);

/// Sends, and only where it may.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Whether something may be sent there as things are. It is asked again whenever something is.
    async fn admit(&self, url: &WebhookUrl) -> Result<(), Barred>;

    /// Sends something, and says what came of it, within ten seconds.
    async fn deliver(&self, parcel: Parcel) -> DeliveryOutcome;
}

/// Writes what is sent.
pub trait Wording: Send + Sync {
    /// The body for an event.
    fn event(&self, recorded: &Recorded) -> Vec<u8>;

    /// The body for a ping of a webhook.
    fn ping(&self, webhook: &Webhook, id: EventId, at: DateTime<Utc>) -> Vec<u8>;
}
