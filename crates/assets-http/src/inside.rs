//! The operations from within: another face of the same process calls them without a network.
//!
//! What it asks goes the way of every request, through the same router, handlers and answers, so that there is no rule it
//! could forget. It asks for somebody who was recognised at its own door, in the way of every other caller: that request was
//! counted, and what it leads to is not counted again.

use std::{fmt, net::SocketAddr, rc::Rc};

use actix_http::{BoxedPayloadStream, Request};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::{
    App, Error, HttpMessage, HttpRequest, HttpResponse,
    body::{MessageBody, to_bytes_limited},
    dev::{AppConfig, Payload, ServiceResponse},
    http::{
        Method, Uri,
        header::{HeaderName, HeaderValue},
    },
    middleware,
    rt::spawn,
    web::{self, Bytes, Data},
};
use assets_domain::Principal;
use futures_util::stream;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{
    api::Api,
    auth,
    observe::{self, Recognised},
    problem::Problem,
    routes::Table,
    server::Document,
    upload,
};

/// How many requests of one worker may wait to be taken up.
const MAX_WAITING: usize = 64;
/// The most bytes of an answer that is handed on: a long history fits, content is asked for in ranges.
const MAX_ANSWER_BYTES: usize = 32 << 20;

/// The operations, for another face on the same worker: what answers cannot leave its thread, and is reached by a channel.
#[derive(Clone)]
pub struct Inside {
    api: Data<Api>,
    errands: mpsc::Sender<Errand>,
}

/// Somebody who was recognised, and for whom operations can be performed. It can be had from [`Inside::admit`] alone.
#[derive(Clone)]
pub struct Visitor {
    errands: mpsc::Sender<Errand>,
    admitted: Admitted,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// The request is none that HTTP/1.1 could carry.
    Malformed,
    /// The answer is larger than is handed on.
    TooLarge,
    /// The service ends.
    Closed,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the request cannot be handed on",
            Self::TooLarge => "the answer is too large to be handed on",
            Self::Closed => "the service ends",
        })
    }
}

impl std::error::Error for NoAnswer {}

/// That a request comes from within, and for whom. Nothing that arrives over a network can be one.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) principal: Principal,
    pub(crate) request_id: Uuid,
    peer: SocketAddr,
}

struct Errand {
    request: http::Request<Bytes>,
    admitted: Admitted,
    answer: oneshot::Sender<Result<http::Response<Bytes>, NoAnswer>>,
}

impl Inside {
    /// The operations on this worker, until the last that holds this is gone.
    pub(crate) fn open(api: Data<Api>, document: Data<Document>) -> Self {
        let (errands, waiting) = mpsc::channel(MAX_WAITING);
        let app = App::new().app_data(api.clone()).app_data(document).wrap(middleware::from_fn(observe::watch)).configure(Table::configure);
        spawn(async move {
            match app.into_factory().new_service(AppConfig::default()).await {
                Ok(operations) => serve(Rc::new(operations), waiting).await,
                Err(()) => tracing::error!("the operations cannot be reached from within"),
            }
        });
        Self { api, errands }
    }

    /// Recognises who calls, as every operation does: by its key, and counted.
    ///
    /// # Errors
    /// No key, more than one, or one that opens nothing; too many requests.
    pub async fn admit(&self, request: &HttpRequest) -> Result<Visitor, Problem> {
        let principal = auth::caller(&self.api, request).await?;
        let peer = SocketAddr::new(auth::peer(request, &self.api.settings.trusted_proxies), 0);
        let request_id = observe::request_uuid();
        Ok(Visitor { errands: self.errands.clone(), admitted: Admitted { principal, request_id, peer } })
    }

    /// The body of a request, which is JSON: as large as that may be, and not slower than it may come.
    ///
    /// # Errors
    /// It is too large, comes too slowly, or is cut off.
    pub async fn body(&self, request: &HttpRequest, payload: web::Payload) -> Result<Bytes, Problem> {
        upload::whole(request, payload, self.api.settings.max_json_bytes).await
    }
}

impl Visitor {
    /// Has an operation performed. It comes to its end even if nobody waits for the answer any more.
    ///
    /// # Errors
    /// There is no answer that could be handed on; whatever the operation refuses is an answer.
    pub async fn perform(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, NoAnswer> {
        let (answer, answered) = oneshot::channel();
        let admitted = self.admitted.clone();
        self.errands.send(Errand { request, admitted, answer }).await.map_err(|_| NoAnswer::Closed)?;
        answered.await.map_err(|_| NoAnswer::Closed)?
    }
}

impl Admitted {
    /// A request as the framework would have read it from a connection.
    fn sent(self, request: http::Request<Bytes>) -> Option<Request> {
        let (asked, body) = request.into_parts();
        let body: BoxedPayloadStream = Box::pin(stream::iter((!body.is_empty()).then_some(Ok(body))));
        let mut request: Request = Request::with_payload(Payload::from(body));
        let head = request.head_mut();
        head.method = Method::from_bytes(asked.method.as_str().as_bytes()).ok()?;
        head.uri = asked.uri.to_string().parse::<Uri>().ok()?;
        head.peer_addr = Some(self.peer);
        for (name, value) in &asked.headers {
            let (name, value) = (HeaderName::from_bytes(name.as_str().as_bytes()).ok()?, HeaderValue::from_bytes(value.as_bytes()).ok()?);
            head.headers_mut().append(name, value);
        }
        request.extensions_mut().insert(self);
        Some(request)
    }
}

/// The caller of a request that comes from within.
pub(crate) fn caller(request: &HttpRequest) -> Option<Principal> {
    let principal = request.extensions().get::<Admitted>().map(|admitted| admitted.principal.clone())?;
    request.extensions_mut().insert(Recognised::uncounted(&principal));
    Some(principal)
}

/// Takes up one request after the other; they are performed side by side.
async fn serve<S, B>(operations: Rc<S>, mut waiting: mpsc::Receiver<Errand>)
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    while let Some(Errand { request, admitted, answer }) = waiting.recv().await {
        let operations = operations.clone();
        spawn(async move {
            let answered = match admitted.sent(request) {
                Some(request) => match operations.call(request).await {
                    Ok(response) => read(response.into_parts().1.map_into_boxed_body()).await,
                    Err(error) => read(error.error_response()).await,
                },
                None => Err(NoAnswer::Malformed),
            };
            // Whoever hung up waits for no answer.
            let _gone = answer.send(answered);
        });
    }
}

/// An answer with all of its body.
async fn read(response: HttpResponse) -> Result<http::Response<Bytes>, NoAnswer> {
    let mut answer = http::Response::builder().status(response.status().as_u16());
    for (name, value) in response.headers() {
        answer = answer.header(name.as_str(), value.as_bytes());
    }
    match to_bytes_limited(response.into_body(), MAX_ANSWER_BYTES).await {
        Ok(Ok(body)) => answer.body(body).map_err(|_| NoAnswer::Malformed),
        Ok(Err(_)) => Err(NoAnswer::Closed),
        Err(_) => Err(NoAnswer::TooLarge),
    }
}
