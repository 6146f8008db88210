use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};

use crate::{Client, Download, Error, Event, EventStreamQuery, operation::STREAM_EVENTS};

/// How long to wait before a connection that broke is made again.
const PAUSE: Duration = Duration::from_secs(2);
/// The service gives a sign of life every 15 seconds; who hears nothing for so long has lost it.
const SILENCE: Duration = Duration::from_secs(45);

/// The feed as it comes, for as long as it is read. It goes on where it was, whenever the connection breaks or the service is started
/// again. It ends with what the service refuses, such as a key that was revoked.
pub struct EventStream(BoxStream<'static, Result<Event, Error>>);

/// Somebody who follows.
struct Follower {
    client: Client,
    query: EventStreamQuery,
    connection: Option<Lines>,
    is_refused: bool,
}

impl EventStream {
    pub(crate) fn of(client: &Client, query: &EventStreamQuery) -> Self {
        let follower = Follower { client: client.clone(), query: query.clone(), connection: None, is_refused: false };
        Self(stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) }).boxed())
    }

    /// The next event, when there is one; `None` behind what was refused.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        self.0.next().await
    }
}

impl Stream for EventStream {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl std::fmt::Debug for EventStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Event, Error>> {
        while !self.is_refused {
            let connection = match &mut self.connection {
                Some(connection) => connection,
                None => match self.client.events_behind(&self.query).await {
                    Ok(answer) => self.connection.insert(Lines::of(answer)),
                    Err(refused @ Error::Problem(_)) if !is_passing(&refused) => {
                        self.is_refused = true;
                        return Some(Err(refused));
                    }
                    Err(_unreached) => {
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                },
            };
            match tokio::time::timeout(SILENCE, connection.block()).await {
                Ok(Some(Block { id, data })) => {
                    self.query.after = id.or(self.query.after);
                    match data.map(|data| serde_json::from_str(&data)) {
                        Some(Ok(event)) => return Some(Ok(event)),
                        Some(Err(source)) => {
                            return Some(Err(Error::Unexpected { operation: STREAM_EVENTS.id, status: 200, source }));
                        }
                        None => {}
                    }
                }
                Ok(None) | Err(_) => {
                    self.connection = None;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        None
    }
}

/// Whether it may be otherwise later, without anything being done about it.
fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Problem(problem) if problem.status == 429 || problem.status >= 500)
}

/// What stands between two empty lines.
#[derive(Debug, Default, PartialEq, Eq)]
struct Block {
    id: Option<u64>,
    data: Option<String>,
}

/// An answer, line by line.
struct Lines {
    answer: Download,
    begun: Vec<u8>,
    whole: VecDeque<String>,
}

impl Lines {
    const fn of(answer: Download) -> Self {
        Self { answer, begun: Vec::new(), whole: VecDeque::new() }
    }

    /// The next block; none once the connection is gone.
    async fn block(&mut self) -> Option<Block> {
        let mut block = Block::default();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Some(block);
            }
            // What is neither, such as comments, is not needed here.
            match line.split_once(": ") {
                Some(("id", id)) => block.id = id.parse().ok(),
                Some(("data", data)) => block.data = Some(data.to_owned()),
                _ => {}
            }
        }
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(line) = self.whole.pop_front() {
                return Some(line);
            }
            let piece = self.answer.next().await?.ok()?;
            self.begun.extend_from_slice(&piece);
            while let Some(end) = self.begun.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.begun.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
                self.whole.push_back(line);
            }
        }
    }
}
