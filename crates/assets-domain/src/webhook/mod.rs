//! Webhooks: who is told of events, and how it goes with them.

mod delivery;
mod standing;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Actor, AssetType, Description, Event, EventFilter, EventType, FieldError, Label, WebhookId, WebhookUrl, WorkspaceId};

pub use delivery::{Delivery, DeliveryKind, DeliveryOutcome, Replay, Trouble};
pub use standing::{DisabledReason, Failing, Standing};

/// Which events an endpoint is told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Of which types; at least one.
    pub types: BTreeSet<EventType>,
    /// Which of those.
    #[serde(default)]
    pub filters: WebhookFilters,
}

/// Which of the events of its types an endpoint is told of. What is not filled in asks for nothing; a filter about assets is met by
/// events about assets alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookFilters {
    /// About assets of one of these types.
    #[serde(default)]
    pub asset_types: BTreeSet<AssetType>,
    /// About assets of one of these campaigns.
    #[serde(default)]
    pub campaigns: BTreeSet<Label>,
    /// About assets that speak for one of these brands.
    #[serde(default)]
    pub brands: BTreeSet<Label>,
    /// Only those by which what is approved is something else than before.
    #[serde(default)]
    pub approval_changed: bool,
}

impl WebhookFilters {
    /// The most values of one filter.
    pub const MOST_VALUES: usize = 100;
}

impl Subscription {
    /// Whether an event is wanted.
    #[must_use]
    pub fn admits(&self, event: &Event) -> bool {
        let WebhookFilters { asset_types, campaigns, brands, approval_changed } = &self.filters;
        let change = event.asset_change();
        let is_among =
            |values: &BTreeSet<Label>, value: Option<&Label>| values.is_empty() || value.is_some_and(|value| values.contains(value));
        self.types.contains(&event.event_type)
            && (!approval_changed || event.approval_changed())
            && (asset_types.is_empty()
                || change.and_then(|change| change.asset_type).is_some_and(|asset_type| asset_types.contains(&asset_type)))
            && is_among(campaigns, change.and_then(|change| change.campaign_id.as_ref()))
            && is_among(brands, change.and_then(|change| change.brand_id.as_ref()))
    }

    /// What of it a feed can answer by itself.
    pub(crate) fn feed_filter(&self) -> EventFilter {
        EventFilter { types: Some(self.types.clone()), approval_changed: self.filters.approval_changed, ..EventFilter::default() }
    }

    /// Whether it makes sense.
    pub(crate) fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.types.is_empty() {
            errors.push(FieldError::of("types", "missing", "an endpoint is told of at least one type of event"));
        }
        let WebhookFilters { campaigns, brands, .. } = &self.filters;
        if campaigns.len().max(brands.len()) > WebhookFilters::MOST_VALUES {
            errors.push(FieldError::of("filters", "too_many", format!("must have at most {} values each", WebhookFilters::MOST_VALUES)));
        }
        errors
    }
}

/// A secret that is kept sealed: only the vault that made it can sign with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret(pub Vec<u8>);

/// The secret from before, by which is signed as well for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerSecret {
    /// The secret.
    pub secret: SealedSecret,
    /// Until when it is signed with.
    pub until: DateTime<Utc>,
}

/// What a webhook is set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSettings {
    /// Where events are sent.
    pub url: WebhookUrl,
    /// What it is for.
    pub description: Option<Description>,
    /// Which events.
    #[serde(flatten)]
    pub subscription: Subscription,
}

/// An endpoint that is told of the events of a workspace, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: WebhookId,
    /// What it is set to.
    pub settings: WebhookSettings,
    /// What it is signed with.
    pub secret: SealedSecret,
    /// What it was signed with before.
    pub former: Option<FormerSecret>,
    /// Up to which number of the feed everything was delivered, or did not concern it.
    pub cursor: u64,
    /// How it goes.
    pub standing: Standing,
    /// Who made it.
    pub created_by: Actor,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Raised by each change of settings, secrets or, by request, standing.
    pub revision: u64,
}

impl Webhook {
    /// The most webhooks of a workspace.
    pub const MOST: u64 = 20;
    /// For how long a secret that was replaced is signed with beside the new one.
    pub const ROTATION: TimeDelta = TimeDelta::hours(24);
    /// For how long what became of deliveries is kept.
    pub const LOG_LIFE: TimeDelta = TimeDelta::days(30);
    /// The most events that are delivered again at one request.
    pub const MOST_REPLAYED: u64 = 10_000;
    /// The most requests to deliver again that wait at one endpoint.
    pub const MOST_REPLAYS: u64 = 20;

    /// The secrets that a delivery at this moment is signed with, the newest first.
    #[must_use]
    pub fn secrets(&self, now: DateTime<Utc>) -> Vec<SealedSecret> {
        let former = self.former.iter().filter(|former| now < former.until).map(|former| former.secret.clone());
        std::iter::once(self.secret.clone()).chain(former).collect()
    }
}
