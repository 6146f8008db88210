//! How much there is, and how much there may be.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};

use crate::{
    api::Api,
    auth,
    body::UsageBody,
    problem::{Problem, documented::KeyedProblems},
};

/// How much is there
///
/// How many assets and bytes the workspace has, and how many it may have. It is exact. Needs the scope `admin`.
#[utoipa::path(
    get, path = "/api/v1/admin/usage", operation_id = "get_usage", tag = "custody",
    responses((status = 200, description = "How much there is", body = UsageBody), KeyedProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn get_usage(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    let usage = api.catalog.usage(&by).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(UsageBody::from(usage)))
}
