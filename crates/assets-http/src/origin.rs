//! Two origins in one service: where content has one of its own, what anybody made never shares an origin with what the
//! service is used by, and neither answers in the place of the other.

use actix_web::{
    Error, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web::Data,
};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::{
    api::{Api, Settings},
    problem::{Problem, ProblemCode},
};

/// What the first part of a path that shows content can be.
const CONTENT: [&str; 2] = ["p", "a"];
/// What both origins answer: a proxy in front of either asks for it.
const BOTH: &str = "healthz";

/// Refuses what belongs to the other origin.
pub(crate) async fn apart(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let settings = request.app_data::<Data<Api>>().map(|api| &api.settings);
    match settings.and_then(|settings| misdirected(settings, request.request())) {
        Some(problem) => Err(problem.into()),
        None => next.call(request).await,
    }
}

/// What is wrong with the origin of a request, if content has one of its own. Which one is asked, the host says that the
/// request was sent to: behind a proxy that rewrites it, there is no telling.
fn misdirected(settings: &Settings, request: &HttpRequest) -> Option<Problem> {
    let content_url = settings.content_url.as_ref()?;
    // Letters may be written as percents, which the router reads as letters.
    let path = percent_decode_str(request.path()).decode_utf8_lossy();
    let first = path.split('/').find(|part| !part.is_empty()).unwrap_or_default();
    if first == BOTH {
        return None;
    }
    match (CONTENT.contains(&first), is_for(content_url, request)) {
        (true, true) | (false, false) => None,
        (true, false) => Some(Problem::new(ProblemCode::NotFound, "content is shown at its own origin; use the link as it was given")),
        (false, true) => Some(Problem::new(ProblemCode::NotFound, "nothing but content is shown at this origin")),
    }
}

/// Whether a request was sent to the host of an address. The port counts only where the address names one, as a proxy in
/// front may have another.
fn is_for(url: &Url, request: &HttpRequest) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Ok(asked) = Url::parse(&format!("{}://{host}", url.scheme())) else { return false };
    asked.host() == url.host() && (url.port().is_none() || asked.port() == url.port())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn refused(host: &str, path: &str) -> bool {
        let mut settings = Settings::at("https://assets.example/".parse().unwrap());
        settings.content_url = Some("https://content.example/".parse().unwrap());
        let request = TestRequest::with_uri(path).insert_header((header::HOST, host)).to_http_request();
        misdirected(&settings, &request).is_some()
    }

    #[test]
    fn content_is_at_its_own_origin_and_nothing_else_is() {
        for (host, path, is_refused) in [
            ("content.example", "/p/token/hero.png", false),
            ("content.example:443", "/a/id/token", false),
            ("content.example", "/api/v1/assets", true),
            ("content.example", "/docs/", true),
            ("content.example", "//api/v1/assets", true),
            ("content.example", "/healthz", false),
            ("assets.example", "/p/token/hero.png", true),
            ("assets.example", "//p/token/hero.png", true),
            ("assets.example", "/%70/token/hero.png", true),
            ("assets.example", "/%61/id/token", true),
            ("content.example", "/%61pi/v1/assets", true),
            ("assets.example", "/api/v1/assets", false),
            ("assets.example", "/", false),
            ("127.0.0.1:8080", "/p/token/hero.png", true),
            ("127.0.0.1:8080", "/api/v1/assets", false),
            ("CONTENT.example", "/api/v1/assets", true),
        ] {
            assert_eq!(refused(host, path), is_refused, "{host} {path}");
        }
    }

    #[test]
    fn without_an_origin_of_its_own_content_is_where_everything_is() {
        let settings = Settings::at("https://assets.example/".parse().unwrap());
        let request = TestRequest::with_uri("/p/token/hero.png").insert_header((header::HOST, "any.example")).to_http_request();
        assert!(misdirected(&settings, &request).is_none());
    }
}
