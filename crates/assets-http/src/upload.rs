//! What callers send comes in: JSON bodies, and the content of assets.
//!
//! Content comes in two forms. As JSON, the field `content` has the text, or names what was [uploaded](resumable) before. As multipart, the part
//! `metadata` (the same JSON without `content`) comes first, then the part `content`, which is passed on while it arrives, in
//! bounded memory and not faster than it is stored. Nothing of it is taken for complete before the closing boundary was seen:
//! the stream that `ingest` reads ends with an error otherwise, so that nothing is kept.
//!
//! For `Idempotency-Key`, two uploads are the same if they have the same metadata bytes and the same content, type and name:
//! [`body_digest`]. For all other bodies it is the digest of the JSON itself, which [`read_json`] hands out.

mod arrival;
mod digest;
mod json;
mod multipart;
pub(crate) mod resumable;
mod strict;

use std::io;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
    web::{Bytes, Payload},
};
use assets_domain::{
    AssetType, Catalog, CatalogError, Content, Digest, Filename, Incoming, Ingested, MediaType, Principal, UploadId, Uploaded,
};
use futures_util::stream;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{Sender, channel};

use crate::{
    api::Api,
    body::{InlineContent, NewContent, UploadedContent},
    idempotency, observe,
    problem::{FieldProblem, Problem, ProblemCode},
};

use self::{
    arrival::Arrival,
    digest::announced,
    multipart::{Part, Parts},
};

pub(crate) use arrival::{stated_length, whole};
pub(crate) use json::JsonBody;

/// How many pieces of content wait for the store.
const PIECES_AHEAD: usize = 4;
/// How many bytes a multipart body may have besides the content.
const MULTIPART_OVERHEAD_BYTES: u64 = 1 << 20;
const FORM: &str = "send the part \"metadata\" (JSON) first, then the part \"content\" (the file), and nothing else";

/// An upload, its content still on the way.
pub(crate) struct Received<M> {
    /// What the caller says of it.
    pub(crate) metadata: M,
    /// SHA-256 of the bytes that said so.
    pub(crate) metadata_digest: [u8; 32],
    /// The content.
    pub(crate) content: Arriving,
}

/// Content that is to be taken in.
pub(crate) enum Arriving {
    /// It comes with the request.
    Sent(Incoming),
    /// It came before.
    Uploaded(Uploaded),
}

impl Arriving {
    /// Takes it in for an asset of a type.
    ///
    /// # Errors
    /// See [`Catalog::ingest`] and [`Catalog::ingest_upload`].
    pub(crate) async fn ingest(self, catalog: &Catalog, by: &Principal, asset_type: AssetType) -> Result<Ingested, CatalogError> {
        match self {
            Self::Sent(incoming) => catalog.ingest(by, asset_type, incoming).await,
            Self::Uploaded(uploaded) => catalog.ingest_upload(by, asset_type, uploaded).await,
        }
    }
}

/// The digest by which a repetition of an upload is known.
pub(crate) fn body_digest(metadata_digest: &[u8; 32], content: &Content) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(metadata_digest);
    digest.update(content.digest.as_bytes());
    digest.update(content.media_type.as_str());
    // Neither types nor names hold a line break, so that no two uploads run together.
    digest.update("\n");
    digest.update(content.filename.as_str());
    digest.finalize().into()
}

/// Answers, and removes content that came in for nothing: the request was refused, or repeats an earlier one. After a fault
/// it is not known whether a row refers to it, so that the sweep has to find out.
pub(crate) async fn settled(
    api: &Api,
    request: &HttpRequest,
    content: Ingested,
    answered: Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    let is_unused = match &answered {
        Ok(_) => idempotency::is_repeatable(request),
        Err(problem) => problem.code().status().is_client_error(),
    };
    if is_unused && let Err(breakage) = api.catalog.discard(content).await {
        observe::broken(&breakage);
    }
    answered
}

/// Reads a whole JSON body. Answers it with the SHA-256 of its bytes.
///
/// # Errors
/// It is too large or too slow, of another type, no JSON, or of another shape.
pub(crate) async fn read_json<T: DeserializeOwned>(
    api: &Api,
    request: &HttpRequest,
    payload: Payload,
    form: JsonBody,
) -> Result<(T, [u8; 32]), Problem> {
    plain_encoding(request)?;
    let bytes = arrival::whole(request, payload, api.settings.max_json_bytes).await?;
    let bytes = if bytes.is_empty() && form.may_be_missing() { Bytes::from_static(b"{}") } else { form.accept(request).map(|()| bytes)? };
    Ok((json::parse(&bytes, "body")?, Sha256::digest(&bytes).into()))
}

