//! Bytes go out at the reader's pace, in bounded memory, and never look complete when they are not.
//!
//! A little is read to its end before the head goes out, so that what is wrong with it is still a problem of its own. For
//! more, a task reads the store and hands over pieces ahead of the reader. It ends when the reader is gone, or takes nothing
//! for [`MAX_STALL`].

use std::{io, time::Duration};

use actix_web::body::{BoxBody, SizedStream};
use assets_domain::ports::{Breakage, ByteStream};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc::{Sender, channel};

use crate::observe;

/// How much is read before the head goes out.
pub(super) const AT_ONCE_BYTES: u64 = 256 << 10;
/// The same of what the service made, which can be made again if it turns out to be damaged before anything was sent.
pub(super) const MADE_AT_ONCE_BYTES: u64 = 4 << 20;
/// For how long a reader may take nothing.
const MAX_STALL: Duration = Duration::from_secs(60);
/// How many pieces are read ahead of the reader.
const PIECES_AHEAD: usize = 1;

/// The reader is gone, or as good as.
struct Gone;

/// No bytes, where so many would follow.
pub(super) fn unsent(length: u64) -> BoxBody {
    BoxBody::new(SizedStream::new(length, stream::empty::<io::Result<Bytes>>()))
}

/// So many bytes, of `what`; if they are no more than `at_once_bytes`, all of them are read before the head goes out.
///
/// # Errors
/// A little that cannot be read, or is damaged. More than that is cut off where it is.
pub(super) async fn body(bytes: ByteStream, length: u64, what: String, at_once_bytes: u64) -> Result<BoxBody, Breakage> {
    if length <= at_once_bytes {
        return Ok(BoxBody::new(gathered(bytes, length).await.map_err(Breakage::from_cut)?));
    }
    let (sender, mut receiver) = channel(PIECES_AHEAD);
    tokio::spawn(observe::carried(async move { send(bytes, length, what, &sender).await }));
    Ok(BoxBody::new(SizedStream::new(length, stream::poll_fn(move |context| receiver.poll_recv(context)))))
}

async fn gathered(mut bytes: ByteStream, length: u64) -> io::Result<Bytes> {
    let mut left = length;
    let mut all = Bytes::new();
    while let Some(piece) = bytes.try_next().await? {
        left = rest(left, &piece)?;
        all = if all.is_empty() { piece } else { joined(all, &piece) };
    }
    if left == 0 { Ok(all) } else { Err(missing(left)) }
}

/// Two pieces as one. Those before are moved only where others hold them as well, or where there is no room.
fn joined(before: Bytes, piece: &[u8]) -> Bytes {
    let mut all = BytesMut::from(before);
    all.extend_from_slice(piece);
    all.freeze()
}

async fn send(mut bytes: ByteStream, length: u64, what: String, sender: &Sender<io::Result<Bytes>>) -> Result<(), Gone> {
    let mut left = length;
    while let Some(piece) = bytes.next().await {
        match piece.and_then(|piece| Ok((rest(left, &piece)?, piece))) {
            Ok((rest, piece)) => {
                left = rest;
                hand_over(sender, Ok(piece)).await?;
            }
            Err(error) => return cut(sender, error, &what).await,
        }
    }
    if left == 0 { Ok(()) } else { cut(sender, missing(left), &what).await }
}

/// How many bytes are left after a piece.
fn rest(left: u64, piece: &[u8]) -> io::Result<u64> {
    let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
    left.checked_sub(size).ok_or_else(|| damaged("the store gave more bytes than were asked for".to_owned()))
}

fn missing(left: u64) -> io::Error {
    damaged(format!("{left} bytes are missing"))
}

fn damaged(why: String) -> io::Error {
    Breakage::Damaged(why.into()).into_cut()
}

/// Ends a delivery so that it cannot be taken for complete.
async fn cut(sender: &Sender<io::Result<Bytes>>, error: io::Error, what: &str) -> Result<(), Gone> {
    observe::count(error.get_ref().and_then(|source| source.downcast_ref()));
    tracing::error!(request_id = observe::request_id(), content = what, %error, "a delivery was cut off: the stored bytes cannot be read, or are damaged");
    hand_over(sender, Err(error)).await
}

async fn hand_over(sender: &Sender<io::Result<Bytes>>, piece: io::Result<Bytes>) -> Result<(), Gone> {
    sender.send_timeout(piece, MAX_STALL).await.map_err(|_| Gone)
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin};

    use actix_web::body::{BodySize, MessageBody};

    use super::*;

    const PIECE_BYTES: usize = 100 << 10;

    /// Pieces of one size each, one after the other.
    fn stored(pieces: usize) -> ByteStream {
        Box::pin(stream::iter((0..pieces).map(|_| Ok(Bytes::from(vec![b'x'; PIECE_BYTES])))))
    }

    fn length(pieces: usize) -> u64 {
        u64::try_from(pieces * PIECE_BYTES).unwrap()
    }

    async fn sent(bytes: ByteStream, length: u64) -> Result<BoxBody, Breakage> {
        body(bytes, length, "a test".to_owned(), AT_ONCE_BYTES).await
    }

    /// How many bytes came, and whether they ended well.
    async fn read(body: BoxBody) -> (usize, bool) {
        let mut body = pin!(body);
        let mut came = 0;
        loop {
            match poll_fn(|context| body.as_mut().poll_next(context)).await {
                Some(Ok(piece)) => came += piece.len(),
                Some(Err(_)) => return (came, false),
                None => return (came, true),
            }
        }
    }

    #[tokio::test]
    async fn what_is_stored_is_sent_however_much_it_is() {
        for pieces in [1, 2, 3, 20] {
            let body = sent(stored(pieces), length(pieces)).await.unwrap();
            assert_eq!(body.size(), BodySize::Sized(length(pieces)));
            assert_eq!(read(body).await, (pieces * PIECE_BYTES, true));
        }
    }

    #[tokio::test]
    async fn too_few_or_too_many_bytes_never_look_complete() {
        for wrong in [1, 3] {
            assert!(matches!(sent(stored(wrong), length(2)).await, Err(Breakage::Damaged(_))), "{wrong} of 2");
        }
        let (came, is_whole) = read(sent(stored(4), length(5)).await.unwrap()).await;
        assert_eq!((came, is_whole), (4 * PIECE_BYTES, false));
        let (came, is_whole) = read(sent(stored(6), length(5)).await.unwrap()).await;
        assert_eq!((came, is_whole), (5 * PIECE_BYTES, false));
    }

    #[tokio::test]
    async fn a_store_that_breaks_is_a_problem_of_a_little_and_the_end_of_more() {
        let breaking = |pieces| -> ByteStream {
            let breakage = Breakage::Unavailable("gone".into()).into_cut();
            Box::pin(stored(pieces).chain(stream::iter([Err(breakage)])))
        };
        assert!(matches!(sent(breaking(1), length(2)).await, Err(Breakage::Unavailable(_))));
        assert_eq!(read(sent(breaking(3), length(4)).await.unwrap()).await, (3 * PIECE_BYTES, false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_who_takes_nothing_for_a_minute_is_given_up() {
        let mut body = pin!(sent(stored(50), length(50)).await.unwrap());
        assert!(poll_fn(|context| body.as_mut().poll_next(context)).await.is_some());
        tokio::time::sleep(MAX_STALL * 2).await;
        let mut more = 0;
        while poll_fn(|context| body.as_mut().poll_next(context)).await.is_some() {
            more += 1;
        }
        assert!(more <= PIECES_AHEAD, "{more} more pieces were held for a reader who was gone");
    }
}
