//! Answers about one asset, the same whether given for the first time or again.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, ContentType},
    },
    web::Data,
};
use assets_domain::{Asset, AssetView, Call, Principal, Remember, Revision, WorkspaceId, ports::ReceiptId};

use crate::{api::Api, body::AssetBody, etag, idempotency::Answer, links, problem::Problem};

/// An asset as a body.
pub(crate) fn body(api: &Api, workspace: WorkspaceId, asset: AssetView) -> AssetBody {
    let preview_url = links::preview_of(api, workspace, &asset);
    AssetBody::new(asset, preview_url)
}

/// The ETag of an asset, for now.
pub(crate) fn etag(api: &Api, revision: Revision) -> String {
    etag::of_asset(revision, assets_seal::link_window(api.clock.now()))
}

/// The answer to a request that changed an asset, or created it.
pub(crate) fn about(api: &Api, workspace: WorkspaceId, status: StatusCode, asset: AssetView) -> Answer {
    let mut headers = vec![(header::ETAG.as_str().to_owned(), etag(api, asset.revision))];
    if status == StatusCode::CREATED {
        headers.push((header::LOCATION.as_str().to_owned(), format!("/api/v1/assets/{}", asset.id)));
    }
    Answer::json(status, headers, &body(api, workspace, asset))
}

/// The call that a request makes: by whom, on which condition, and remembered how.
pub(crate) fn call(
    api: &Data<Api>,
    by: &Principal,
    request: &HttpRequest,
    receipt: Option<ReceiptId>,
    status: StatusCode,
) -> Result<Call, Problem> {
    let remember = receipt.map(|id| {
        let (api, workspace) = (api.clone(), by.workspace);
        Remember { id, render: Arc::new(move |asset: &Asset| about(&api, workspace, status, asset.clone().working()).to_bytes()) }
    });
    Ok(Call { by: by.clone(), if_match: etag::expected_revision(request)?, remember })
}

/// A JSON body with its ETag, or nothing but the ETag if the caller has it already.
///
/// # Errors
/// Of making the body.
pub(crate) fn cached(request: &HttpRequest, tag: String, body: impl FnOnce() -> Result<Vec<u8>, Problem>) -> Result<HttpResponse, Problem> {
    if etag::is_known(request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ETAG, tag)).insert_header((header::CACHE_CONTROL, "private, no-cache"));
    Ok(response.content_type(ContentType::json()).body(body()?))
}
