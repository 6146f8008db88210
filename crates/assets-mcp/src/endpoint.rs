//! MCP over HTTP: each request for itself, each answer JSON.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager};

use crate::{
    handler::{Caller, Handler},
    operations::Operations,
};

/// The most bytes of a request.
const MAX_REQUEST_BYTES: usize = 1 << 20;

/// Answers MCP over HTTP. Nothing is kept between two requests, so there is no session to take over and no answer to mix up.
#[derive(Clone)]
pub struct Endpoint {
    service: StreamableHttpService<Handler, NeverSessionManager>,
}

impl Endpoint {
    /// An endpoint that answers at these hosts, and to scripts from these origins; whoever sends no origin is no script.
    #[must_use]
    pub fn new(hosts: Vec<String>, origins: Vec<String>) -> Self {
        let handler = Handler::for_each_caller();
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(MAX_REQUEST_BYTES)
            .with_allowed_hosts(hosts)
            .with_allowed_origins(origins)
            .enforce_origin_validation();
        Self { service: StreamableHttpService::new(move || Ok(handler.clone()), NeverSessionManager::default().into(), config) }
    }

    /// Answers a request of a caller.
    pub async fn answer(&self, request: Request<Bytes>, caller: Arc<dyn Operations>) -> Response<Bytes> {
        let mut request = request.map(Full::new);
        request.extensions_mut().insert(Caller(caller));
        let (head, body) = self.service.handle(request).await.into_parts();
        let body = body.collect().await.map_or_else(|never| match never {}, http_body_util::Collected::to_bytes);
        Response::from_parts(head, body)
    }
}
