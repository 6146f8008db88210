//! The use cases of webhooks: who is told, and the telling.

mod round;

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    AssetType, Delivery, DeliveryId, DeliveryKind, Denied, Description, DisabledReason, EventId, EventType, FieldError, FormerSecret,
    Label, Principal, Remember, Replay, ReplayId, Scope, Standing, Subscription, Webhook, WebhookFilters, WebhookId, WebhookSettings,
    WebhookUrl, WorkspaceId,
    ports::{Barred, Breakage, Clock, Courier, Events, Ids, Parcel, WebhookRepository, WebhookVault, Wording},
};

pub use round::{Glance, Turn};

/// How often a change is tried anew because others were faster.
const MOST_ATTEMPTS: usize = 8;

/// Everything that webhooks need from outside.
#[derive(Clone)]
pub struct WebhookPorts {
    /// Where they are kept.
    pub webhooks: Arc<dyn WebhookRepository>,
    /// What they are told of.
    pub events: Arc<dyn Events>,
    /// Sends.
    pub courier: Arc<dyn Courier>,
    /// Makes their secrets.
    pub vault: Arc<dyn WebhookVault>,
    /// Writes what is sent.
    pub wording: Arc<dyn Wording>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes identifiers.
    pub ids: Arc<dyn Ids>,
}

/// The webhooks of all workspaces.
#[derive(Clone)]
pub struct Webhooks {
    ports: WebhookPorts,
}

/// A webhook with its secret, the only time that is shown.
#[derive(Clone)]
pub struct RevealedWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// The secret, `whsec_…`.
    pub secret: String,
}

/// What is to be changed of a webhook. `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookPatch {
    /// Another place to send to.
    pub url: Option<WebhookUrl>,
    /// Another description, or none.
    pub description: Option<Option<Description>>,
    /// Other types.
    pub types: Option<BTreeSet<EventType>>,
    /// Other filters.
    pub filters: Option<FiltersPatch>,
    /// Whether anything is delivered.
    pub enabled: Option<bool>,
}

/// What is to be changed of filters. `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FiltersPatch {
    /// Other types of assets.
    pub asset_types: Option<BTreeSet<AssetType>>,
    /// Other campaigns.
    pub campaigns: Option<BTreeSet<Label>>,
    /// Other brands.
    pub brands: Option<BTreeSet<Label>>,
    /// Whether only what changes approvals is told.
    pub approval_changed: Option<bool>,
}

impl FiltersPatch {
    /// No filter any more.
    #[must_use]
    pub fn none() -> Self {
        Self {
            asset_types: Some(BTreeSet::new()),
            campaigns: Some(BTreeSet::new()),
            brands: Some(BTreeSet::new()),
            approval_changed: Some(false),
        }
    }

    fn over(self, filters: WebhookFilters) -> WebhookFilters {
        WebhookFilters {
            asset_types: self.asset_types.unwrap_or(filters.asset_types),
            campaigns: self.campaigns.unwrap_or(filters.campaigns),
            brands: self.brands.unwrap_or(filters.brands),
            approval_changed: self.approval_changed.unwrap_or(filters.approval_changed),
        }
    }
}

/// What is to be delivered once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// One event that was tried before.
    Event(EventId),
    /// Every event that the endpoint is told of, behind a number and up to another; without that, up to where the endpoint is.
    Range {
        /// Behind this number.
        after: u64,
        /// Up to this one.
        until: Option<u64>,
    },
}

/// Why something about webhooks came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such webhook in the workspace.
    #[error("there is no such webhook")]
    NotFound,
    /// The workspace has as many as it may.
    #[error("a workspace may have {most} webhooks")]
    TooMany {
        /// How many it may have.
        most: u64,
    },
    /// Too much is to be delivered again already.
    #[error("{most} requests to deliver again wait already")]
    TooManyReplays {
        /// How many may.
        most: u64,
    },
    /// Nothing is delivered to it.
    #[error("the webhook is disabled")]
    Disabled,
    /// So many others changed it meanwhile that this change found no gap.
    #[error("the webhook is being changed by too many others at once")]
    Contended,
    /// Something asked for makes no sense.
    #[error("the request is not valid")]
    Invalid(Vec<FieldError>),
    /// Something outside broke.
    #[error(transparent)]
    Breakage(#[from] Breakage),
}

impl Webhooks {
    /// Webhooks over these ports.
    #[must_use]
    pub const fn new(ports: WebhookPorts) -> Self {
        Self { ports }
    }

