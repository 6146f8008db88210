//! How requests reach a store over HTTP, and what of its answers will pass.

use std::{fmt, time::Duration};

use http::{Method, Request, Response, StatusCode};
use opendal::{Buffer, Error, ErrorKind, HttpBody, HttpTransport};
use opendal_http_transport_reqwest::ReqwestTransport;
use tokio::time::timeout;

/// For how long a store may let a connection wait.
const MAX_CONNECT: Duration = Duration::from_secs(5);
/// For how long a store may say nothing between any two pieces of an answer. The time that a reader takes counts, so that
/// this is longer than any reader may take.
const MAX_SILENCE: Duration = Duration::from_secs(90);

/// For how long it may let a request wait for the head of the answer, besides the time for sending; and for how long one
/// that completes an upload, which it may have to put together first.
const MAX_THOUGHT: Duration = Duration::from_secs(5);
const MAX_COMPLETION: Duration = Duration::from_secs(60);
/// How slowly a store may take bytes.
const MIN_BYTES_PER_SECOND: u64 = 256 << 10;

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
        let response = timeout(patience(&request), self.0.fetch(request)).await.map_err(|_| silent())??;
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

fn patience(request: &Request<Buffer>) -> Duration {
    let size_bytes = u64::try_from(request.body().len()).unwrap_or(u64::MAX);
    match *request.method() {
        Method::POST if size_bytes > 0 => MAX_COMPLETION,
        _ => MAX_THOUGHT + Duration::from_secs(size_bytes / MIN_BYTES_PER_SECOND),
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
