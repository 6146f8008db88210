//! Bytes go out at the reader's pace, in bounded memory, and never look complete when they are not.
//!
//! A task reads the store and hands over two pieces ahead of the reader. It ends when the reader is gone, or takes nothing for
//! [`MAX_STALL`].

use std::{io, pin::Pin, time::Duration};

use assets_domain::{
    Content, Fingerprinter,
    ports::{Breakage, ByteStream},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::observe;

/// For how long a reader may take nothing.
const MAX_STALL: Duration = Duration::from_secs(60);
/// How many pieces are read ahead of the reader.
const PIECES_AHEAD: usize = 2;

/// What a response is made of.
pub(super) type Body = Pin<Box<dyn Stream<Item = io::Result<Bytes>>>>;

/// The reader is gone, or as good as.
struct Gone;

/// No bytes.
pub(super) fn nothing() -> Body {
    Box::pin(stream::empty())
}

/// All the bytes of content. The last piece goes out only if they are the bytes that the digest names.
pub(super) fn whole(bytes: ByteStream, content: &Content) -> Body {
    let (sender, receiver) = channel(PIECES_AHEAD);
    let content = content.clone();
    tokio::spawn(observe::carried(async move { send_whole(bytes, &content, &sender).await }));
    body_of(receiver)
}

/// So many of the bytes.
pub(super) fn part(bytes: ByteStream, length: u64) -> Body {
    let (sender, receiver) = channel(PIECES_AHEAD);
    tokio::spawn(observe::carried(async move { send_part(bytes, length, &sender).await }));
    body_of(receiver)
}

fn body_of(mut receiver: Receiver<io::Result<Bytes>>) -> Body {
    Box::pin(stream::poll_fn(move |context| receiver.poll_recv(context)))
}

async fn send_whole(mut bytes: ByteStream, content: &Content, sender: &Sender<io::Result<Bytes>>) -> Result<(), Gone> {
    let mut fingerprinter = Fingerprinter::default();
    let mut withheld = None;
    while let Some(piece) = bytes.next().await {
        let Ok(piece) = piece else {
            return cut(sender, piece, content.digest.to_string()).await;
        };
        fingerprinter.update(&piece);
        if let Some(earlier) = withheld.replace(piece) {
            send(sender, Ok(earlier)).await?;
        }
    }
    let found = fingerprinter.finish();
    if found.digest != content.digest || found.size_bytes != content.size_bytes {
        let damaged = Breakage::Damaged(format!("the store holds {} in {} bytes", found.digest, found.size_bytes).into());
        return cut(sender, Err(damaged.into_cut()), content.digest.to_string()).await;
    }
    match withheld {
        Some(last) => send(sender, Ok(last)).await,
        None => Ok(()),
    }
}

async fn send_part(mut bytes: ByteStream, length: u64, sender: &Sender<io::Result<Bytes>>) -> Result<(), Gone> {
    let mut left = length;
    while let Some(piece) = bytes.next().await {
        let Ok(piece) = piece else {
            return cut(sender, piece, "a range".to_owned()).await;
        };
        let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let Some(rest) = left.checked_sub(size) else {
            return cut(sender, Err(io::Error::other("the store gave more bytes than were asked for")), "a range".to_owned()).await;
        };
        left = rest;
        send(sender, Ok(piece)).await?;
    }
    match left {
        0 => Ok(()),
        _ => cut(sender, Err(io::Error::other(format!("{left} bytes are missing"))), "a range".to_owned()).await,
    }
}

/// Ends a delivery so that it cannot be taken for complete.
async fn cut(sender: &Sender<io::Result<Bytes>>, error: io::Result<Bytes>, what: String) -> Result<(), Gone> {
    let error = error.err().unwrap_or_else(|| io::Error::other("cut off"));
    observe::count(error.get_ref().and_then(|source| source.downcast_ref()));
    tracing::error!(request_id = observe::request_id(), content = what, %error, "a delivery was cut off: the stored bytes cannot be read, or are damaged");
    send(sender, Err(error)).await
}

async fn send(sender: &Sender<io::Result<Bytes>>, piece: io::Result<Bytes>) -> Result<(), Gone> {
    sender.send_timeout(piece, MAX_STALL).await.map_err(|_| Gone)
}

#[cfg(test)]
mod tests {
    use assets_domain::{Digest, Facts, Filename, MediaType};

    use super::*;

    fn content_of(bytes: &[u8]) -> Content {
        Content {
            digest: Digest::of(bytes),
            size_bytes: u64::try_from(bytes.len()).unwrap(),
            media_type: MediaType::PlainText,
            filename: Filename::parse("a.txt").unwrap(),
            facts: Facts::default(),
        }
    }

    fn stored(pieces: &[&'static str]) -> ByteStream {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        Box::pin(stream::iter(pieces))
    }

    async fn read(mut body: Body) -> (String, bool) {
        let mut text = String::new();
        while let Some(piece) = body.next().await {
            match piece {
                Ok(piece) => text.push_str(std::str::from_utf8(&piece).unwrap()),
                Err(_) => return (text, false),
            }
        }
        (text, true)
    }

    #[tokio::test]
    async fn whole_content_arrives_as_stored() {
        let body = whole(stored(&["one ", "two ", "three"]), &content_of(b"one two three"));
        assert_eq!(read(body).await, ("one two three".to_owned(), true));
    }

    #[tokio::test]
    async fn damaged_content_never_arrives_whole() {
        let flipped = whole(stored(&["one ", "twO ", "three"]), &content_of(b"one two three"));
        assert_eq!(read(flipped).await, ("one twO ".to_owned(), false));
        let short = whole(stored(&["one ", "two "]), &content_of(b"one two three"));
        assert_eq!(read(short).await, ("one ".to_owned(), false));
        let in_one_piece = whole(stored(&["one twO three"]), &content_of(b"one two three"));
        assert_eq!(read(in_one_piece).await, (String::new(), false));
    }

    #[tokio::test]
    async fn a_range_that_ends_early_is_cut_off() {
        assert_eq!(read(part(stored(&["one ", "two"]), 7)).await, ("one two".to_owned(), true));
        assert_eq!(read(part(stored(&["one "]), 7)).await, ("one ".to_owned(), false));
        assert_eq!(read(part(stored(&["one ", "two three"]), 7)).await, ("one ".to_owned(), false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_who_takes_nothing_for_a_minute_is_given_up() {
        let pieces = ["piece"; 50];
        let mut body = whole(stored(&pieces), &content_of(pieces.concat().as_bytes()));
        assert!(body.next().await.is_some());
        tokio::time::sleep(MAX_STALL * 2).await;
        let mut more = 0;
        while body.next().await.is_some() {
            more += 1;
        }
        assert!(more <= PIECES_AHEAD, "{more} more pieces were held for a reader who was gone");
    }
}