    /// Makes a webhook, which is told of everything from now on.
    ///
    /// # Errors
    /// The caller may not; nothing may be sent there; the workspace has [`Webhook::MOST`].
    pub async fn create(
        &self,
        by: &Principal,
        settings: WebhookSettings,
        remember: Option<Remember<Webhook>>,
    ) -> Result<RevealedWebhook, WebhookError> {
        by.scopes.require(Scope::Admin)?;
        sensible(&settings.subscription)?;
        self.admitted(&settings.url).await?;
        let (id, now) = (WebhookId::new(self.ports.ids.next()), self.ports.clock.now());
        let minted = self.ports.vault.mint(id);
        let webhook = Webhook {
            workspace: by.workspace,
            id,
            settings,
            secret: minted.sealed,
            former: None,
            cursor: self.ports.events.head(by.workspace).await?,
            standing: Standing::Working,
            created_by: by.actor.clone(),
            created_at: now,
            revision: 1,
        };
        let receipt = remember.map(|remember| remember.receipt(&webhook));
        if self.ports.webhooks.add(&webhook, Webhook::MOST, receipt.as_ref()).await? {
            Ok(RevealedWebhook { webhook, secret: minted.secret })
        } else {
            Err(WebhookError::TooMany { most: Webhook::MOST })
        }
    }

    /// Every webhook of the workspace, oldest first.
    ///
    /// # Errors
    /// The caller may not.
    pub async fn list(&self, by: &Principal) -> Result<Vec<Webhook>, WebhookError> {
        by.scopes.require(Scope::Admin)?;
        Ok(self.ports.webhooks.webhooks(by.workspace).await?)
    }

    /// One webhook.
    ///
    /// # Errors
    /// The caller may not; there is none.
    pub async fn get(&self, by: &Principal, id: WebhookId) -> Result<Webhook, WebhookError> {
        by.scopes.require(Scope::Admin)?;
        self.find(by.workspace, id).await
    }

    /// Changes what a webhook is set to. One that is enabled again goes on where it was; one that is to send elsewhere, or failed,
    /// is tried at once.
    ///
    /// # Errors
    /// The caller may not; there is none; what it would be makes no sense.
    pub async fn update(&self, by: &Principal, id: WebhookId, patch: &WebhookPatch) -> Result<Webhook, WebhookError> {
        by.scopes.require(Scope::Admin)?;
        if let Some(url) = &patch.url {
            self.admitted(url).await?;
        }
        for _ in 0..MOST_ATTEMPTS {
            let before = self.find(by.workspace, id).await?;
            let now = self.ports.clock.now();
            let standing = match (patch.enabled, before.standing) {
                (Some(false), Standing::Disabled { .. }) => before.standing,
                (Some(false), _) => Standing::Disabled { since: now, reason: DisabledReason::Request },
                (Some(true), _) => Standing::Working,
                (None, Standing::Failing(_)) if patch.url.is_some() => Standing::Working,
                (None, standing) => standing,
            };
            let patched = patch.clone();
            let settings = WebhookSettings {
                url: patched.url.unwrap_or_else(|| before.settings.url.clone()),
                description: patched.description.unwrap_or_else(|| before.settings.description.clone()),
                subscription: Subscription {
                    types: patched.types.unwrap_or_else(|| before.settings.subscription.types.clone()),
                    filters: patched.filters.unwrap_or_default().over(before.settings.subscription.filters.clone()),
                },
            };
            sensible(&settings.subscription)?;
            let after = Webhook { settings, standing, revision: before.revision.saturating_add(1), ..before };
            if self.ports.webhooks.save(&after, None).await? {
                return Ok(after);
            }
        }
        Err(WebhookError::Contended)
    }

    /// Removes a webhook with all that is known of its deliveries.
    ///
    /// # Errors
    /// The caller may not; there is none.
    pub async fn delete(&self, by: &Principal, id: WebhookId) -> Result<(), WebhookError> {
        by.scopes.require(Scope::Admin)?;
        if self.ports.webhooks.remove(by.workspace, id).await? { Ok(()) } else { Err(WebhookError::NotFound) }
    }

    /// Makes another secret. For [`Webhook::ROTATION`] everything is signed by the one from before as well; one that was replaced
    /// earlier is not good any more.
    ///
    /// # Errors
    /// The caller may not; there is none.
    pub async fn rotate(
        &self,
        by: &Principal,
        id: WebhookId,
        remember: Option<Remember<Webhook>>,
    ) -> Result<RevealedWebhook, WebhookError> {
        by.scopes.require(Scope::Admin)?;
        let minted = self.ports.vault.mint(id);
        for _ in 0..MOST_ATTEMPTS {
            let before = self.find(by.workspace, id).await?;
            let former = FormerSecret { secret: before.secret.clone(), until: self.ports.clock.now() + Webhook::ROTATION };
            let revision = before.revision.saturating_add(1);
            let webhook = Webhook { secret: minted.sealed.clone(), former: Some(former), revision, ..before };
            let receipt = remember.as_ref().map(|remember| remember.receipt(&webhook));
            if self.ports.webhooks.save(&webhook, receipt.as_ref()).await? {
                return Ok(RevealedWebhook { webhook, secret: minted.secret });
            }
        }
        Err(WebhookError::Contended)
    }

