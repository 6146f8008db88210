//! Bytes on their way into an upload, taken in part by part.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::stream;

use crate::ports::ByteStream;

use super::uploads::Keep;

/// The most bytes of a part: what a kill can cost.
pub(super) const PART_BYTES: u64 = 32 << 20;

/// What a sender sends, cut into parts.
///
/// A store takes one stream for each part and may keep it for as long as it likes, so that the source is shared: never is
/// more than one part under way.
#[derive(Clone)]
pub(super) struct Inflow {
    source: Arc<Mutex<Source>>,
}

struct Source {
    bytes: ByteStream,
    keep: Keep,
    /// What came of a piece that did not fit into the part before.
    pending: Bytes,
    /// How many bytes may still come.
    room: u64,
    /// How many of these may go into the part under way.
    part_room: u64,
    end: Option<End>,
}

/// How it ended.
pub(super) enum End {
    /// All of it came.
    Well,
    /// More came than there is room for.
    Surplus,
    /// It was cut off.
    Cut(io::Error),
}

impl Inflow {
    /// Bytes for which there is so much room.
    pub(super) fn new(bytes: ByteStream, room: u64, keep: Keep) -> Self {
        let source = Source { bytes, keep, pending: Bytes::new(), room, part_room: 0, end: None };
        Self { source: Arc::new(Mutex::new(source)) }
    }

    /// The next part, once its first byte is there; `None` if nothing more comes.
    pub(super) async fn next_part(&self) -> Option<ByteStream> {
        let has_more = std::future::poll_fn(|context| self.locked(|source| source.poll_begin(context))).await;
        has_more.then(|| {
            let inflow = self.clone();
            let part: ByteStream = Box::pin(stream::poll_fn(move |context| inflow.locked(|source| source.poll_part(context))));
            part
        })
    }

    /// How it ended; `None` if it was left before its end.
    pub(super) fn end(&self) -> Option<End> {
        self.locked(|source| source.end.take())
    }

    /// Nothing panics while it holds the source, which would leave it as it was.
    fn locked<T>(&self, look: impl FnOnce(&mut Source) -> T) -> T {
        look(&mut self.source.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Source {
    /// Waits until something is pending, which is a new part's first, or it is known that nothing will be.
    fn poll_begin(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        ready!(self.poll_fill(context));
        self.part_room = PART_BYTES;
        Poll::Ready(!self.pending.is_empty() && self.room > 0)
    }

    /// The next piece of the part under way. It ends when it is full, or with all that came; but the part that takes the
    /// last room ends only with the source, so that what is too much is known before it is kept.
    fn poll_part(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.part_room == 0 && self.room > 0 {
            return Poll::Ready(None);
        }
        ready!(self.poll_fill(context));
        match &self.end {
            Some(End::Surplus) => return Poll::Ready(Some(Err(io::ErrorKind::InvalidData.into()))),
            Some(End::Cut(_)) if self.pending.is_empty() && matches!(self.keep, Keep::AllOrNothing) => {
                return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
            }
            _ => {}
        }
        let most = usize::try_from(self.part_room).unwrap_or(usize::MAX);
        let piece = self.pending.split_to(most.min(self.pending.len()));
        let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.room = self.room.saturating_sub(size);
        self.part_room = self.part_room.saturating_sub(size);
        Poll::Ready((!piece.is_empty()).then_some(Ok(piece)))
    }

    /// Waits for something pending or for the end, and notices what is too much.
    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.pending.is_empty() && self.end.is_none() {
            match ready!(self.bytes.as_mut().poll_next(context)) {
                Some(Ok(piece)) => self.pending = piece,
                Some(Err(cut)) => self.end = Some(End::Cut(cut)),
                None => self.end = Some(End::Well),
            }
        }
        if u64::try_from(self.pending.len()).unwrap_or(u64::MAX) > self.room {
            self.end = Some(End::Surplus);
        }
        Poll::Ready(())
    }
}
