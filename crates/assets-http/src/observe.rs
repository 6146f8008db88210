//! One line of log and a few numbers for every request, and a name to find it by.

use std::{any::Any, net::IpAddr, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use assets_domain::{Actor, Principal, WorkspaceId, ports::Breakage};
use futures_util::FutureExt;
use uuid::{Uuid, fmt::Simple};

use crate::{
    api::Api,
    auth,
    inside::Admitted,
    limit::Allowance,
    problem::{Problem, ProblemCode},
    refusals,
};

tokio::task_local! {
    static REQUEST_ID: Uuid;
}

static REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// What authentication found out, for the log and the rate-limit headers.
#[derive(Clone)]
pub(crate) struct Recognised {
    pub(crate) workspace: WorkspaceId,
    pub(crate) actor: Actor,
    pub(crate) allowance: Allowance,
}

impl Recognised {
    /// Somebody whose request is not counted, because the one that it came of was.
    pub(crate) fn uncounted(principal: &Principal) -> Self {
        Self::counted(principal, Allowance { limit: 0, remaining: 0, reset_seconds: 0 })
    }

    /// Somebody whose request was counted, and what is left to it.
    pub(crate) fn counted(principal: &Principal, allowance: Allowance) -> Self {
        Self { workspace: principal.workspace, actor: principal.actor.clone(), allowance }
    }
}

/// The name of the request that is being handled here, for what is handed on in its name.
pub(crate) fn request_uuid() -> Uuid {
    REQUEST_ID.try_with(|id| *id).unwrap_or_default()
}

/// The name of the request that is being handled here.
pub(crate) fn request_id() -> Option<String> {
    REQUEST_ID.try_with(|id| id.simple().to_string()).ok()
}

/// Logs and counts what broke, with its whole chain of causes: the caller is told the request's name only.
pub(crate) fn broken(breakage: &Breakage) {
    let mut chain = breakage.to_string();
    let mut cause = std::error::Error::source(breakage);
    while let Some(error) = cause {
        chain.push_str(": ");
        chain.push_str(&error.to_string());
        cause = error.source();
    }
    tracing::error!(request_id = request_id(), error = chain, "storage failed");
    count(Some(breakage));
}

/// Counts what broke, as far as it is known.
pub(crate) fn count(breakage: Option<&Breakage>) {
    let kind = match breakage {
        Some(Breakage::Unavailable(_)) => "unavailable",
        Some(Breakage::Full(_)) => "full",
        Some(Breakage::Damaged(_)) => "damaged",
        Some(Breakage::Failed(_)) | None => "failed",
    };
    metrics::counter!("assets_storage_failures_total", "kind" => kind).increment(1);
}

/// Keeps the name of the request with work that goes on without it.
pub(crate) fn carried<W: Future>(work: W) -> impl Future<Output = W::Output> {
    REQUEST_ID.scope(request_uuid(), work)
}

/// Names the request, hands it on, turns a panic into a problem, and writes the line.
pub(crate) async fn watch(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    // What comes from within bears the name of the request that it came of.
    let handed_on = request.extensions().get::<Admitted>().map(|admitted| admitted.request_id);
    let id = handed_on.or_else(|| request.app_data::<Data<Api>>().map(|api| api.ids.next())).unwrap_or_default();
    REQUEST_ID.scope(id, watched(id, request, next)).await
}

async fn watched(
    id: Uuid,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let seen = Seen::of(id, request.request());
    // The request must not be cloned here: routing writes into it, which it can only as its one owner.
    let handled = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    if !matches!(&handled, Ok(Ok(response)) if response.status().is_success()) {
        // Whoever refuses a body early has dropped it by now. The framework (actix-http 3.20) notices that only when it is
        // polled once more: else it would read nothing from this connection ever again, nor close it.
        tokio::task::yield_now().await;
    }
    let mut response = match handled.unwrap_or_else(|panic| Err(panicked(&*panic).into())) {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => {
            // The request went down with its handler: there is nothing to answer it through but the error.
            let mut response = error.error_response();
            seen.sign(response.headers_mut());
            seen.account(&response, error.as_error(), None);
            return Err(InternalError::from_response(error, response).into());
        }
    };
    if is_foreign_refusal(response.response()) {
        response = framework_refusal(response);
    }
    seen.sign(response.headers_mut());
    let recognised = response.request().extensions().get::<Recognised>().cloned();
    if let Some(Recognised { allowance, .. }) = &recognised {
        allowance.write_to(response.headers_mut());
    }
    let problem = response.response().error().and_then(Error::as_error::<Problem>);
    if let (Some(problem), Some(recognised), Some(api)) = (problem, &recognised, response.request().app_data::<Data<Api>>()) {
        refusals::note(api, response.request(), recognised, problem);
    }
    seen.account(response.response(), problem, recognised);
    Ok(response)
}

/// Whether it was not a handler that refused: the error is no problem, or there is nothing said at all.
fn is_foreign_refusal(response: &HttpResponse) -> bool {
    let is_silent = matches!(response.body().size(), BodySize::None | BodySize::Sized(0)) && response.status().is_client_error();
    response.error().map_or(is_silent, |error| error.as_error::<Problem>().is_none())
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

/// A request as it came in.
struct Seen {
    id: Uuid,
    method: Method,
    route: Arc<str>,
    peer: Option<IpAddr>,
    begun: Instant,
}

impl Seen {
    fn of(id: Uuid, request: &HttpRequest) -> Self {
        Self {
            id,
            method: request.method().clone(),
            // The pattern, never the path: a preview link's token is in its path, and a path is without bounds.
            route: request.match_pattern().map_or_else(|| "unknown".into(), Into::into),
            peer: request.app_data::<Data<Api>>().map(|api| auth::peer(request, &api.settings.trusted_proxies)),
            begun: Instant::now(),
        }
    }

    fn sign(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(self.id.simple().encode_lower(&mut [0; Simple::LENGTH])) {
            headers.insert(REQUEST_ID_HEADER.clone(), value);
        }
    }

    fn account(self, response: &HttpResponse, problem: Option<&Problem>, recognised: Option<Recognised>) {
        let status = response.status().as_u16();
        let seconds = self.begun.elapsed().as_secs_f64();
        let size = match response.body().size() {
            BodySize::Sized(size) => Some(size),
            BodySize::None => Some(0),
            BodySize::Stream => None,
        };
        tracing::info!(
            request_id = &*self.id.simple().encode_lower(&mut [0; Simple::LENGTH]),
            method = self.method.as_str(),
            route = &*self.route,
            status,
            size_bytes = size,
            milliseconds = (seconds * 1e6).round() / 1e3,
            key = recognised.as_ref().map(|recognised| recognised.actor.key_prefix.as_str()),
            peer = self.peer.map(|peer| peer.to_string()),
            problem = problem.map(|problem| problem.code().as_str()),
            "request"
        );
        let (method, code) = (known(&self.method), response.status().as_str().to_owned());
        metrics::counter!("assets_http_requests_total", "method" => method, "route" => self.route.clone(), "status" => code).increment(1);
        metrics::histogram!("assets_http_request_seconds", "method" => method, "route" => self.route).record(seconds);
    }
}

/// A method as metrics name it: what somebody made up is one with all that anybody could.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use actix_web::{
        App, middleware,
        test::{TestRequest, init_service, try_call_service},
        web,
    };
    use assets_testkit::TestWorld;
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;
    use crate::idempotency;

    /// What is written into the log.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn header(answer: &HttpResponse, name: &str) -> String {
        answer.headers().get(name).unwrap().to_str().unwrap().to_owned()
    }

    async fn fail() -> HttpResponse {
        panic!("oh no")
    }

    #[actix_web::test]
    async fn a_panic_is_answered_logged_and_counted_as_every_other_failure() {
        let (log, recorder) = (Log::default(), PrometheusBuilder::new().build_recorder());
        let writer = log.clone();
        let _log = tracing::subscriber::set_default(tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish());
        let _metrics = metrics::set_default_local_recorder(&recorder);
        let app = App::new()
            .app_data(Api::of_test(&TestWorld::new()))
            .wrap(middleware::from_fn(watch))
            .route("/broken/{thing}", web::get().to(fail));
        let called = try_call_service(&init_service(app).await, TestRequest::get().uri("/broken/7").to_request()).await;

        let answer = called.err().unwrap().error_response();
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (500, "application/problem+json".to_owned()));
        let id = header(&answer, "x-request-id");
        let body: serde_json::Value = serde_json::from_slice(&answer.into_body().try_into_bytes().unwrap()).unwrap();
        assert_eq!((&body["code"], &body["request_id"]), (&"internal".into(), &id.clone().into()));
        assert!(!body.to_string().contains("oh no"), "{body}");

        let lines: Vec<serde_json::Value> = log.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<_> = lines.iter().filter(|line| line["fields"]["request_id"] == *id).map(|line| &line["fields"]).collect();
        assert!(told.iter().any(|fields| fields["panic"] == "oh no"), "{told:?}");
        let line = told.iter().find(|fields| fields["message"] == "request").unwrap();
        assert_eq!((&line["status"], &line["route"], &line["problem"]), (&500.into(), &"/broken/{thing}".into(), &"internal".into()));
        let counted = recorder.handle().render();
        assert!(counted.contains(r#"assets_http_requests_total{method="GET",route="/broken/{thing}",status="500"} 1"#), "{counted}");
    }

    #[actix_web::test]
    async fn methods_that_callers_make_up_are_counted_as_one() {
        let recorder = PrometheusBuilder::new().build_recorder();
        // Without a log of its own, this would have the lines of `watch` taken for ones that nobody reads.
        let _log = tracing::subscriber::set_default(tracing_subscriber::fmt().with_writer(io::sink).finish());
        let _metrics = metrics::set_default_local_recorder(&recorder);
        let app = init_service(App::new().app_data(Api::of_test(&TestWorld::new())).wrap(middleware::from_fn(watch))).await;
        for method in ["FIRST", "SECOND"] {
            let request = TestRequest::with_uri("/nowhere").method(method.parse().unwrap()).to_request();
            assert_eq!(try_call_service(&app, request).await.unwrap().status().as_u16(), 404);
        }
        let counted = recorder.handle().render();
        assert!(counted.contains(r#"assets_http_requests_total{method="other",route="unknown",status="404"} 2"#), "{counted}");
    }

    #[actix_web::test]
    async fn work_that_goes_on_without_its_request_keeps_the_name() {
        let id = Uuid::from_u128(1);
        let named = REQUEST_ID.scope(id, async { idempotency::to_the_end(async { Ok(request_id()) }).await }).await;
        assert_eq!(named.unwrap(), Some(id.simple().to_string()));
    }
}
