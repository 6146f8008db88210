//! A piece of an upload on its way in. What came of it is kept even if its sender goes away.

use std::{convert::Infallible, io};

use actix_web::web::{Bytes, Data, Payload};
use assets_domain::{Appended, Keep, Principal, UploadId};
use futures_util::stream;
use tokio::sync::{
    mpsc::{Sender, channel},
    oneshot,
};

use crate::{
    api::Api,
    idempotency,
    problem::{Problem, ProblemCode},
    tus::Checksum,
};

use super::{PIECES_AHEAD, arrival::Arrival};

/// Takes in what a request brings for an upload. With a checksum it is all of it or nothing.
///
/// # Errors
/// There is no such upload; it has other bytes by now; more come than it will have; the checksum does not agree.
pub(crate) async fn append(
    api: &Data<Api>,
    by: &Principal,
    id: UploadId,
    from_bytes: u64,
    payload: Payload,
    checksum: Option<Checksum>,
) -> Result<Appended, Problem> {
    let (api, by) = (api.clone(), by.clone());
    let keep = if checksum.is_some() { Keep::AllOrNothing } else { Keep::WhatCame };
    // A handler whose sender is gone is dropped midway: what came until then is brought home by a task of its own, which
    // learns of it by this.
    let (_here, gone) = oneshot::channel();
    let work = async move {
        let (sender, mut receiver) = channel(PIECES_AHEAD);
        let bytes = Box::pin(stream::poll_fn(move |context| receiver.poll_recv(context)));
        tokio::select! {
            biased;
            done = api.catalog.append_upload(&by, id, from_bytes, bytes, keep) => Ok(done?),
            never = pump(Arrival::new(payload), gone, checksum, sender) => match never {},
        }
    };
    idempotency::to_the_end(work).await
}

/// What a sender is told whose bytes were cut off and kept.
pub(crate) fn kept(cut: &io::Error) -> Problem {
    let (code, how) = match cut.kind() {
        io::ErrorKind::TimedOut => (ProblemCode::RequestTimeout, "came too slowly"),
        _ => (ProblemCode::BadRequest, "were cut off before their end"),
    };
    Problem::new(code, format!("the bytes {how}; what came is kept: ask with HEAD where to go on"))
}

/// Passes the body on, and lets its stream end well only if all of it came and is what was announced. Then it waits to be
/// dropped.
async fn pump(
    mut arrival: Arrival,
    mut gone: oneshot::Receiver<Infallible>,
    mut checksum: Option<Checksum>,
    sender: Sender<io::Result<Bytes>>,
) -> Infallible {
    loop {
        let arrived = tokio::select! {
            biased;
            arrived = arrival.next() => arrived,
            _ = &mut gone => Err(io::ErrorKind::UnexpectedEof.into()),
        };
        let piece = match arrived {
            Ok(Some(piece)) => {
                if let Some(checksum) = &mut checksum {
                    checksum.update(&piece);
                }
                Ok(piece)
            }
            Ok(None) if checksum.take().is_none_or(Checksum::agrees) => break,
            Ok(None) => Err(io::Error::other(Problem::new(
                ProblemCode::ChecksumMismatch,
                "the bytes are not those that Upload-Checksum announced; none of them were kept, send them again",
            ))),
            Err(cut) => Err(cut),
        };
        let is_last = piece.is_err();
        if sender.send(piece).await.is_err() || is_last {
            break;
        }
    }
    drop(sender);
    std::future::pending().await
}
