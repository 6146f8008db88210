//! Links that work without a key.

use std::{borrow::Cow, time::Duration};

use actix_web::{HttpRequest, HttpResponse, web::Data};
use assets_domain::{CatalogError, MediaType, Showable, Shown, Variant, VersionNumber, ports::Breakage};
use assets_seal::{LinkError, MAX_EXPIRY, MIN_EXPIRY, StableLink};
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use utoipa::IntoParams;

use crate::{
    api::Api,
    auth,
    body::{BinaryBody, PreviewUrl},
    deliver::{self, MadeNow, Manner, Outgoing, StoreLink},
    links::{self, Previewed},
    observe, page,
    parameters::{AssetPath, Ranged, asset_id, part},
    problem::documented::{LinkProblems, PreviewProblems, StableLinkProblems},
    problem::{FieldProblem, Problem, ProblemCode},
    query::Query,
};

/// For how long whoever follows a link waits for a variant to be made.
const PATIENCE: Duration = Duration::from_secs(20);
/// Why a placeholder is shown while a variant is being made.
const PENDING: &str = "pending";
/// Why a placeholder is shown where nothing may be published.
const NOT_APPROVED: &str = "not_approved";

/// What a link is to be made for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what get_preview_url() reads")]
struct PreviewParameters {
    /// Which version; without it, the newest that the caller sees.
    #[param(minimum = 1, required = false)]
    version: Option<u32>,
    /// How it is shown. `original`: as it came in. `thumbnail`, `small`, `large`: a WebP picture of at most 256, 640 or 1600
    /// pixels a side. `page`: a page to read or look at. `text`: the words of copy, blogs and decks. `slide-1`, `slide-2` …:
    /// a WebP picture of one page of a deck, of at most 1600 pixels a side.
    #[param(
        required = false,
        default = "original",
        pattern = "^(original|thumbnail|small|large|page|text|slide-([1-9][0-9]{0,2}|1[0-9]{3}|2000))$"
    )]
    variant: Option<String>,
    /// For how many seconds, rounded up to a window so that the link repeats.
    #[param(minimum = 60, maximum = 604_800, default = 3600, required = false)]
    expires_in: Option<u32>,
}

/// Get a preview link
///
/// A link to one version that works without a key until it expires, or until the asset is archived or deleted or its
/// approval is taken back; and beside it the link to the asset that does not expire. What a variant takes to be made, it
/// takes when a link to it is followed for the first time.
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
    let Asked { version, variant, expires_in } = asked(&request)?;
    let linkable = api.catalog.linkable(&by, id, version).await?;
    let content = &linkable.version.content;
    if !variant.shows(linkable.asset_type, &content.facts) {
        let said = format!("this {} has no {variant}", linkable.asset_type);
        return Err(Problem::invalid(vec![FieldProblem::at(&["query", "variant"], "no_such_variant", said)]));
    }
    let previewed = Previewed { target: linkable.target, filename: &content.filename, media_type: content.media_type };
    let expires_at = links::expiry(&api, expires_in);
    Ok(HttpResponse::Ok().json(PreviewUrl {
        url: links::preview(&api, previewed, variant, expires_at),
        expires_at,
        media_type: variant.media_type(content.media_type).into(),
        stable_url: links::stable(&api, &StableLink { workspace: by.workspace, asset: id, variant }),
    }))
}

struct Asked {
    version: Option<VersionNumber>,
    variant: Variant,
    expires_in: Duration,
}

