//! Whether the service runs, what it offers, and how it fares.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use assets_domain::{Scope, ports::Breakage};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::{
    api::Api,
    auth,
    problem::documented::{KeyedProblems, ReadinessProblems},
    problem::{Problem, ProblemCode},
    server::Document,
};

/// How long the database and the store may each think about whether they are there.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// How the service is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Always `ok`: whatever is not is a problem.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Is the process alive
///
/// Touches neither database nor store.
#[utoipa::path(
    get, path = "/healthz", operation_id = "healthz", tag = "system",
    responses((status = 200, description = "It is", body = Health)),
    security(()),
)]
pub(crate) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Is the service ready
///
/// Asks the database and the store.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readyz", tag = "system",
    responses((status = 200, description = "It is", body = Health), ReadinessProblems),
    security(()),
)]
pub(crate) async fn readyz(api: Data<Api>) -> Result<HttpResponse, Problem> {
    for (name, part) in &api.readiness {
        let checked = timeout(READY_WITHIN, part.check()).await;
        if let Err(why) = checked.unwrap_or_else(|_| Err("it says nothing".to_owned())) {
            tracing::error!(part = name, why, "not ready");
            return Err(Problem::new(ProblemCode::Unavailable, format!("the {name} does not answer")).retry_after(5));
        }
    }
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

/// An OpenAPI document, which is read by programs that know what it may have.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents what get_openapi() answers")]
struct OpenApiDocument {
    /// Which OpenAPI.
    #[schema(example = "3.1.0")]
    openapi: String,
    /// Everything else.
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, serde_json::Value>,
}

/// This document
#[utoipa::path(
    get, path = "/api/v1/openapi.json", operation_id = "get_openapi", tag = "system",
    responses((status = 200, description = "The OpenAPI document", body = OpenApiDocument)),
    security(()),
)]
pub(crate) async fn get_openapi(document: Data<Document>) -> Result<HttpResponse, Problem> {
    let json = document.json().map_err(|error| Breakage::Failed(Box::new(error)))?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(json))
}

/// Metrics
///
/// In the text format of Prometheus. Needs the scope `admin`.
#[utoipa::path(
    get, path = "/metrics", operation_id = "metrics", tag = "system",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain"), KeyedProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn metrics(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    by.scopes.require(Scope::Admin)?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4")).body((api.metrics)()))
}
