//! Content goes out: whole or in one range, with all that a browser, a cache and a publisher need to know of it.
//!
//! A whole delivery is proven on its way, and its last piece is withheld until all of it is what was approved: bytes that were
//! damaged in the store are a problem or break the connection, and never look complete. A range cannot be checked that way.

pub(crate) mod archive;
mod headers;
mod pace;
mod range;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError,
    body::BoxBody,
    http::{
        Method, StatusCode,
        header::{self, HeaderName},
    },
};
use assets_domain::{ContentSource, Digest, MediaType};
use bytes::Bytes;
use utoipa::IntoResponses;

use crate::{
    api::Api,
    problem::{Problem, ProblemCode},
};

use self::range::Wanted;

/// By which door content leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// A version, to somebody with a key. Its bytes never change, but the key may be taken back.
    Version,
    /// What may be published now. The next request may find another version, so that a range alone, without `If-Range`, could
    /// sew two versions together: it is answered with the whole.
    Approved,
    /// Through a preview link, to whoever has it, for as long as it works.
    Preview {
        /// How long the link still works.
        max_age_seconds: u64,
    },
    /// Through a link that never expires, to whoever has it: as with what is approved, the next request may find another version.
    Stable,
}

/// Content on its way out.
#[derive(Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    /// The bytes.
    pub(crate) source: &'a ContentSource,
    /// By which door they leave.
    pub(crate) manner: Manner,
    /// Whether the service made them, so that there is nothing in them that acts.
    pub(crate) is_made_here: bool,
    /// Why they stand in the place of something that cannot be shown, if so.
    pub(crate) placeholder: Option<&'static str>,
}

impl<'a> Outgoing<'a> {
    /// Bytes as they came in.
    pub(crate) const fn original(source: &'a ContentSource, manner: Manner) -> Self {
        Self { source, manner, is_made_here: false, placeholder: None }
    }
}

/// What an installation answers whose store gives content itself.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it documents what deliver() answers")]
pub(crate) enum StoreLink {
    /// Only where the service is set up so: the store has the whole of the bytes at `Location`, for at most 60 seconds and
    /// without a key. Follow it, do not keep it
    #[response(status = 307, headers(
        ("Location" = String, description = "Where the bytes are, for a moment"),
        ("ETag" = String, description = "The digest"),
        ("Repr-Digest" = String, description = "The digest (RFC 9530)"),
        ("Cache-Control" = String, description = "private, no-store")
    ))]
    Elsewhere,
}

/// Answers a GET or HEAD for content.
///
/// # Errors
/// The caller has other bytes than it wants to hold on to (412); the bytes cannot be read.
pub(crate) async fn deliver(api: &Api, request: &HttpRequest, outgoing: Outgoing<'_>) -> Result<HttpResponse, Problem> {
    let Outgoing { source, manner, .. } = outgoing;
    let content = &source.content;
    let size = content.size_bytes;
    let tag = entity_tag(&content.digest);
    if lists(request, &header::IF_MATCH).is_some_and(|tags| !tags.iter().any(|listed| *listed == "*" || *listed == tag)) {
        return Err(Problem::new(ProblemCode::PreconditionFailed, format!("the content is {} now", content.digest)));
    }
    if is_at_hand(request, &tag) {
        let mut response = HttpResponse::NotModified();
        headers::of_cache(&mut response, &tag, manner);
        headers::of_isolation(&mut response, api, content.media_type);
        return Ok(response.finish());
    }
    if let Some(link) = link_into_store(api, request, &outgoing).await? {
        let mut response = HttpResponse::TemporaryRedirect();
        headers::of_cache(&mut response, &tag, manner);
        headers::of_link(&mut response, content, link);
        return Ok(response.finish());
    }
    let mut response = HttpResponse::Ok();
    headers::of_cache(&mut response, &tag, manner);
    headers::of_isolation(&mut response, api, content.media_type);
    headers::of_content(&mut response, &outgoing);
    if let Some(why) = outgoing.placeholder {
        headers::of_placeholder(&mut response, why);
    }
    if request.method() == Method::HEAD {
        return Ok(response.body(pace::unsent(size)));
    }
    match wanted_range(request, &tag, manner, size) {
        Wanted::Whole => Ok(response.body(whole(api, &outgoing).await?)),
        Wanted::Part(range) => {
            let length = range.end.saturating_sub(range.start);
            let body = if length == size {
                whole(api, &outgoing).await?
            } else {
                pace::body(
                    api.catalog.read(source, range.clone()).await?,
                    length,
                    format!("a range of {}", content.digest),
                    pace::AT_ONCE_BYTES,
                )
                .await?
            };
            partial(&mut response, &range, size);
            Ok(response.body(body))
        }
        Wanted::Outside => Ok(outside(size)),
    }
}