fn asked(request: &HttpRequest) -> Result<Asked, Problem> {
    let mut query = Query::parse(request);
    let number = |text: &str| text.parse().ok().and_then(|number| VersionNumber::new(number).ok());
    let version = query.one("version", "version_number", "must be a whole number from 1", number);
    let variants = "must be original, thumbnail, small, large, page, text, or slide- and the number of a slide";
    let variant = query.one("variant", "enum", variants, Variant::parse);
    let seconds = |text: &str| text.parse().ok().map(Duration::from_secs).filter(|life| (MIN_EXPIRY..=MAX_EXPIRY).contains(life));
    let expires_in = query.one("expires_in", "out_of_range", "must be 60 to 604800 seconds", seconds);
    query.finish()?;
    Ok(Asked { version, variant: variant.unwrap_or_default(), expires_in: expires_in.unwrap_or(links::DEFAULT_LIFE) })
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
/// Without a key. Raster images, video, plain text and what the service made are shown inline; everything else is downloaded.
/// Where something cannot be shown, there is a placeholder that says why, also in the header `Assets-Placeholder`. No query
/// parameters.
#[utoipa::path(
    get, path = "/p/{token}/{filename}", operation_id = "get_preview", tag = "preview",
    params(LinkPath, Ranged),
    responses(
        (status = 200, description = "The bytes", body = inline(BinaryBody), content_type = "*/*", headers(
            ("ETag" = String, description = "The digest"),
            ("Assets-Placeholder" = String, description = "Only on a placeholder: `needs_ffmpeg`, `needs_libreoffice`, `too_large`, \
                `too_slow`, `unreadable`, or `pending` while it is being made"))),
        (status = 206, description = "The range of bytes that was asked for", body = inline(BinaryBody), content_type = "*/*",
            headers(("Content-Range" = String, description = "Which range of how many bytes"))),
        (status = 304, description = "It is as the caller has it"),
        StoreLink,
        LinkProblems,
    ),
    security(()),
)]
pub(crate) async fn get_preview(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    no_parameters(&request)?;
    let token: String = part(&request, "token", "token", "must be the link as it was given")?;
    let filename = named_file(&request).ok_or_else(altered)?;
    let now = api.clock.now();
    let claims = api.seal.open_link(&token, &filename, now).map_err(|error| match error {
        LinkError::Altered => altered(),
        LinkError::Expired => Problem::new(ProblemCode::LinkGone, "the link has expired; ask for a new one"),
    })?;
    let showable = api.catalog.follow(&claims.target).await?;
    let max_age_seconds = u64::try_from((claims.expires_at - now).num_seconds()).unwrap_or_default();
    show(&api, &request, &showable, claims.variant, Manner::Preview { max_age_seconds }, claims.expires_at).await
}

/// Which stable link.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it documents what get_stable_preview() reads")]
struct StableLinkPath {
    /// Which asset.
    asset_id: uuid::Uuid,
    /// What was signed.
    token: String,
}

/// Follow a stable link
///
/// Without a key, and without end: it shows the version of the asset that stands approved at this moment. While none does, it
/// shows a neutral placeholder, with `Assets-Placeholder: not_approved`; never a draft. No query parameters.
#[utoipa::path(
    get, path = "/a/{asset_id}/{token}", operation_id = "get_stable_preview", tag = "preview",
    params(StableLinkPath, Ranged),
    responses(
        (status = 200, description = "The bytes", body = inline(BinaryBody), content_type = "*/*", headers(
            ("ETag" = String, description = "The digest"),
            ("Assets-Placeholder" = String, description = "Only on a placeholder: `not_approved`, or as for a preview link"))),
        (status = 206, description = "The range of bytes that was asked for", body = inline(BinaryBody), content_type = "*/*",
            headers(("Content-Range" = String, description = "Which range of how many bytes"))),
        (status = 304, description = "It is as the caller has it"),
        StoreLink,
        StableLinkProblems,
    ),
    security(()),
)]
pub(crate) async fn get_stable_preview(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    no_parameters(&request)?;
    let token: String = part(&request, "token", "token", "must be the link as it was given")?;
    let link = asset_id(&request).ok().and_then(|id| api.seal.open_stable(id, &token)).ok_or_else(altered)?;
    match api.catalog.standing(link.workspace, link.asset).await? {
        Some(showable) if link.variant.shows(showable.asset_type, &showable.source.content.facts) => {
            show(&api, &request, &showable, link.variant, Manner::Stable, page::links_until(&api)).await
        }
        _ => placeholder(&api, &request, link.variant, Manner::Stable, NOT_APPROVED).await,
    }
}

