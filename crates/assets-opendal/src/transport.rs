//! How requests reach a store over HTTP, and what of its answers will pass.

use std::{fmt, time::Duration};

use http::{Request, Response, StatusCode};
use opendal::{Buffer, Error, ErrorKind, HttpBody, HttpTransport};
use opendal_http_transport_reqwest::ReqwestTransport;
use tokio::time::timeout;

/// For how long a store may let a connection wait.
const MAX_CONNECT: Duration = Duration::from_secs(5);
/// For how long a store may say nothing: until the head of its answer, the time for sending a part included, and then
/// between any two pieces of the answer.
const MAX_SILENCE: Duration = Duration::from_secs(20);

/// For how long it may let a request wait that sends nothing, for the head of the answer.
const MAX_THOUGHT: Duration = Duration::from_secs(5);

/// Requests with an end, of which those that may do better later fail as temporary, whatever was asked.
///
/// OpenDAL would judge the same, but its retry layer takes its judgement off every error that comes through; what is said
/// here stays in the error, as its source.
pub(crate) struct Transport(ReqwestTransport);

impl Transport {
    /// Connections of its own: those of another runtime would end with it.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        // Somebody else may have chosen already, which is as well.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().connect_timeout(MAX_CONNECT).read_timeout(MAX_SILENCE).build()?;
        Ok(Self(ReqwestTransport::new(client)))
    }
}

impl HttpTransport for Transport {
    async fn fetch(&self, request: Request<Buffer>) -> opendal::Result<Response<HttpBody>> {
        let patience = if request.body().is_empty() { MAX_THOUGHT } else { MAX_SILENCE };
        let response = timeout(patience, self.0.fetch(request)).await.map_err(|_| silent())??;
        let status = response.status();
        if !Unserved::is(status) {
            return Ok(response);
        }
        let said = response.into_body().to_buffer().await.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned());
        let unserved = Unserved { status, said: said.unwrap_or_default() };
        let may_pass = !unserved.is_about_space();
        Err(Error::new(ErrorKind::Unexpected, "the store does not serve now").with_temporary(may_pass).set_source(unserved))
    }
}

fn silent() -> Error {
    let status = StatusCode::GATEWAY_TIMEOUT;
    let unserved = Unserved { status, said: "nothing, for too long".to_owned() };
    Error::new(ErrorKind::Unexpected, "the store does not answer").with_temporary(true).set_source(unserved)
}

/// An answer of a store that cannot do what was asked for reasons of its own.
#[derive(Debug)]
pub(crate) struct Unserved {
    status: StatusCode,
    said: String,
}

impl Unserved {
    fn is(status: StatusCode) -> bool {
        // 499: some stores say so when their own front hung up.
        matches!(status.as_u16(), 429 | 499 | 500 | 502 | 503 | 504 | 507)
    }

    #[cfg(test)]
    pub(crate) const fn answered(status: StatusCode) -> Self {
        Self { status, said: String::new() }
    }

    /// Whether there is no space left in the store.
    pub(crate) fn is_about_space(&self) -> bool {
        self.status == StatusCode::INSUFFICIENT_STORAGE
    }
}

impl fmt::Display for Unserved {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the store answered {}: {}", self.status, self.said)
    }
}

impl std::error::Error for Unserved {}
