//! What publishers call.

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::{
    api::Api,
    auth,
    body::{BinaryBody, VersionBody},
    deliver::{self, Manner, Outgoing, StoreLink},
    parameters::{AssetPath, Ranged, asset_id},
    problem::{
        Problem,
        documented::{ApprovedContentProblems, ApprovedProblems},
    },
};

/// Look at the approved version
///
/// The one version whose approval stands now, whatever is being worked on. 404 `not_approved` if none does. The scope
/// `assets:read:approved` is enough.
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}/approved", operation_id = "get_approved_version", tag = "publishing",
    params(AssetPath),
    responses((status = 200, description = "The approved version", body = VersionBody), ApprovedProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn get_approved_version(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let approved = api.catalog.approved(&by, asset_id(&request)?).await?;
    Ok(HttpResponse::Ok()
        .insert_header((actix_web::http::header::CACHE_CONTROL, "private, no-cache"))
        .json(VersionBody::from(approved.version().clone())))
}

/// Fetch the approved content
///
/// Byte for byte what was approved. A range is given only together with `If-Range`, so that no receiver glues two
/// approvals together. 404 `not_approved` if none stands. The scope `assets:read:approved` is enough.
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}/approved/content", operation_id = "get_approved_content", tag = "publishing",
    params(AssetPath, Ranged),
    responses(
        (status = 200, description = "The bytes", body = inline(BinaryBody), content_type = "*/*", headers(
            ("ETag" = String, description = "The digest"), ("Repr-Digest" = String, description = "The digest (RFC 9530)"),
            ("Cache-Control" = String, description = "private, no-cache: ask again each time"))),
        (status = 206, description = "The range of bytes that was asked for", body = inline(BinaryBody), content_type = "*/*",
            headers(("Content-Range" = String, description = "Which range of how many bytes"))),
        (status = 304, description = "It is as the caller has it"),
        StoreLink,
        ApprovedContentProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn get_approved_content(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let source = api.catalog.approved_content(&by, asset_id(&request)?).await?;
    deliver::deliver(&api, &request, Outgoing::original(&source, Manner::Approved)).await
}
