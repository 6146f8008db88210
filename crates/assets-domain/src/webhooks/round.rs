//! The telling: whoever has the lease of an endpoint delivers what waits for it, one thing after the other.
//!
//! What came of an attempt is settled before the next is made. Whoever is killed in between leaves something that arrived and is
//! not known to have: it is sent once more, with the same id. Nothing is passed over, and nothing comes before what was before it.

use std::{collections::VecDeque, time::Duration};

use chrono::TimeDelta;

use crate::{
    Delivery, DeliveryKind, Event, EventId, Recorded, Replay, Standing, Webhook, WebhookId, WorkspaceId,
    ports::{Breakage, Holder, Settlement},
};

use super::{Sent, Webhooks};

/// For how long a lease is good: longer than an attempt may take, with the time to settle it.
const LEASE: TimeDelta = TimeDelta::seconds(15);
/// For how long one endpoint has its turn, so that others have theirs.
const TURN: Duration = Duration::from_secs(20);
/// How many events are read at a time.
const PAGE: u32 = 100;
/// How far the kept cursor may lag behind events that nobody was told of.
const LAG: u64 = 1000;

/// An endpoint for which something may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub webhook: WebhookId,
    /// The revision that it was looked at in.
    pub revision: u64,
    /// Up to where there is nothing for it.
    pub clear_to: u64,
    /// Whether it is to have its turn.
    pub is_wanted: bool,
}

/// What was done in one turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// Every attempt.
    pub attempts: u64,
    /// Whether the turn ended before everything was done.
    pub is_cut_short: bool,
}

enum Next {
    /// To be sent, and where the cursor, or the replay, is then.
    Send(Box<Recorded>, Option<Replay>),
    /// Nothing is wanted up to here.
    Pass {
        cursor: u64,
        replay: Option<Replay>,
    },
    Nothing,
}

impl Webhooks {
    /// Webhooks for which something may be done now, those that had no turn for longest first. `clear_to` says up to where it is
    /// known already that there is nothing for a webhook at a revision.
    ///
    /// # Errors
    /// Something broke.
    pub async fn due(
        &self,
        holder: Holder,
        limit: u32,
        clear_to: impl Fn(WebhookId, u64) -> Option<u64> + Send,
    ) -> Result<Vec<Glance>, Breakage> {
        let mut glances = Vec::new();
        for (webhook, head, has_replay) in self.ports.webhooks.due(holder, self.ports.clock.now(), limit).await? {
            let known = clear_to(webhook.id, webhook.revision).unwrap_or_default().max(webhook.cursor);
            let (mut clear, mut is_wanted) = (known, has_replay);
            while !is_wanted && clear < head {
                let page = self.ports.events.after(webhook.workspace, clear, &webhook.settings.subscription.feed_filter(), PAGE).await?;
                is_wanted = page.items.iter().any(|recorded| webhook.settings.subscription.admits(&recorded.event));
                if !is_wanted {
                    if page.next_after <= clear {
                        break;
                    }
                    clear = page.next_after;
                    is_wanted = clear.saturating_sub(webhook.cursor) >= LAG;
                }
            }
            let Webhook { workspace, id, revision, .. } = webhook;
            glances.push(Glance { workspace, webhook: id, revision, clear_to: clear, is_wanted });
        }
        Ok(glances)
    }

    /// Gives an endpoint its turn: until nothing waits for it, an attempt fails, or its time is over. `goes_on` is asked before each
    /// attempt. `None` if somebody else has it.
    ///
    /// # Errors
    /// Something broke. The lease runs out by itself.
    pub async fn serve(
        &self,
        workspace: WorkspaceId,
        id: WebhookId,
        holder: Holder,
        mut seen: impl FnMut(&Delivery) + Send,
        goes_on: impl Fn() -> bool + Send,
    ) -> Result<Option<Turn>, Breakage> {
        let now = self.ports.clock.now();
        let Some(webhook) = self.ports.webhooks.claim(workspace, id, holder, now, now + LEASE).await? else { return Ok(None) };
        let began = self.ports.clock.running();
        let mut visit = Visit { webhooks: self, webhook, holder, ready: VecDeque::new(), replay: None };
        let mut round = Turn::default();
        loop {
            if !goes_on() || self.ports.clock.running().saturating_sub(began) > TURN {
                round.is_cut_short = true;
                break;
            }
            let goes_well = match visit.next().await? {
                Next::Nothing => break,
                Next::Pass { cursor, replay } => visit.pass(cursor, replay).await?,
                Next::Send(recorded, replay) => {
                    round.attempts = round.attempts.saturating_add(1);
                    visit.attempt(&recorded, replay, &mut seen).await?
                }
            };
            if !goes_well {
                break;
            }
        }
        self.ports.webhooks.release(workspace, id, holder, self.ports.clock.now()).await?;
        Ok(Some(round))
    }
}

