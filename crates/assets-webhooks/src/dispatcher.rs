//! Gives each endpoint its turn.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use assets_domain::{
    Delivery, Glance, WebhookId, Webhooks,
    ports::{Bell, Breakage, Holder},
};
use futures_util::StreamExt;
use tokio::{
    sync::Notify,
    task::{Id, JoinError, JoinSet},
    time::{Instant, sleep, timeout},
};

/// How often it is looked whether something waits, whatever is heard.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How far two looks are apart at least, however often it rings.
const REST: Duration = Duration::from_millis(25);
/// How many endpoints have their turn at once in one process.
const MOST_AT_ONCE: usize = 128;
/// How often old deliveries are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// For how long what is under way may take when the service stops.
const DRAIN: Duration = Duration::from_secs(11);

/// Gives each endpoint its turn in this process, as long as it runs: when something was committed, when an attempt is due, and once a
/// second besides.
#[derive(Clone)]
pub struct Dispatcher {
    webhooks: Webhooks,
    holder: Holder,
    stops: Arc<AtomicBool>,
    wake: Arc<Notify>,
    /// Up to where it is known that there is nothing for a webhook, at a revision.
    clear: Arc<Mutex<HashMap<WebhookId, (u64, u64)>>>,
}

impl Dispatcher {
    /// A dispatcher that is known to others by an id of its process.
    #[must_use]
    pub fn new(webhooks: Webhooks, holder: Holder) -> Self {
        Self { webhooks, holder, stops: Arc::default(), wake: Arc::default(), clear: Arc::default() }
    }

    /// Works until it is to [stop](Self::stop).
    pub async fn run(&self, bell: Arc<dyn Bell>) {
        let mut rings = bell.listen();
        let (mut turns, mut running): (JoinSet<()>, HashMap<Id, WebhookId>) = (JoinSet::new(), HashMap::new());
        let mut forgets_at = Instant::now();
        let mut is_deaf = false;
        while !self.stops.load(Ordering::Relaxed) {
            if let Err(breakage) = self.look(&mut turns, &mut running).await {
                tracing::error!(error = %breakage, "webhooks cannot be looked at");
            }
            if Instant::now() >= forgets_at {
                forgets_at = Instant::now() + FORGET_EVERY;
                // What is known of webhooks that are gone goes with the rest, and is found out again.
                self.clear.lock().unwrap_or_else(PoisonError::into_inner).clear();
                if let Err(breakage) = self.webhooks.forget().await {
                    tracing::error!(error = %breakage, "old deliveries are not forgotten");
                }
            }
            tokio::select! {
                () = sleep(LOOK_EVERY) => {}
                ring = rings.next(), if !is_deaf => is_deaf = ring.is_none(),
                Some(ended) = turns.join_next_with_id() => Self::end(ended, &mut running),
                () = self.wake.notified() => {}
            }
            // What rings meanwhile is heard once.
            sleep(REST).await;
            while let Some(ended) = turns.try_join_next_with_id() {
                Self::end(ended, &mut running);
            }
            while !is_deaf && let Some(ring) = futures_util::FutureExt::now_or_never(rings.next()) {
                is_deaf = ring.is_none();
            }
        }
        // What was sent is settled, if it can be.
        let ended = timeout(DRAIN, async { while turns.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::warn!("a delivery was broken off; it is repeated");
        }
    }

    /// Begins no attempt any more.
    pub fn stop(&self) {
        self.stops.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }

    /// A turn is over, however it ended. The lease does not keep this process from a second one: what runs must be known.
    fn end(ended: Result<(Id, ()), JoinError>, running: &mut HashMap<Id, WebhookId>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        running.remove(&id);
    }

    async fn look(&self, turns: &mut JoinSet<()>, running: &mut HashMap<Id, WebhookId>) -> Result<(), Breakage> {
        let free = MOST_AT_ONCE.saturating_sub(turns.len());
        // Those that have their turn here are among those that are due.
        let limit = u32::try_from(free.saturating_add(running.len())).unwrap_or(u32::MAX);
        let clear = self.clear.clone();
        let clear_to = move |id, revision| {
            let clear = clear.lock().unwrap_or_else(PoisonError::into_inner);
            clear.get(&id).filter(|(at, _)| *at == revision).map(|(_, clear_to)| *clear_to)
        };
        for glance in self.webhooks.due(self.holder, limit, clear_to).await? {
            let Glance { workspace, webhook, revision, clear_to, is_wanted } = glance;
            self.clear.lock().unwrap_or_else(PoisonError::into_inner).insert(webhook, (revision, clear_to));
            if !is_wanted || turns.len() >= MOST_AT_ONCE || running.values().any(|one| *one == webhook) {
                continue;
            }
            let this = self.clone();
            let turn = turns.spawn(async move {
                let goes_on = || !this.stops.load(Ordering::Relaxed);
                if let Err(breakage) = this.webhooks.serve(workspace, webhook, this.holder, note, goes_on).await {
                    tracing::error!(error = %breakage, %webhook, "what became of a delivery could not be kept; it is repeated");
                }
            });
            running.insert(turn.id(), webhook);
        }
        Ok(())
    }
}

/// What the metrics and the log say of an attempt. Neither names where it went.
fn note(delivery: &Delivery) {
    let outcome = delivery.outcome.error().unwrap_or("delivered");
    metrics::counter!("assets_webhook_deliveries_total", "outcome" => outcome).increment(1);
    metrics::histogram!("assets_webhook_delivery_seconds").record(Duration::from_millis(delivery.latency_ms).as_secs_f64());
    if delivery.outcome.error().is_some() {
        tracing::info!(webhook = %delivery.webhook, event = %delivery.event, attempt = delivery.attempt, outcome, "a webhook was not delivered");
    }
}
