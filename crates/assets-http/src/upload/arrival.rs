//! A body as it arrives: not slower than it may, and not for ever.

use std::{io, pin::Pin, time::Duration};

use actix_web::{HttpRequest, error::PayloadError, http::header, web::Payload};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, timeout};

use crate::problem::{Problem, ProblemCode};

/// The time in which a JSON body must be there.
const WHOLE_WITHIN: Duration = Duration::from_secs(30);
/// For how long nothing may come, and over which time the rate is measured.
const WINDOW: Duration = Duration::from_secs(30);
/// How many bytes must come within [`WINDOW`]: 16 KiB a second.
const WINDOW_BYTES: usize = 30 * (16 << 10);
/// The time in which an upload must be there.
const MAX_DURATION: Duration = Duration::from_secs(60 * 60);

/// What brings the bytes.
type Source = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

/// The pieces of a body. Only the time spent waiting for the sender counts against the sender.
pub(super) struct Arrival {
    source: Source,
    deadline: Instant,
    waited: Duration,
    arrived: usize,
}

impl Arrival {
    /// A body that is about to arrive.
    pub(super) fn new(source: impl Stream<Item = Result<Bytes, PayloadError>> + 'static) -> Self {
        Self { source: Box::pin(source), deadline: Instant::now() + MAX_DURATION, waited: Duration::ZERO, arrived: 0 }
    }

    /// The next piece; `None` at the end of the body.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] if the sender is too slow; any other kind if the body is cut off.
    pub(super) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let asked = Instant::now();
        let patience = WINDOW.min(self.deadline.saturating_duration_since(asked));
        if patience.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let piece = timeout(patience, self.source.next()).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
        let Some(piece) = piece else {
            return Ok(None);
        };
        let piece = piece.map_err(|error| io::Error::new(io::ErrorKind::UnexpectedEof, error.to_string()))?;
        self.waited += asked.elapsed();
        self.arrived = self.arrived.saturating_add(piece.len());
        if self.waited >= WINDOW {
            if self.arrived < WINDOW_BYTES {
                return Err(io::ErrorKind::TimedOut.into());
            }
            (self.waited, self.arrived) = (Duration::ZERO, 0);
        }
        Ok(Some(piece))
    }
}

/// A whole body of at most so many bytes.
pub(crate) async fn whole(request: &HttpRequest, payload: Payload, max_bytes: usize) -> Result<Bytes, Problem> {
    let stated = stated_length(request).map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if stated.is_some_and(|length| length > max_bytes) {
        return Err(too_large("the body", max_bytes));
    }
    let read = async {
        let mut arrival = Arrival::new(payload);
        let mut bytes = BytesMut::new();
        while let Some(piece) = arrival.next().await.map_err(problem)? {
            if bytes.len().saturating_add(piece.len()) > max_bytes {
                return Err(too_large("the body", max_bytes));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    };
    timeout(WHOLE_WITHIN, read).await.unwrap_or_else(|_| Err(problem(io::ErrorKind::TimedOut.into())))
}

/// How long the body will be, if it says so.
pub(crate) fn stated_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// More bytes than allowed.
pub(super) fn too_large(what: &str, max_bytes: usize) -> Problem {
    Problem::new(ProblemCode::TooLarge, format!("{what} may have at most {max_bytes} bytes"))
}

/// Why a body did not arrive.
pub(super) fn problem(error: io::Error) -> Problem {
    if error.kind() == io::ErrorKind::TimedOut {
        return Problem::new(ProblemCode::RequestTimeout, "the body came too slowly; nothing was kept");
    }
    let refused = error.get_ref().and_then(|inner| inner.downcast_ref::<Problem>());
    refused.cloned().unwrap_or_else(|| Problem::new(ProblemCode::BadRequest, "the body was cut off before its end; send it again"))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    /// A body of pieces of a size, each so long after the one before.
    fn drip(size: usize, pause: Duration) -> Arrival {
        Arrival::new(stream::unfold((), move |()| async move {
            tokio::time::sleep(pause).await;
            Some((Ok(Bytes::from(vec![0; size])), ()))
        }))
    }

    /// The time until the body is given up.
    async fn given_up_after(mut arrival: Arrival) -> Duration {
        let begun = Instant::now();
        loop {
            if let Err(error) = arrival.next().await {
                assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                return begun.elapsed();
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_who_stops_is_given_up() {
        assert_eq!(given_up_after(drip(1 << 20, Duration::from_secs(31))).await, WINDOW);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_who_drips_is_given_up() {
        assert_eq!(given_up_after(drip(1, Duration::from_secs(1))).await, WINDOW);
        assert!(given_up_after(drip(1 << 10, Duration::from_millis(100))).await <= WINDOW + Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_who_keeps_the_rate_has_an_hour() {
        let given_up = given_up_after(drip(32 << 10, Duration::from_secs(1))).await;
        assert!((MAX_DURATION..MAX_DURATION + Duration::from_secs(2)).contains(&given_up), "{given_up:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_the_store_takes_is_not_held_against_the_sender() {
        let mut arrival = Arrival::new(stream::iter((0..20).map(|_| Ok(Bytes::from_static(b"quick")))));
        while arrival.next().await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_secs(20)).await;
        }
    }
}
