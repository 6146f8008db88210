//! Links that work without a key.

use std::{borrow::Cow, time::Duration};

use actix_web::{HttpRequest, HttpResponse, web::Data};
use assets_domain::VersionNumber;
use assets_seal::{LinkError, MAX_EXPIRY, MIN_EXPIRY};
use percent_encoding::percent_decode_str;
use utoipa::IntoParams;

use crate::{
    api::Api,
    auth,
    body::{PreviewUrl, PreviewVariant},
    deliver::{self, Manner, StoreLink},
    links,
    parameters::{AssetPath, Ranged, asset_id, part},
    problem::documented::{LinkProblems, PreviewProblems},
    problem::{Problem, ProblemCode},
    query::Query,
};

/// What a link is to be made for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what get_preview_url() reads")]
struct PreviewParameters {
    /// Which version; without it, the newest that the caller sees.
    #[param(minimum = 1, required = false)]
    version: Option<u32>,
    /// Which rendition.
    #[param(required = false, inline)]
    variant: Option<PreviewVariant>,
    /// For how many seconds, rounded up to a window so that the link repeats.
    #[param(minimum = 60, maximum = 604_800, default = 3600, required = false)]
    expires_in: Option<u32>,
}

/// Get a preview link
///
/// A link to one version that works without a key until it expires, or until the asset is archived or deleted or its
/// approval is taken back.
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}/preview-url", operation_id = "get_preview_url", tag = "preview",
    params(AssetPath, PreviewParameters),
    responses((status = 200, description = "The link", body = PreviewUrl), PreviewProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn get_preview_url(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let id = asset_id(&request)?;
    let asked = asked(&request)?;
    let (target, version) = api.catalog.linkable(&by, id, asked.version).await?;
    let (url, expires_at) = links::preview(&api, target, &version.content.filename, asked.expires_in);
    Ok(HttpResponse::Ok().json(PreviewUrl { url, expires_at, media_type: version.content.media_type.into() }))
}

struct Asked {
    version: Option<VersionNumber>,
    expires_in: Duration,
}

fn asked(request: &HttpRequest) -> Result<Asked, Problem> {
    let mut query = Query::parse(request);
    let number = |text: &str| text.parse().ok().and_then(|number| VersionNumber::new(number).ok());
    let version = query.one("version", "version_number", "must be a whole number from 1", number);
    query.one("variant", "enum", "must be original", |text| (text == "original").then_some(()));
    let seconds = |text: &str| text.parse().ok().map(Duration::from_secs).filter(|life| (MIN_EXPIRY..=MAX_EXPIRY).contains(life));
    let expires_in = query.one("expires_in", "out_of_range", "must be 60 to 604800 seconds", seconds);
    query.finish()?;
    Ok(Asked { version, expires_in: expires_in.unwrap_or(links::DEFAULT_LIFE) })
}

/// Which link.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it documents what get_preview() reads")]
struct LinkPath {
    /// What was signed.
    token: String,
    /// The name of the file that it was signed for.
    filename: String,
}

/// Follow a preview link
///
/// Without a key. Raster images, video and plain text are shown inline; everything else is downloaded. No query
/// parameters.
#[utoipa::path(
    get, path = "/p/{token}/{filename}", operation_id = "get_preview", tag = "preview",
    params(LinkPath, Ranged),
    responses(
        (status = 200, description = "The bytes", body = String, content_type = "application/octet-stream",
            headers(("ETag" = String, description = "The digest"))),
        (status = 206, description = "The range of bytes that was asked for", body = String, content_type = "application/octet-stream",
            headers(("Content-Range" = String, description = "Which range of how many bytes"))),
        (status = 304, description = "It is as the caller has it"),
        StoreLink,
        LinkProblems,
    ),
    security(()),
)]
pub(crate) async fn get_preview(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if !request.query_string().is_empty() {
        return Err(Problem::new(ProblemCode::BadRequest, "a preview link takes no query parameters"));
    }
    let token: String = part(&request, "token", "token", "must be the link as it was given")?;
    let filename = named_file(&request).ok_or_else(altered)?;
    let now = api.clock.now();
    let claims = api.seal.open_link(&token, &filename, now).map_err(|error| match error {
        LinkError::Altered => altered(),
        LinkError::Expired => Problem::new(ProblemCode::LinkGone, "the link has expired; ask for a new one"),
    })?;
    let source = api.catalog.follow(&claims.target).await?;
    let left = u64::try_from((claims.expires_at - now).num_seconds()).unwrap_or_default();
    deliver::deliver(&api, &request, &source, Manner::Preview { max_age_seconds: left }).await
}

/// The last part of the path, decoded once: what the router hands out has percent, plus and slash still encoded.
fn named_file(request: &HttpRequest) -> Option<Cow<'_, str>> {
    let (_, name) = request.uri().path().rsplit_once('/')?;
    percent_decode_str(name).decode_utf8().ok()
}

fn altered() -> Problem {
    Problem::new(ProblemCode::InvalidLink, "use the link exactly as it was given")
}
