//! MCP over HTTP, beside REST: `/mcp`, behind the same keys, limits and problems.

use std::{net::SocketAddr, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    web::{self, Data},
};
use assets_http::{Inside, NoAnswer, Problem, ProblemCode, Visitor};
use assets_mcp::{Endpoint, Operations, Unreachable};
use async_trait::async_trait;
use bytes::Bytes;
use url::Url;

const PATH: &str = "/mcp";

/// The endpoint of a service that is reached under a public address, and listens at another.
pub(crate) fn endpoint(public_url: &Url, address: SocketAddr, cors_origins: &[String]) -> Endpoint {
    let mut hosts = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
    hosts.push(address.ip().to_string());
    hosts.extend(public_url.host_str().map(str::to_owned));
    let own = public_url.origin().ascii_serialization();
    let origins = cors_origins.iter().chain([&own]).filter_map(|origin| with_port(origin)).collect();
    Endpoint::new(hosts, origins)
}

/// An origin with its port written out: one without would stand for every port.
fn with_port(origin: &str) -> Option<String> {
    let url = Url::parse(origin).ok()?;
    Some(format!("{}://{}:{}", url.scheme(), url.host_str()?, url.port_or_known_default()?))
}

/// Puts the endpoint into a worker's application.
pub(crate) fn serve(config: &mut web::ServiceConfig, endpoint: Endpoint, inside: Inside) {
    let resource = web::resource(PATH).app_data(Data::new(endpoint)).app_data(Data::new(inside));
    config.service(resource.default_service(web::to(answer)));
}

/// Who calls comes first, as everywhere; then the body is read.
async fn answer(request: HttpRequest, body: web::Payload, endpoint: Data<Endpoint>, inside: Data<Inside>) -> Result<HttpResponse, Problem> {
    let visitor = inside.admit(&request).await?;
    let body = inside.body(&request, body).await?;
    let asked = asked(&request, body).map_err(|error| Problem::new(ProblemCode::BadRequest, error.to_string()))?;
    let response = endpoint.answer(asked, Arc::new(Within(visitor))).await;
    answered(&request, response)
}

/// The request as the protocol's library reads one. The key stays here.
fn asked(request: &HttpRequest, body: Bytes) -> Result<http::Request<Bytes>, http::Error> {
    let mut asked = http::Request::builder().method(request.method().as_str()).uri(request.uri().to_string());
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != header::AUTHORIZATION) {
        asked = asked.header(name.as_str(), value.as_bytes());
    }
    asked.body(body)
}

/// The answer as it is sent. What is refused outside the protocol, in plain words, becomes a problem like every other.
fn answered(request: &HttpRequest, response: http::Response<Bytes>) -> Result<HttpResponse, Problem> {
    let status = StatusCode::from_u16(response.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let is_json = response.headers().get(http::header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !status.is_success() && !is_json {
        return Err(refusal(request, status, &String::from_utf8_lossy(response.body())));
    }
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    for (name, value) in response.headers() {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_str().as_bytes()), HeaderValue::from_bytes(value.as_bytes())) {
            answer.append_header((name, value));
        }
    }
    Ok(answer.body(response.into_body()))
}

fn refusal(request: &HttpRequest, status: StatusCode, said: &str) -> Problem {
    let code = match status.as_u16() {
        403 => ProblemCode::ForbiddenOrigin,
        404 => ProblemCode::NotFound,
        405 => {
            return Problem::new(ProblemCode::MethodNotAllowed, format!("{} is not allowed here, POST is", request.method()))
                .allowing("POST".to_owned());
        }
        406 => ProblemCode::NotAcceptable,
        413 => ProblemCode::TooLarge,
        415 => ProblemCode::UnsupportedMediaType,
        400..=499 => ProblemCode::BadRequest,
        _ => {
            tracing::error!(%status, said, "the protocol failed");
            return Problem::new(ProblemCode::Internal, "the request failed for a reason that is in the service's log");
        }
    };
    Problem::new(code, said)
}

/// The operations, for whoever was recognised.
struct Within(Visitor);

#[async_trait]
impl Operations for Within {
    async fn perform(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Unreachable> {
        self.0.perform(request).await.map_err(|error: NoAnswer| Unreachable(error.to_string()))
    }
}
