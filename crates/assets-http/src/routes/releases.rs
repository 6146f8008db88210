//! Releases: approved bytes are handed out one asset at a time, and it is known to whom.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Payload},
};
use assets_domain::{Released, Remember, Scope};

use crate::{
    api::Api,
    auth,
    body::{HandoverBody, HandoverPage, ReleaseBody, ReleaseInput, SigningKeys},
    idempotency::{self, Answer},
    links::{self, Previewed},
    pages::{self, PageParameters},
    parameters::{AssetPath, Repeatable, asset_id},
    problem::{
        Problem,
        documented::{PartListProblems, PublicProblems, ReleaseProblems},
    },
    query::Query,
    upload::{self, JsonBody},
};

/// Have an asset released
///
/// Asks whether the approved version may be published in a channel now, and hands it out: its digest, a link to the bytes and
/// a signed ticket, good for at most 15 minutes. If not, 409 `not_released`, with every reason. Who was handed which bytes stays on
/// record. The scope `assets:read:approved` is enough.
#[utoipa::path(
    post, path = "/api/v1/assets/{asset_id}/release", operation_id = "release_asset", tag = "publishing",
    params(AssetPath, Repeatable),
    request_body = ReleaseInput,
    responses((status = 200, description = "The bytes are handed out", body = ReleaseBody), ReleaseProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn release_asset(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let id = asset_id(&request)?;
    api.catalog.get(&by, id).await?;
    let (input, body): (ReleaseInput, _) = upload::read_json(&api, &request, payload, JsonBody::Required).await?;
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |receipt| {
        let shown = api.clone();
        let remember = receipt.map(|id| Remember { id, render: Arc::new(move |released: &Released| handed(&shown, released).to_bytes()) });
        let released = api.catalog.release(&by, id, &input.channel, input.market.as_ref(), remember.as_ref()).await?;
        Ok(handed(&api, &released).into())
    })
    .await
}

fn handed(api: &Api, released: &Released) -> Answer {
    let content = &released.version.content;
    let previewed = Previewed { target: released.target, filename: &content.filename, media_type: content.media_type };
    let link = links::preview(api, previewed, assets_domain::Variant::Original, released.release.expires_at);
    Answer::json(StatusCode::OK, Vec::new(), &ReleaseBody::new(released, link))
}

/// List who has what of an asset
///
/// Every release of it, and every export that has it, newest first. `recalled_at` says since when the bytes are taken back.
/// Needs the scope `assets:read`.
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}/releases", operation_id = "list_releases", tag = "publishing",
    params(AssetPath, PageParameters),
    responses((status = 200, description = "One page", body = HandoverPage), PartListProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn list_releases(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    by.scopes.require(Scope::Read)?;
    let id = asset_id(&request)?;
    api.catalog.get(&by, id).await?;
    let page = pages::asked(&api, Query::parse(&request), &format!("releases of {id} in {}", by.workspace))?;
    let handed = api.catalog.handovers(&by, id, page.after, page.limit_and_one()).await?;
    let (handed, next_cursor) = page.cut(&api, handed, |handed| (handed.at, handed.way.id()));
    Ok(HttpResponse::Ok().json(HandoverPage { items: handed.into_iter().map(HandoverBody::from).collect(), next_cursor }))
}

/// Get the keys that sign
///
/// A JWK Set (RFC 7517) of every key by which this installation ever signed approvals, exports and tickets; the first signs
/// now. Nobody needs a key to ask.
#[utoipa::path(
    get, path = "/.well-known/assets-keys.json", operation_id = "get_signing_keys", tag = "publishing",
    responses((status = 200, description = "The keys", body = SigningKeys, content_type = "application/jwk-set+json"), PublicProblems),
    security(()),
)]
pub(crate) async fn get_signing_keys(api: Data<Api>) -> Result<HttpResponse, Problem> {
    let keys = api.catalog.public_keys()?;
    Ok(HttpResponse::Ok()
        .insert_header((actix_web::http::header::CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/jwk-set+json")
        .body(keys))
}