/// Shows a variant of what may be shown. A page whose parts have links of their own is made for this answer; those work until
/// a moment.
async fn show(
    api: &Data<Api>,
    request: &HttpRequest,
    showable: &Showable,
    variant: Variant,
    manner: Manner,
    until: DateTime<Utc>,
) -> Result<HttpResponse, Problem> {
    if variant == Variant::Original {
        return deliver::deliver(api, request, Outgoing::original(&showable.source, manner)).await;
    }
    let composed = if variant == Variant::Page { page::of(api, showable, until) } else { Ok(None) };
    if let Some(page) = composed.map_err(|error| Breakage::Failed(Box::new(error)))? {
        let made = MadeNow { bytes: page.into(), media_type: MediaType::Html, placeholder: None };
        return Ok(deliver::answer(api, request, made, manner));
    }
    let Some(shown) = within_patience(api, showable, variant).await? else {
        return placeholder(api, request, variant, manner, PENDING).await;
    };
    let outgoing = |shown| Outgoing { is_made_here: true, ..Outgoing::original(shown, manner) };
    let named = |shown: &Shown| shown.shortfall.map(|shortfall| shortfall.as_str());
    match deliver::deliver(api, request, Outgoing { placeholder: named(&shown), ..outgoing(&shown.source) }).await {
        // What was made can be made again.
        Err(problem) if problem.code() == ProblemCode::Internal && api.catalog.forget_variant(showable, variant).await? => {
            let shown = api.catalog.variant(showable, variant).await?;
            deliver::deliver(api, request, Outgoing { placeholder: named(&shown), ..outgoing(&shown.source) }).await
        }
        delivered => delivered,
    }
}

/// A variant, unless it takes too long to make it. It is made to its end all the same, whoever waits.
async fn within_patience(api: &Data<Api>, showable: &Showable, variant: Variant) -> Result<Option<Shown>, Problem> {
    let (catalog, showable) = (api.catalog.clone(), showable.clone());
    let making = tokio::spawn(observe::carried(async move { catalog.variant(&showable, variant).await }));
    match tokio::time::timeout(PATIENCE, making).await {
        Ok(Ok(made)) => Ok(Some(made?)),
        Ok(Err(lost)) => Err(CatalogError::from(Breakage::Failed(Box::new(lost))).into()),
        Err(_) => Ok(None),
    }
}

/// What stands in the place of something that cannot be shown now, and says nothing of it.
async fn placeholder(
    api: &Api,
    request: &HttpRequest,
    variant: Variant,
    manner: Manner,
    why: &'static str,
) -> Result<HttpResponse, Problem> {
    const NOTHING: &str = "There is nothing to show here now.";
    let media_type = variant.media_type(MediaType::Webp);
    let bytes = match media_type {
        MediaType::Html => format!("<!doctype html>\n<meta charset=\"utf-8\">\n<title>{NOTHING}</title>\n<p>{NOTHING}</p>\n").into(),
        MediaType::PlainText => NOTHING.into(),
        _ => api.catalog.nothing(variant).await?,
    };
    Ok(deliver::answer(api, request, MadeNow { bytes, media_type, placeholder: Some(why) }, manner))
}

fn no_parameters(request: &HttpRequest) -> Result<(), Problem> {
    if request.query_string().is_empty() {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::BadRequest, "a preview link takes no query parameters"))
}

/// The last part of the path, decoded once: what the router hands out has percent, plus and slash still encoded.
fn named_file(request: &HttpRequest) -> Option<Cow<'_, str>> {
    let (_, name) = request.uri().path().rsplit_once('/')?;
    percent_decode_str(name).decode_utf8().ok()
}

fn altered() -> Problem {
    Problem::new(ProblemCode::InvalidLink, "use the link exactly as it was given")
}