/// Receives the content of an asset and hands it to `ingest` while it arrives. If `ingest` refuses it early, the rest is not
/// waited for.
///
/// # Errors
/// It is too large, too slow, cut off, of another type or shape; whatever `ingest` fails with.
pub(crate) async fn receive<M: DeserializeOwned, T>(
    api: &Api,
    request: &HttpRequest,
    payload: Payload,
    ingest: impl AsyncFnOnce(Received<M>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    plain_encoding(request)?;
    if is_multipart(request) {
        return receive_parts(api, request, payload, ingest).await;
    }
    JsonBody::Required.accept(request).map_err(|mut problem| {
        problem.detail.push_str(", or as multipart/form-data");
        problem
    })?;
    let bytes = arrival::whole(request, payload, api.settings.max_json_bytes).await?;
    ingest(inline(request, &bytes)?).await
}

fn inline<M: DeserializeOwned>(request: &HttpRequest, bytes: &Bytes) -> Result<Received<M>, Problem> {
    let (metadata, content): (M, NewContent) = json::parse_with_content(bytes)?;
    // On a JSON body, the header may as well be about that body, as RFC 9530 has it.
    let announced = announced(request.headers())?.filter(|announced| *announced != Digest::of(bytes));
    let content = match content {
        NewContent::Inline(InlineContent { text, media_type, filename }) => {
            Arriving::Sent(Incoming { announced, ..Incoming::text(text, media_type, filename) })
        }
        NewContent::Uploaded(UploadedContent { upload_id, media_type, filename }) => {
            Arriving::Uploaded(Uploaded { id: UploadId::new(upload_id), media_type, filename, announced })
        }
    };
    Ok(Received { metadata, metadata_digest: Sha256::digest(bytes).into(), content })
}

async fn receive_parts<M: DeserializeOwned, T>(
    api: &Api,
    request: &HttpRequest,
    payload: Payload,
    ingest: impl AsyncFnOnce(Received<M>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let limit = api.catalog.max_content_bytes();
    if arrival::stated_length(request).is_some_and(|length| length > limit.saturating_add(MULTIPART_OVERHEAD_BYTES)) {
        return Err(Problem::new(ProblemCode::TooLarge, format!("content may have at most {limit} bytes")));
    }
    let mut parts = Parts::new(request, Arrival::new(payload))?;
    let metadata = expect_part(&mut parts, "metadata").await?;
    metadata.require_json()?;
    let metadata = parts.whole(api.settings.max_metadata_bytes, "metadata").await?;
    let content = expect_part(&mut parts, "content").await?;

    let (sender, mut receiver) = channel(PIECES_AHEAD);
    let received = Received {
        metadata: json::parse(&metadata, "body")?,
        metadata_digest: Sha256::digest(&metadata).into(),
        content: Arriving::Sent(Incoming {
            bytes: Box::pin(stream::poll_fn(move |context| receiver.poll_recv(context))),
            media_type: media_type(&content)?,
            filename: filename(&content)?,
            announced: content_announced(request.headers(), &content)?,
        }),
    };
    // The body is bound to this task, and what is ingested may travel: they meet in the channel.
    tokio::select! {
        biased;
        done = ingest(received) => done,
        never = pump(parts, sender) => match never {},
    }
}

/// Passes the content on, and lets its stream end well only if the body did. Then it waits to be dropped.
async fn pump(mut parts: Parts, sender: Sender<io::Result<Bytes>>) -> std::convert::Infallible {
    loop {
        let piece = match parts.piece().await {
            Ok(Some(piece)) => Ok(piece),
            Ok(None) => match parts.next().await {
                Ok(None) => break,
                Ok(Some(further)) => Err(io::Error::other(unexpected(&further))),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        let is_last = piece.is_err();
        if sender.send(piece).await.is_err() || is_last {
            break;
        }
    }
    drop(sender);
    std::future::pending().await
}

async fn expect_part(parts: &mut Parts, name: &'static str) -> Result<Part, Problem> {
    match parts.next().await.map_err(arrival::problem)? {
        Some(part) if part.name == name => Ok(part),
        Some(other) => Err(unexpected(&other)),
        None => Err(Problem::invalid(vec![FieldProblem::at(&["body", name], "missing", format!("the part is missing; {FORM}"))])),
    }
}

fn unexpected(part: &Part) -> Problem {
    Problem::invalid(vec![FieldProblem::at(&["body", &part.name], "unexpected_part", format!("the part is not expected here; {FORM}"))])
}

fn media_type(part: &Part) -> Result<Option<MediaType>, Problem> {
    let Some(declared) = part.content_type.as_deref() else {
        return Ok(None);
    };
    let essence = declared.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/octet-stream") || essence.is_empty() {
        return Ok(None);
    }
    MediaType::parse(essence).map(Some).map_err(|unknown| {
        let mut problem = Problem::new(ProblemCode::ContentMismatch, unknown.to_string());
        problem.errors.push(FieldProblem::at(&["body", "content", "media_type"], "unknown_media_type", unknown.to_string()));
        problem
    })
}

fn filename(part: &Part) -> Result<Option<Filename>, Problem> {
    let at = ["body", "content", "filename"];
    match &part.filename {
        None => Ok(None),
        Some(Err(malformed)) => Err(Problem::invalid(vec![FieldProblem::at(&at, "malformed", *malformed)])),
        Some(Ok(name)) => Filename::parse(name.as_str()).map(Some).map_err(|error| Problem::invalid(vec![FieldProblem::text(&at, error)])),
    }
}

/// What the part announces, or else the request.
fn content_announced(request: &HeaderMap, part: &Part) -> Result<Option<Digest>, Problem> {
    Ok(announced(&part.headers)?.or(announced(request)?))
}

fn is_multipart(request: &HttpRequest) -> bool {
    request.content_type().trim().eq_ignore_ascii_case("multipart/form-data")
}

/// Bodies are taken as they are: a compressed one could be a thousand times its size.
pub(crate) fn plain_encoding(request: &HttpRequest) -> Result<(), Problem> {
    let plain = |value: &header::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if request.headers().get_all(header::CONTENT_ENCODING).all(plain) {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::UnsupportedMediaType, "send the body without a Content-Encoding"))
}
