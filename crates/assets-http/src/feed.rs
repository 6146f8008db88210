//! Events as they come, to many who wait: what is new in a workspace is read once in a process, rendered once, and handed to all who
//! wait for it there.
//!
//! A reader first reads behind what they have by themselves, and then goes on with what is handed to all. Who is too slow for that,
//! or has a gap before them, reads by themselves again: a reader costs no more memory than what is on its way to them, and misses
//! nothing.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use actix_web::web::Data;
use assets_domain::{
    EventFilter, EventType, Principal, Recorded, View, WorkspaceId,
    ports::{Bell, Events, Ring, Rings},
};
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    task::AbortHandle,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use crate::{api::Api, body::EventBody};

/// How many events are read at once.
const AT_ONCE: u32 = 200;
/// How many such parts wait for the slowest reader, before it has to read by itself.
const PARTS_AHEAD: usize = 16;
/// How often it is looked by itself, without anybody having rung.
const POLL: Duration = Duration::from_secs(1);
/// How often a reader hears that the connection is alive.
const BEAT: Duration = Duration::from_secs(15);
/// How often it is looked whether the reader's key still is one.
const CHECK: Duration = Duration::from_secs(1);
/// For how long a reader whose connection broke waits before it comes again, in milliseconds.
const RETRY_MS: u32 = 2000;

/// What is new, for all who wait for it in this process.
pub struct Feed {
    events: Arc<dyn Events>,
    bell: Arc<dyn Bell>,
    tails: Mutex<HashMap<WorkspaceId, Weak<Tail>>>,
    closing: watch::Sender<bool>,
}

/// The end of one workspace's feed, followed as long as anybody waits there.
struct Tail {
    told: broadcast::Sender<Arc<Part>>,
    follower: AbortHandle,
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

/// Some events, with all between two numbers that there are.
struct Part {
    behind: u64,
    up_to: u64,
    pieces: Vec<Piece>,
}

/// An event as it goes out.
struct Piece {
    recorded: Recorded,
    working: Bytes,
    published: Bytes,
}

impl Feed {
    /// A feed of these events, which looks at once when the bell rings.
    #[must_use]
    pub fn new(events: Arc<dyn Events>, bell: Arc<dyn Bell>) -> Self {
        Self { events, bell, tails: Mutex::default(), closing: watch::Sender::new(false) }
    }

    /// Lets everybody go who waits: the service stops.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    fn tail(&self, workspace: WorkspaceId) -> Arc<Tail> {
        let mut tails = self.tails.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = tails.get(&workspace).and_then(Weak::upgrade).filter(|tail| !tail.follower.is_finished()) {
            return tail;
        }
        tails.retain(|_, tail| tail.strong_count() > 0);
        let told = broadcast::Sender::new(PARTS_AHEAD);
        let follower = tokio::spawn(follow(self.events.clone(), self.bell.listen(), workspace, told.clone())).abort_handle();
        let tail = Arc::new(Tail { told, follower });
        tails.insert(workspace, Arc::downgrade(&tail));
        tail
    }
}

/// Reads what is new in a workspace, once for all.
async fn follow(events: Arc<dyn Events>, mut rings: Rings, workspace: WorkspaceId, told: broadcast::Sender<Arc<Part>>) {
    let mut at = None;
    loop {
        let page = match at {
            None => events.head(workspace).await.map(|head| (head, head, head, Vec::new())),
            Some(at) => {
                let page = events.after(workspace, at, &EventFilter::default(), AT_ONCE).await;
                page.map(|page| (at, page.next_after, page.head, page.items))
            }
        };
        match page {
            Ok((behind, up_to, head, items)) => {
                if at != Some(up_to) {
                    let pieces = items.into_iter().map(Piece::of).collect();
                    // The first part has no events: it says from where on there will be no gap.
                    let _nobody_waits = told.send(Arc::new(Part { behind, up_to, pieces }));
                    at = Some(up_to);
                }
                if up_to < head {
                    continue;
                }
            }
            Err(error) => tracing::debug!(error = %error, "the feed cannot be read for now"),
        }
        let rung = async { while rings.next().await.is_some_and(|ring| !concerns(ring, workspace)) {} };
        let _in_vain = tokio::time::timeout(POLL, rung).await;
        // What rang by now is one reason to look.
        while let Some(Some(_)) = rings.next().now_or_never() {}
    }
}

