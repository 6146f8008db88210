//! One line of log and a few numbers for every request, and a name to find it by.

use std::{any::Any, panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, ResponseError,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use assets_domain::{KeyPrefix, ports::Breakage};
use futures_util::FutureExt;

use crate::{
    api::Api,
    auth,
    limit::Allowance,
    problem::{Problem, ProblemCode},
};

tokio::task_local! {
    static REQUEST_ID: String;
}

static REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// What authentication found out, for the log and the rate-limit headers.
#[derive(Clone)]
pub(crate) struct Recognised {
    pub(crate) key: KeyPrefix,
    pub(crate) allowance: Allowance,
}

/// The name of the request that is being handled here.
pub(crate) fn request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

/// Logs what broke, with its whole chain of causes: the caller is told the request's name only.
pub(crate) fn broken(breakage: &Breakage) {
    let mut chain = breakage.to_string();
    let mut cause = std::error::Error::source(breakage);
    while let Some(error) = cause {
        chain.push_str(": ");
        chain.push_str(&error.to_string());
        cause = error.source();
    }
    tracing::error!(request_id = request_id(), error = chain, "storage failed");
}

/// Names the request, hands it on, turns a panic into a problem, and writes the line.
pub(crate) async fn watch(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = request.app_data::<Data<Api>>().map(|api| api.ids.next().simple().to_string()).unwrap_or_default();
    REQUEST_ID.scope(id.clone(), watched(id, request, next)).await
}

async fn watched(
    id: String,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    // The request must not be cloned here: routing writes into it, which it can only as its one owner.
    let mut response = match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(handled) => handled?.map_into_boxed_body(),
        Err(panic) => {
            let problem = panicked(&*panic);
            let response = problem.error_response();
            return Err(InternalError::from_response(problem, response).into());
        }
    };
    if response.response().error().is_some_and(|error| error.as_error::<Problem>().is_none()) {
        response = framework_refusal(response);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID_HEADER.clone(), value);
    }
    let recognised = actix_web::HttpMessage::extensions(response.request()).get::<Recognised>().cloned();
    if let Some(Recognised { allowance, .. }) = &recognised {
        allowance.write_to(response.headers_mut());
    }
    account(&id, &response, recognised, begun);
    Ok(response)
}

/// What the framework itself refuses becomes a problem like every other.
fn framework_refusal(response: ServiceResponse) -> ServiceResponse {
    let code = match response.status().as_u16() {
        404 => ProblemCode::NotFound,
        405 => ProblemCode::MethodNotAllowed,
        408 => ProblemCode::RequestTimeout,
        413 => ProblemCode::TooLarge,
        415 => ProblemCode::UnsupportedMediaType,
        400..=499 => ProblemCode::BadRequest,
        _ => ProblemCode::Internal,
    };
    let said = if code == ProblemCode::Internal {
        String::new()
    } else {
        response.response().error().map(ToString::to_string).unwrap_or_default()
    };
    let detail = if said.is_empty() { "the request could not be handled".to_owned() } else { said };
    let (request, _) = response.into_parts();
    ServiceResponse::from_err(Problem::new(code, detail), request)
}

fn panicked(panic: &(dyn Any + Send)) -> Problem {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown");
    tracing::error!(request_id = request_id(), panic = words, "a handler panicked");
    Problem::new(ProblemCode::Internal, "the request failed for a reason that is in the service's log").named(request_id())
}

fn account(id: &str, response: &ServiceResponse, recognised: Option<Recognised>, begun: Instant) {
    let request = response.request();
    let status = response.status().as_u16();
    // The pattern, never the path: a preview link's token is in its path, and a path is without bounds.
    let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
    let seconds = begun.elapsed().as_secs_f64();
    let size = match response.response().body().size() {
        BodySize::Sized(size) => Some(size),
        BodySize::None => Some(0),
        BodySize::Stream => None,
    };
    let method = request.method().as_str().to_owned();
    tracing::info!(
        request_id = id,
        method,
        route,
        status,
        size_bytes = size,
        milliseconds = (seconds * 1e6).round() / 1e3,
        key = recognised.as_ref().map(|recognised| recognised.key.as_str()),
        peer = request.app_data::<Data<Api>>().map(|api| auth::peer(request, &api.settings.trusted_proxies).to_string()),
        problem = response.response().error().and_then(|error| error.as_error::<Problem>()).map(|problem| problem.code().as_str()),
        "request"
    );
    metrics::counter!("assets_http_requests_total", "method" => method.clone(), "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("assets_http_request_seconds", "method" => method, "route" => route).record(seconds);
}