/// The turn of one endpoint.
struct Visit<'a> {
    webhooks: &'a Webhooks,
    webhook: Webhook,
    holder: Holder,
    /// What was read of the feed, in its order.
    ready: VecDeque<Next>,
    /// What is being delivered again.
    replay: Option<Replay>,
}

impl Visit<'_> {
    /// What is done next: first what somebody asked for once more, then what is new.
    async fn next(&mut self) -> Result<Next, Breakage> {
        if let Some(next) = self.ready.pop_front() {
            return Ok(next);
        }
        let ports = &self.webhooks.ports;
        self.replay = ports.webhooks.replay(self.webhook.workspace, self.webhook.id).await?;
        let subscription = &self.webhook.settings.subscription;
        let from = self.replay.as_ref().map_or(self.webhook.cursor, |replay| replay.after);
        let is_exact = self.replay.as_ref().is_some_and(|replay| replay.is_exact);
        let filter = if is_exact { crate::EventFilter::default() } else { subscription.feed_filter() };
        let limit = if is_exact { 1 } else { PAGE };
        let page = ports.events.after(self.webhook.workspace, from, &filter, limit).await?;
        let end = self.replay.as_ref().map_or(u64::MAX, |replay| replay.until);
        let mut last = from;
        for recorded in page.items {
            if recorded.sequence <= end && (is_exact || subscription.admits(&recorded.event)) {
                last = recorded.sequence;
                self.ready.push_back(Next::Send(Box::new(recorded), self.replay.clone()));
            }
        }
        let reached = page.next_after.min(end);
        // A replay of which nothing is left ends, too.
        let is_more_to_tell = if self.replay.is_some() { last < end || self.ready.is_empty() } else { reached > last };
        if is_more_to_tell {
            self.ready.push_back(Next::Pass { cursor: reached, replay: self.replay.clone() });
        }
        Ok(self.ready.pop_front().unwrap_or(Next::Nothing))
    }

    /// Goes on to where nothing is wanted before. Answers whether the visit may go on.
    async fn pass(&mut self, reached: u64, replay: Option<Replay>) -> Result<bool, Breakage> {
        match replay {
            Some(replay) => {
                // A feed that ends before what was asked for has nothing more for it.
                let is_through = reached >= replay.until || reached <= replay.after;
                let progress = Some((replay.id, (!is_through).then_some(reached)));
                self.settle(self.webhook.cursor, progress, None, self.webhook.standing).await
            }
            None => self.settle(reached, None, None, self.webhook.standing).await,
        }
    }

    async fn attempt(
        &mut self,
        recorded: &Recorded,
        replay: Option<Replay>,
        seen: &mut (impl FnMut(&Delivery) + Send),
    ) -> Result<bool, Breakage> {
        let kind = if replay.is_some() { DeliveryKind::Replay } else { DeliveryKind::Event };
        let sent = Sent { kind, event: recorded.event.id, sequence: recorded.sequence, attempt: self.webhook.standing.attempt() };
        let body = self.webhooks.ports.wording.event(recorded);
        let delivery = self.webhooks.send(&self.webhook, sent, body).await;
        seen(&delivery);
        let now = self.webhooks.ports.clock.now();
        let standing = self.webhook.standing.after(delivery.outcome, now, delivery.id.as_uuid().as_u128());
        let (mut cursor, mut progress) = (self.webhook.cursor, None);
        if delivery.outcome.is_delivered() {
            match replay {
                Some(replay) => progress = Some((replay.id, (recorded.sequence < replay.until).then_some(recorded.sequence))),
                None => cursor = recorded.sequence,
            }
        }
        let is_delivered = delivery.outcome.is_delivered();
        Ok(self.settle(cursor, progress, Some(delivery), standing).await? && is_delivered)
    }

    async fn settle(
        &mut self,
        cursor: u64,
        replay: Option<(crate::ReplayId, Option<u64>)>,
        delivery: Option<Delivery>,
        standing: Standing,
    ) -> Result<bool, Breakage> {
        let ports = &self.webhooks.ports;
        let event = match standing {
            Standing::Disabled { since, reason } => {
                Some(Event::webhook_disabled(EventId::new(ports.ids.next()), &self.webhook, reason, since))
            }
            Standing::Working | Standing::Failing(_) => None,
        };
        let settlement = Settlement {
            workspace: self.webhook.workspace,
            webhook: self.webhook.id,
            holder: self.holder,
            until: self.webhooks.until(LEASE),
            standing,
            revision: self.webhook.revision,
            cursor,
            replay,
            delivery,
            event,
        };
        let Some(revision) = ports.webhooks.settle(&settlement).await? else { return Ok(false) };
        self.webhook.cursor = cursor;
        self.webhook.standing = standing;
        // Somebody changed it meanwhile: the next turn goes by what it is now.
        Ok(revision == self.webhook.revision)
    }
}
