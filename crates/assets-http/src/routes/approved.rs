//! What publishers call.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use utoipa::IntoParams;

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
    query::Query,
    routes,
};

/// At which moment.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what moment() reads")]
struct MomentParameters {
    /// What was approved then, instead of now. A key with only `assets:read:approved` sees of that no more than what still stands.
    #[param(required = false)]
    at: Option<DateTime<Utc>>,
}

/// Reads at which moment something is asked for; `None` is now.
fn moment(api: &Api, request: &HttpRequest) -> Result<Option<DateTime<Utc>>, Problem> {
    let now = api.clock.now();
    let mut query = Query::parse(request);
    let at = query.one("at", "date_time", "must be a time like 2026-01-31T12:00:00Z that is not in the future", |text| {
        routes::time(text).filter(|at| *at <= now)
    });
    query.finish_alone()?;
    Ok(at)
}

/// Look at the approved version
///
/// The one version whose approval stands now, whatever is being worked on, or with `at` the one whose approval stood then. 404
/// `not_approved` if none does. The scope `assets:read:approved` is enough.
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}/approved", operation_id = "get_approved_version", tag = "publishing",
    params(AssetPath, MomentParameters),
    responses((status = 200, description = "The approved version", body = VersionBody), ApprovedProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn get_approved_version(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let id = asset_id(&request)?;
    let version = match moment(&api, &request)? {
        None => api.catalog.approved(&by, id).await?.into_version(),
        Some(at) => api.catalog.approved_at(&by, id, at).await?,
    };
    Ok(HttpResponse::Ok().insert_header((actix_web::http::header::CACHE_CONTROL, "private, no-cache")).json(VersionBody::from(version)))
}

/// Fetch the approved content
///
/// Byte for byte what was approved, or with `at` what was approved then. A range is given only together with `If-Range`, so that no
/// receiver glues two approvals together. 404 `not_approved` if none stands. The scope `assets:read:approved` is enough.
#[utoipa::path(
    get, path = "/api/v1/assets/{asset_id}/approved/content", operation_id = "get_approved_content", tag = "publishing",
    params(AssetPath, MomentParameters, Ranged),
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
    let id = asset_id(&request)?;
    let source = match moment(&api, &request)? {
        None => api.catalog.approved_content(&by, id).await?,
        Some(at) => api.catalog.approved_content_at(&by, id, at).await?,
    };
    deliver::deliver(&api, &request, Outgoing::original(&source, Manner::Approved)).await
}