/// What the service made for this answer alone: a page, or what stands where nothing can be shown.
pub(crate) struct MadeNow {
    /// The bytes.
    pub(crate) bytes: Bytes,
    /// What they are.
    pub(crate) media_type: MediaType,
    /// Why they stand in the place of something that cannot be shown, if so.
    pub(crate) placeholder: Option<&'static str>,
}

/// Answers a GET or HEAD with what was made for it. A placeholder is not kept by anybody: the next time there may be more.
pub(crate) fn answer(api: &Api, request: &HttpRequest, made: MadeNow, manner: Manner) -> HttpResponse {
    let tag = entity_tag(&Digest::of(&made.bytes));
    let is_at_hand = is_at_hand(request, &tag);
    let mut response = if is_at_hand { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    headers::of_cache(&mut response, &tag, manner);
    headers::of_isolation(&mut response, api, made.media_type);
    if let Some(why) = made.placeholder {
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        headers::of_placeholder(&mut response, why);
    }
    if is_at_hand {
        return response.finish();
    }
    headers::of_made(&mut response, made.media_type);
    response.body(made.bytes)
}

/// Whether the caller has it already.
fn is_at_hand(request: &HttpRequest, tag: &str) -> bool {
    lists(request, &header::IF_NONE_MATCH).is_some_and(|tags| tags.iter().any(|listed| *listed == "*" || opaque(listed) == tag))
}

/// All the bytes, proven on their way.
async fn whole(api: &Api, outgoing: &Outgoing<'_>) -> Result<BoxBody, Problem> {
    let Outgoing { source, is_made_here, .. } = outgoing;
    let content = &source.content;
    let at_once_bytes = if *is_made_here { pace::MADE_AT_ONCE_BYTES } else { pace::AT_ONCE_BYTES };
    Ok(pace::body(api.catalog.deliver(source).await?, content.size_bytes, content.digest.to_string(), at_once_bytes).await?)
}

/// Where the store itself gives the whole of the content, if it is set up so and the store has links. Everything else is
/// answered here: a range is part of bytes that were decided on here, and `HEAD` tells what only the service knows.
/// A page that the service made is answered here as well: the store knows nothing of the policy that it needs.
async fn link_into_store(api: &Api, request: &HttpRequest, outgoing: &Outgoing<'_>) -> Result<Option<String>, Problem> {
    let is_asked_for_whole = request.method() == Method::GET && !request.headers().contains_key(header::RANGE);
    if !api.settings.store_links || outgoing.is_made_here || !is_asked_for_whole {
        return Ok(None);
    }
    let Outgoing { source, manner, .. } = outgoing;
    Ok(api.catalog.link(source, &headers::link_terms(&source.content, *manner)).await?)
}

/// The strong entity tag of content: its digest.
fn entity_tag(digest: &Digest) -> String {
    format!("\"{digest}\"")
}

fn wanted_range(request: &HttpRequest, tag: &str, manner: Manner, size: u64) -> Wanted {
    let Some(wanted) = only(request, &header::RANGE) else {
        return Wanted::Whole;
    };
    let same_bytes = match request.headers().contains_key(header::IF_RANGE) {
        // A date says less than a digest, and a weak tag nothing: neither ever matches.
        true => only(request, &header::IF_RANGE) == Some(tag),
        false => !matches!(manner, Manner::Approved | Manner::Stable),
    };
    if same_bytes { Wanted::parse(wanted, size) } else { Wanted::Whole }
}

fn partial(response: &mut HttpResponseBuilder, range: &std::ops::Range<u64>, size: u64) {
    let last = range.end.saturating_sub(1);
    response.status(StatusCode::PARTIAL_CONTENT);
    response.insert_header((header::CONTENT_RANGE, format!("bytes {}-{last}/{size}", range.start)));
}

fn outside(size: u64) -> HttpResponse {
    let mut response =
        Problem::new(ProblemCode::RangeNotSatisfiable, format!("the content has {size} bytes; ask for some of those")).error_response();
    if let Ok(value) = header::HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

/// The one value of a header; nothing if it is missing, repeated or not text.
fn only<'r>(request: &'r HttpRequest, name: &HeaderName) -> Option<&'r str> {
    let mut values = request.headers().get_all(name);
    let (one, None) = (values.next()?, values.next()) else {
        return None;
    };
    one.to_str().ok().map(str::trim)
}

/// Every tag that a conditional header lists; nothing if there is no such header. Our tags hold no comma, so that a foreign
/// tag with one in it falls into pieces that match nothing.
fn lists<'r>(request: &'r HttpRequest, name: &HeaderName) -> Option<Vec<&'r str>> {
    let mut values = request.headers().get_all(name).peekable();
    values.peek()?;
    Some(values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim).collect())
}

/// A tag without its mark of weakness.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