    /// Sends something that is no event, now, whatever else waits, and says what came of it. If it arrived, an endpoint that fails is
    /// tried again at once.
    ///
    /// # Errors
    /// The caller may not; there is none.
    pub async fn ping(&self, by: &Principal, id: WebhookId) -> Result<Delivery, WebhookError> {
        let webhook = self.get(by, id).await?;
        let event = EventId::new(self.ports.ids.next());
        let body = self.ports.wording.ping(&webhook, event, self.ports.clock.now());
        let sent = Sent { kind: DeliveryKind::Ping, event, sequence: 0, attempt: 1 };
        let delivery = self.send(&webhook, sent, body).await;
        self.ports.webhooks.log(&delivery).await?;
        if delivery.outcome.is_delivered() {
            self.ports.webhooks.hurry(by.workspace, id).await?;
        }
        Ok(delivery)
    }

    /// Has events delivered once more, before what is read next. Each has the id that it had.
    ///
    /// # Errors
    /// The caller may not; there is no such webhook, or it is disabled; the range makes no sense, or the event was never tried there.
    pub async fn replay(
        &self,
        by: &Principal,
        id: WebhookId,
        wanted: Wanted,
        remember: Option<Remember<Replay>>,
    ) -> Result<Replay, WebhookError> {
        let webhook = self.get(by, id).await?;
        if webhook.standing.is_disabled() {
            return Err(WebhookError::Disabled);
        }
        let (after, until) = match wanted {
            Wanted::Event(event) => {
                let unknown = || invalid("event_id", "not_found", "must be an event that was sent to this webhook in the last 30 days");
                let sequence = self.ports.webhooks.tried(by.workspace, id, event).await?.filter(|sequence| *sequence > 0);
                let sequence = sequence.ok_or_else(unknown)?;
                (sequence.saturating_sub(1), sequence)
            }
            // What is behind the cursor comes by itself.
            Wanted::Range { after, until } => (after, until.unwrap_or(webhook.cursor).min(webhook.cursor)),
        };
        if after >= until {
            return Err(invalid("after", "nothing", "must be a number behind which this webhook was told of something, up to `until`"));
        }
        if until.saturating_sub(after) > Webhook::MOST_REPLAYED {
            return Err(invalid("until", "too_many", format!("must be at most {} behind `after`", Webhook::MOST_REPLAYED)));
        }
        let is_exact = matches!(wanted, Wanted::Event(_));
        let replay = Replay { workspace: by.workspace, webhook: id, id: ReplayId::new(self.ports.ids.next()), after, until, is_exact };
        let receipt = remember.map(|remember| remember.receipt(&replay));
        if self.ports.webhooks.add_replay(&replay, Webhook::MOST_REPLAYS, receipt.as_ref()).await? {
            Ok(replay)
        } else {
            Err(WebhookError::TooManyReplays { most: Webhook::MOST_REPLAYS })
        }
    }

    /// What was tried at an endpoint, newest first, behind one of them.
    ///
    /// # Errors
    /// The caller may not; there is no such webhook.
    pub async fn deliveries(
        &self,
        by: &Principal,
        id: WebhookId,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>, WebhookError> {
        self.get(by, id).await?;
        Ok(self.ports.webhooks.deliveries(by.workspace, id, after, limit).await?)
    }

    async fn find(&self, workspace: WorkspaceId, id: WebhookId) -> Result<Webhook, WebhookError> {
        self.ports.webhooks.webhook(workspace, id).await?.ok_or(WebhookError::NotFound)
    }

    async fn admitted(&self, url: &WebhookUrl) -> Result<(), WebhookError> {
        self.ports.courier.admit(url).await.map_err(|Barred(why)| invalid("url", "forbidden_address", why))
    }

    /// Sends something, and says how it went.
    async fn send(&self, webhook: &Webhook, sent: Sent, body: Vec<u8>) -> Delivery {
        let Sent { kind, event, sequence, attempt } = sent;
        let (at, began) = (self.ports.clock.now(), self.ports.clock.running());
        let parcel = Parcel { webhook: webhook.id, url: webhook.settings.url.clone(), secrets: webhook.secrets(at), id: event, body, at };
        let outcome = self.ports.courier.deliver(parcel).await;
        let took = self.ports.clock.running().saturating_sub(began);
        Delivery {
            workspace: webhook.workspace,
            webhook: webhook.id,
            id: DeliveryId::new(self.ports.ids.next()),
            kind,
            event,
            sequence,
            attempt,
            at,
            latency_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            outcome,
        }
    }

    /// Forgets what was tried longer ago than [`Webhook::LOG_LIFE`].
    ///
    /// # Errors
    /// Something broke.
    pub async fn forget(&self) -> Result<u64, Breakage> {
        self.ports.webhooks.forget_deliveries(self.ports.clock.now() - Webhook::LOG_LIFE).await
    }

    fn until(&self, lease: TimeDelta) -> DateTime<Utc> {
        self.ports.clock.now() + lease
    }
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
struct Sent {
    kind: DeliveryKind,
    event: EventId,
    sequence: u64,
    attempt: u32,
}

fn invalid(field: &'static str, kind: &'static str, message: impl Into<String>) -> WebhookError {
    WebhookError::Invalid(vec![FieldError::of(field, kind, message)])
}

fn sensible(subscription: &Subscription) -> Result<(), WebhookError> {
    let errors = subscription.check();
    if errors.is_empty() { Ok(()) } else { Err(WebhookError::Invalid(errors)) }
}
