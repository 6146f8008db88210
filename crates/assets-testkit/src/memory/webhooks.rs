use std::cmp::Reverse;

use assets_domain::{
    Delivery, DeliveryId, EventId, Replay, Standing, Webhook, WebhookId, WorkspaceId,
    ports::{Breakage, Holder, Receipt, Settlement, WebhookRepository},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{InMemoryAssets, Tables};

/// An endpoint with what became of its deliveries.
#[derive(Debug)]
pub(super) struct KeptWebhook {
    webhook: Webhook,
    held: Option<(Holder, DateTime<Utc>)>,
    /// When its last turn ended.
    served_at: DateTime<Utc>,
    deliveries: Vec<Delivery>,
    replays: Vec<Replay>,
}

impl KeptWebhook {
    fn is_free(&self, holder: Holder, now: DateTime<Utc>) -> bool {
        self.webhook.standing.next_attempt_at().is_some_and(|at| at <= now)
            && self.held.is_none_or(|(held_by, until)| held_by == holder || until <= now)
    }

    fn is_of(&self, holder: Holder) -> bool {
        self.held.is_some_and(|(held_by, _)| held_by == holder)
    }
}

impl Tables {
    fn webhook_mut(&mut self, workspace: WorkspaceId, id: WebhookId) -> Option<&mut KeptWebhook> {
        self.webhooks.get_mut(&(workspace, id))
    }

    fn webhooks_of(&self, workspace: WorkspaceId) -> impl Iterator<Item = &KeptWebhook> {
        self.webhooks.iter().filter(move |((owner, _), _)| *owner == workspace).map(|(_, kept)| kept)
    }
}

#[async_trait]
impl WebhookRepository for InMemoryAssets {
    async fn add(&self, webhook: &Webhook, most: u64, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        if tables.webhooks_of(webhook.workspace).count() >= most.try_into().expect("a small number") {
            return Ok(false);
        }
        let kept = KeptWebhook {
            webhook: webhook.clone(),
            held: None,
            served_at: DateTime::UNIX_EPOCH,
            deliveries: Vec::new(),
            replays: Vec::new(),
        };
        tables.webhooks.insert((webhook.workspace, webhook.id), kept);
        if let Some(receipt) = receipt {
            tables.keep_answer(webhook.workspace, receipt);
        }
        Ok(true)
    }

    async fn webhooks(&self, workspace: WorkspaceId) -> Result<Vec<Webhook>, Breakage> {
        Ok(self.tables().webhooks_of(workspace).map(|kept| kept.webhook.clone()).collect())
    }

    async fn webhook(&self, workspace: WorkspaceId, id: WebhookId) -> Result<Option<Webhook>, Breakage> {
        Ok(self.tables().webhooks.get(&(workspace, id)).map(|kept| kept.webhook.clone()))
    }

    async fn save(&self, webhook: &Webhook, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let kept = tables.webhook_mut(webhook.workspace, webhook.id);
        let Some(kept) = kept.filter(|kept| kept.webhook.revision + 1 == webhook.revision) else { return Ok(false) };
        kept.webhook = Webhook { cursor: kept.webhook.cursor, ..webhook.clone() };
        if let Some(receipt) = receipt {
            tables.keep_answer(webhook.workspace, receipt);
        }
        Ok(true)
    }

    async fn remove(&self, workspace: WorkspaceId, id: WebhookId) -> Result<bool, Breakage> {
        Ok(self.tables().webhooks.remove(&(workspace, id)).is_some())
    }

    async fn due(&self, holder: Holder, now: DateTime<Utc>, limit: u32) -> Result<Vec<(Webhook, u64, bool)>, Breakage> {
        let tables = self.tables();
        let mut due: Vec<_> = tables
            .webhooks
            .values()
            .filter(|kept| kept.is_free(holder, now))
            .filter(|kept| !kept.replays.is_empty() || kept.webhook.cursor < tables.changes(kept.webhook.workspace))
            .collect();
        due.sort_by_key(|kept| kept.served_at);
        due.truncate(limit.try_into().expect("a page fits into memory"));
        Ok(due.into_iter().map(|kept| (kept.webhook.clone(), tables.changes(kept.webhook.workspace), !kept.replays.is_empty())).collect())
    }

    async fn claim(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        holder: Holder,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Webhook>, Breakage> {
        let mut tables = self.tables();
        let Some(kept) = tables.webhook_mut(workspace, id).filter(|kept| kept.is_free(holder, now)) else { return Ok(None) };
        kept.held = Some((holder, until));
        Ok(Some(kept.webhook.clone()))
    }

    async fn settle(&self, settlement: &Settlement) -> Result<Option<u64>, Breakage> {
        let Settlement { workspace, webhook, holder, until, standing, revision, cursor, replay, delivery, event } = settlement.clone();
        let mut tables = self.tables();
        let Some(kept) = tables.webhook_mut(workspace, webhook).filter(|kept| kept.is_of(holder)) else { return Ok(None) };
        let is_unchanged = kept.webhook.revision == revision;
        if event.is_some() && !is_unchanged {
            return Ok(None);
        }
        kept.held = Some((holder, until));
        kept.webhook.cursor = cursor;
        if is_unchanged {
            kept.webhook.standing = standing;
            kept.webhook.revision += u64::from(event.is_some());
        }
        if let Some((id, after)) = replay {
            kept.replays.retain(|replay| replay.id != id || after.is_some());
            for replay in kept.replays.iter_mut().filter(|replay| replay.id == id) {
                replay.after = after.unwrap_or(replay.after);
            }
        }
        kept.deliveries.extend(delivery);
        let revision = kept.webhook.revision;
        if let Some(event) = event {
            tables.append(&event);
            drop(tables);
            self.ring(workspace);
        }
        Ok(Some(revision))
    }

    async fn release(&self, workspace: WorkspaceId, id: WebhookId, holder: Holder, now: DateTime<Utc>) -> Result<(), Breakage> {
        if let Some(kept) = self.tables().webhook_mut(workspace, id).filter(|kept| kept.is_of(holder)) {
            (kept.held, kept.served_at) = (None, now);
        }
        Ok(())
    }

    async fn hurry(&self, workspace: WorkspaceId, id: WebhookId) -> Result<(), Breakage> {
        if let Some(KeptWebhook { webhook: Webhook { standing: Standing::Failing(failing), .. }, .. }) =
            self.tables().webhook_mut(workspace, id)
        {
            failing.next_attempt_at = DateTime::UNIX_EPOCH;
        }
        Ok(())
    }

    async fn log(&self, delivery: &Delivery) -> Result<(), Breakage> {
        if let Some(kept) = self.tables().webhook_mut(delivery.workspace, delivery.webhook) {
            kept.deliveries.push(delivery.clone());
        }
        Ok(())
    }

    async fn deliveries(
        &self,
        workspace: WorkspaceId,
        webhook: WebhookId,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>, Breakage> {
        let tables = self.tables();
        let mut deliveries = tables.webhooks.get(&(workspace, webhook)).map_or_else(Vec::new, |kept| kept.deliveries.clone());
        deliveries.retain(|delivery| after.is_none_or(|after| delivery.id < after));
        deliveries.sort_by_key(|delivery| Reverse(delivery.id));
        deliveries.truncate(limit.try_into().expect("a page fits into memory"));
        Ok(deliveries)
    }

    async fn tried(&self, workspace: WorkspaceId, webhook: WebhookId, event: EventId) -> Result<Option<u64>, Breakage> {
        let tables = self.tables();
        let kept = tables.webhooks.get(&(workspace, webhook));
        Ok(kept.and_then(|kept| kept.deliveries.iter().find(|delivery| delivery.event == event)).map(|delivery| delivery.sequence))
    }

    async fn add_replay(&self, replay: &Replay, most: u64, receipt: Option<&Receipt>) -> Result<bool, Breakage> {
        let mut tables = self.tables();
        let Some(kept) = tables.webhook_mut(replay.workspace, replay.webhook) else { return Ok(false) };
        if kept.replays.len() >= most.try_into().expect("a small number") {
            return Ok(false);
        }
        kept.replays.push(replay.clone());
        if let Some(receipt) = receipt {
            tables.keep_answer(replay.workspace, receipt);
        }
        Ok(true)
    }

    async fn replay(&self, workspace: WorkspaceId, webhook: WebhookId) -> Result<Option<Replay>, Breakage> {
        Ok(self.tables().webhooks.get(&(workspace, webhook)).and_then(|kept| kept.replays.iter().min_by_key(|replay| replay.id).cloned()))
    }

    async fn forget_deliveries(&self, before: DateTime<Utc>) -> Result<u64, Breakage> {
        let mut forgotten: u64 = 0;
        for kept in self.tables().webhooks.values_mut() {
            let had = kept.deliveries.len();
            kept.deliveries.retain(|delivery| delivery.at >= before);
            forgotten += u64::try_from(had - kept.deliveries.len()).expect("fewer than 2^64");
        }
        Ok(forgotten)
    }
}