fn concerns(ring: Ring, workspace: WorkspaceId) -> bool {
    ring == Ring::Anywhere || ring == Ring::In(workspace)
}

impl Piece {
    fn of(recorded: Recorded) -> Self {
        let told = |view| recorded.seen_as(view).map(|event| rendered(event.into())).unwrap_or_default();
        let (working, published) = (told(View::Working), told(View::Published));
        Self { recorded, working, published }
    }

    fn seen_as(&self, view: View) -> &Bytes {
        match view {
            View::Working => &self.working,
            View::Published => &self.published,
        }
    }
}

/// An event in the form of a stream of events.
fn rendered(event: EventBody) -> Bytes {
    // What is made of strings and numbers alone can always be written.
    let data = serde_json::to_string(&event).unwrap_or_default();
    format!("id: {}\nevent: {}\ndata: {data}\n\n", event.sequence, event.r#type).into()
}

/// Which part of the feed a reader wants.
pub(crate) struct Wanted {
    /// Of these types, or of all.
    pub(crate) types: Option<BTreeSet<EventType>>,
    /// About this asset, or any.
    pub(crate) asset: Option<assets_domain::AssetId>,
    /// Behind this number; from now on without.
    pub(crate) after: Option<u64>,
}

impl Wanted {
    /// The same without a place.
    pub(crate) fn filter(&self) -> EventFilter {
        EventFilter { types: self.types.clone(), asset: self.asset, approval_changed: false }
    }
}

/// Somebody who waits.
struct Reader {
    api: Data<Api>,
    by: Principal,
    view: View,
    wanted: EventFilter,
    /// Up to where they have what they want.
    at: u64,
    /// Up to where they have been told that they have.
    told: u64,
    is_behind: bool,
    greeting: Option<Bytes>,
    parts: broadcast::Receiver<Arc<Part>>,
    checks: Interval,
    beats: Interval,
    closing: watch::Receiver<bool>,
    /// Followed as long as anybody waits.
    _tail: Arc<Tail>,
    _count: Count,
}

/// Counts who waits.
struct Count;

impl Count {
    fn one_more() -> Self {
        metrics::gauge!("assets_event_readers").increment(1);
        Self
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        metrics::gauge!("assets_event_readers").decrement(1);
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// What a caller wants of the feed, as it comes, until they go, their key ends, or the service stops.
///
/// # Errors
/// The caller may not read; the feed cannot be read.
pub(crate) async fn stream(
    api: Data<Api>,
    by: Principal,
    wanted: Wanted,
) -> Result<impl Stream<Item = Result<Bytes, std::io::Error>>, crate::Problem> {
    let (view, filter) = api.catalog.audible(&by, wanted.filter())?;
    let tail = api.feed.tail(by.workspace);
    // Before it is read behind what they have: what comes meanwhile is handed over later.
    let parts = tail.told.subscribe();
    let at = match wanted.after {
        Some(after) => after,
        None => api.feed.events.head(by.workspace).await.map_err(assets_domain::CatalogError::from)?,
    };
    let reader = Reader {
        view,
        wanted: filter,
        at,
        told: at,
        is_behind: true,
        greeting: Some(format!("retry: {RETRY_MS}\nid: {at}\n\n").into()),
        parts,
        checks: every(CHECK),
        beats: every(BEAT),
        closing: api.feed.closing.subscribe(),
        _tail: tail,
        _count: Count::one_more(),
        api,
        by,
    };
    Ok(stream::unfold(reader, async |mut reader| Some((Ok(reader.next().await?), reader))))
}

/// What comes next to somebody who waits.
enum Next {
    Part(Result<Arc<Part>, RecvError>),
    Check,
    Beat,
    End,
}

impl Reader {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(greeting) = self.greeting.take() {
            return Some(greeting);
        }
        loop {
            if *self.closing.borrow() {
                return None;
            }
            if self.is_behind {
                if self.checks.tick().now_or_never().is_some() && !self.is_recognised().await {
                    return None;
                }
                if let Some(bytes) = self.read().await {
                    return Some(bytes);
                }
                if self.is_behind {
                    continue;
                }
            }
            let next = tokio::select! {
                part = self.parts.recv() => Next::Part(part),
                _ = self.checks.tick() => Next::Check,
                _ = self.beats.tick() => Next::Beat,
                _ = self.closing.changed() => Next::End,
            };
            match next {
                Next::Part(Ok(part)) => {
                    if let Some(bytes) = self.take(&part) {
                        return Some(bytes);
                    }
                }
                Next::Part(Err(RecvError::Lagged(_))) => self.is_behind = true,
                Next::Check => {
                    if !self.is_recognised().await {
                        return None;
                    }
                }
                Next::Beat => return Some(self.beat()),
                Next::Part(Err(RecvError::Closed)) | Next::End => return None,
            }
        }
    }

    /// Whether the key still is one. Where that cannot be known, nothing can be read either.
    async fn is_recognised(&self) -> bool {
        self.api.keyring.still_recognises(&self.by).await.unwrap_or(true)
    }

    /// Reads on by oneself.
    async fn read(&mut self) -> Option<Bytes> {
        match self.api.feed.events.after(self.by.workspace, self.at, &self.wanted, AT_ONCE).await {
            Ok(page) => {
                self.at = page.next_after;
                self.is_behind = page.next_after < page.head;
                let mut told = BytesMut::new();
                for event in page.items.iter().filter_map(|recorded| recorded.seen_as(self.view)) {
                    self.told = event.sequence;
                    told.extend_from_slice(&rendered(event.into()));
                }
                (!told.is_empty()).then(|| told.freeze())
            }
            Err(error) => {
                tracing::debug!(error = %error, "the feed cannot be read for now");
                tokio::time::sleep(POLL).await;
                None
            }
        }
    }

    /// Takes what is wanted of what is handed to all.
    fn take(&mut self, part: &Part) -> Option<Bytes> {
        if part.behind > self.at {
            self.is_behind = true;
            return None;
        }
        let (at, view) = (self.at, self.view);
        self.at = self.at.max(part.up_to);
        let is_next = |piece: &&Piece| piece.recorded.sequence > at && self.wanted.admits(&piece.recorded.event);
        let next: Vec<&Piece> = part.pieces.iter().filter(is_next).filter(|piece| !piece.seen_as(view).is_empty()).collect();
        self.told = next.last()?.recorded.sequence;
        Some(match next.as_slice() {
            [only] => only.seen_as(view).clone(),
            many => many.iter().flat_map(|piece| piece.seen_as(view)).copied().collect(),
        })
    }

    /// A sign of life, which also says from where to go on if much was passed over.
    fn beat(&mut self) -> Bytes {
        if self.told == self.at {
            return Bytes::from_static(b":\n\n");
        }
        self.told = self.at;
        format!(":\nid: {}\n\n", self.at).into()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use assets_domain::{AssetType, Grantor, KeyKind, NewKey, Scope};
    use assets_testkit::{TestWorld, fixtures};

    use super::*;

    type Told = Pin<Box<dyn Stream<Item = Result<Bytes, std::io::Error>>>>;

    async fn caller(world: &TestWorld, name: &str, scope: Scope) -> Principal {
        let new = NewKey { name: name.parse().unwrap(), kind: KeyKind::Agent, scopes: [scope].into_iter().collect(), expires_at: None };
        world.keyring.create(Grantor::Operator(world.workspace), new).await.unwrap().record.principal()
    }

    async fn follow(api: &Data<Api>, by: &Principal, after: Option<u64>) -> Told {
        let wanted = Wanted { types: None, asset: None, after };
        let mut told: Told = Box::pin(stream(api.clone(), by.clone(), wanted).await.ok().unwrap());
        assert!(told.next().await.unwrap().unwrap().starts_with(b"retry: "));
        told
    }

    /// The numbers of the next so many events.
    async fn numbers(told: &mut Told, count: usize) -> Vec<u64> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            let bytes = told.next().await.unwrap().unwrap();
            let text = std::str::from_utf8(&bytes).unwrap();
            numbers.extend(text.lines().filter_map(|line| line.strip_prefix("id: ")).map(|id| id.parse::<u64>().unwrap()));
        }
        numbers
    }

    async fn write(world: &TestWorld, count: usize) {
        let writer = world.agent("writer");
        for _ in 0..count {
            world.create(&writer, fixtures::new_asset(AssetType::Copy, "Spring"), "text").await;
            // Who follows has a look at each by itself.
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn who_is_too_slow_for_what_is_handed_to_all_reads_by_themselves_and_misses_nothing() {
        let world = TestWorld::new();
        let api = Api::of_test(&world);
        let by = caller(&world, "reader", Scope::Read).await;
        let (mut quick, mut slow) = (follow(&api, &by, Some(0)).await, follow(&api, &by, Some(0)).await);
        write(&world, 1).await;
        assert_eq!((numbers(&mut quick, 1).await, numbers(&mut slow, 1).await), (vec![1], vec![1]));
        let count = 40 * PARTS_AHEAD;
        write(&world, count).await;
        let expected: Vec<u64> = (2..).take(count).collect();
        assert_eq!(numbers(&mut slow, count).await, expected);
        assert_eq!(numbers(&mut quick, count).await, expected);
        // And both are handed what comes next.
        write(&world, 1).await;
        let last = u64::try_from(count).unwrap() + 2;
        assert_eq!((numbers(&mut quick, 1).await, numbers(&mut slow, 1).await), (vec![last], vec![last]));
    }

    #[tokio::test]
    async fn all_who_follow_a_workspace_have_one_who_reads_for_them_and_none_is_left_behind_them() {
        let world = TestWorld::new();
        let api = Api::of_test(&world);
        let by = caller(&world, "reader", Scope::Read).await;
        let readers = [follow(&api, &by, None).await, follow(&api, &by, None).await, follow(&api, &by, None).await];
        let (tail, readers_and_tests) = (api.feed.tail(by.workspace), 4);
        assert_eq!(Arc::strong_count(&tail), readers_and_tests);
        let follower = tail.follower.clone();
        drop((tail, readers));
        tokio::task::yield_now().await;
        assert!(follower.is_finished());
    }

    #[tokio::test(start_paused = true)]
    async fn a_beat_says_up_to_where_nothing_is_missing() {
        let world = TestWorld::new();
        let api = Api::of_test(&world);
        let by = caller(&world, "publisher", Scope::ReadApproved).await;
        let mut told = follow(&api, &by, Some(0)).await;
        let begun = Instant::now();
        assert_eq!(told.next().await.unwrap().unwrap(), ":\n\n");
        assert_eq!(begun.elapsed(), BEAT);
        write(&world, 3).await;
        assert_eq!(told.next().await.unwrap().unwrap(), ":\nid: 3\n\n");
        assert_eq!(told.next().await.unwrap().unwrap(), ":\n\n");
    }

    #[tokio::test(start_paused = true)]
    async fn whose_key_ended_hears_no_more() {
        let world = TestWorld::new();
        let api = Api::of_test(&world);
        let by = caller(&world, "reader", Scope::Read).await;
        let mut told = follow(&api, &by, None).await;
        let begun = Instant::now();
        world.keyring.revoke(Grantor::Operator(world.workspace), &by.actor.key_prefix).await.unwrap();
        assert!(told.next().await.is_none());
        assert!(begun.elapsed() <= CHECK + Duration::from_secs(1));
    }

    #[tokio::test]
    async fn whoever_waits_is_let_go_when_the_service_stops() {
        let world = TestWorld::new();
        let api = Api::of_test(&world);
        let by = caller(&world, "reader", Scope::Read).await;
        let mut told = follow(&api, &by, None).await;
        api.feed.close();
        assert!(told.next().await.is_none());
        assert!(follow(&api, &by, None).await.next().await.is_none());
    }
}
