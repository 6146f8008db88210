//! Load: a plan of requests, sent for a while over some connections.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::{
    Failure,
    exchange::{Connection, Request},
};

/// The longest time that is told from a longer one, in microseconds.
const LONGEST_MICROS: u64 = 60_000_000;

/// No two requests of a run have the same stamp.
static STAMP: AtomicU64 = AtomicU64::new(0);

/// Begins to count stamps from where no earlier run did: runs go into the same store.
pub(crate) fn begin_stamps(at: u64) {
    STAMP.store(at, Ordering::Relaxed);
}

/// What is to be sent: groups of requests, each group in its order and to its end, so that what it changes is as it was.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) groups: Arc<Vec<Vec<Request>>>,
    /// Over how many connections at once. Each has groups of its own.
    pub(crate) connections: usize,
}

impl Plan {
    /// Requests in turn, each by itself.
    pub(crate) fn each(requests: impl IntoIterator<Item = Request>, connections: usize) -> Self {
        Self::groups(requests.into_iter().map(|request| vec![request]), connections)
    }

    /// Groups in turn.
    pub(crate) fn groups(groups: impl IntoIterator<Item = Vec<Request>>, connections: usize) -> Self {
        Self { groups: Arc::new(groups.into_iter().collect()), connections }
    }
}

/// What was measured from outside.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) body_bytes: u64,
    pub(crate) seconds: f64,
    pub(crate) p50_micros: u64,
    pub(crate) p99_micros: u64,
    pub(crate) p999_micros: u64,
}

impl Load {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        crate::number(self.requests) / self.seconds.max(1e-9)
    }
}

/// Sends a plan for so long, or once through each connection's first group if that takes longer.
///
/// # Errors
/// An answer is not the expected one.
pub(crate) async fn drive(address: SocketAddr, plan: &Plan, duration: Duration) -> Result<Load, Failure> {
    let begun = Instant::now();
    let until = begun + duration;
    let mut clients = Vec::new();
    for place in 0..plan.connections {
        let client = Client { connection: Connection::open(address).await?, plan: plan.clone(), place };
        clients.push(tokio::spawn(client.work(until)));
    }
    let mut times = Histogram::<u64>::new_with_bounds(1, LONGEST_MICROS, 3)?;
    let (mut requests, mut body_bytes) = (0, 0);
    for client in clients {
        let done = client.await??;
        requests += done.requests;
        body_bytes += done.body_bytes;
        times.add(done.times)?;
    }
    Ok(Load {
        requests,
        body_bytes,
        seconds: begun.elapsed().as_secs_f64(),
        p50_micros: times.value_at_quantile(0.5),
        p99_micros: times.value_at_quantile(0.99),
        p999_micros: times.value_at_quantile(0.999),
    })
}

struct Done {
    requests: u64,
    body_bytes: u64,
    times: Histogram<u64>,
}

/// Who works on every so-many-th group, over one connection.
struct Client {
    connection: Connection,
    plan: Plan,
    place: usize,
}

impl Client {
    async fn work(mut self, until: Instant) -> Result<Done, Failure> {
        let mut done = Done { requests: 0, body_bytes: 0, times: Histogram::new_with_bounds(1, LONGEST_MICROS, 3)? };
        let own = self.plan.groups.iter().skip(self.place).step_by(self.plan.connections).cycle();
        for group in own {
            for request in group {
                let sent = Instant::now();
                let answer = self.connection.exchange(request, STAMP.fetch_add(1, Ordering::Relaxed), false).await?;
                let micros = u64::try_from(sent.elapsed().as_micros()).unwrap_or(LONGEST_MICROS);
                done.times.saturating_record(micros);
                done.requests += 1;
                done.body_bytes += u64::try_from(answer.body_bytes)?;
            }
            if Instant::now() >= until {
                break;
            }
        }
        Ok(done)
    }
}
