//! `assets mcp`: MCP over standard input and output, for a service somewhere. Standard output carries the protocol alone.

use std::{process::ExitCode, sync::Arc, time::Duration};

use assets_mcp::{Operations, Unreachable};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::{Client, header::HeaderValue, redirect};
use secrecy::ExposeSecret;
use url::Url;

use crate::{failure::Failure, settings::ServiceSettings};

/// For how long an answer may take: an export of many assets is made before it is answered.
const MAX_WAIT: Duration = Duration::from_secs(120);
/// The most bytes of an answer: a long history fits, content is asked for in ranges.
const MAX_ANSWER_BYTES: usize = 32 << 20;

pub(super) async fn mcp() -> Result<ExitCode, Failure> {
    let operations = Remote::to(ServiceSettings::read()?)?;
    assets_mcp::serve_stdio(Arc::new(operations)).await.map_err(|error| Failure::Refused(error.to_string()))?;
    Ok(ExitCode::SUCCESS)
}

/// The operations of a service that is reached by HTTP.
struct Remote {
    client: Client,
    base: String,
    authorization: HeaderValue,
}

impl Remote {
    fn to(ServiceSettings { url, key }: ServiceSettings) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::Refused(format!("ASSETS_URL: {error}"));
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).map_err(|error| failed(&error))?;
        authorization.set_sensitive(true);
        // The one provider of TLS that there is; an earlier choice stays.
        let _already = rustls::crypto::ring::default_provider().install_default();
        // The key goes to the service and to nobody else, wherever that may point.
        let client = Client::builder().redirect(redirect::Policy::none()).timeout(MAX_WAIT).build().map_err(|error| failed(&error))?;
        Ok(Self { client, base: base(&url), authorization })
    }
}

fn base(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

#[async_trait]
impl Operations for Remote {
    async fn perform(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Unreachable> {
        let unreachable = |error: reqwest::Error| Unreachable(error.without_url().to_string());
        let (asked, body) = request.into_parts();
        let mut headers = asked.headers;
        headers.insert(http::header::AUTHORIZATION, self.authorization.clone());
        let sent = self.client.request(asked.method, format!("{}{}", self.base, asked.uri)).headers(headers).body(body).send();
        let mut response = sent.await.map_err(unreachable)?;
        let mut answer = http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            headers.clone_from(response.headers());
        }
        let mut body = BytesMut::new();
        while let Some(piece) = response.chunk().await.map_err(unreachable)? {
            if body.len() + piece.len() > MAX_ANSWER_BYTES {
                return Err(Unreachable("the answer is too large to be handed on".to_owned()));
            }
            body.extend_from_slice(&piece);
        }
        answer.body(body.freeze()).map_err(|error| Unreachable(error.to_string()))
    }
}
