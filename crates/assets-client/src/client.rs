use std::time::Duration;

use reqwest::{RequestBuilder, Response, Url, header};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Assets, Audit, Custody, Decisions, Download, Error, EventStreamQuery, Events, Exports, Keys, Policies, Previews, Problem, Publishing,
    Review, System, Versions,
    operation::{Operation, STREAM_EVENTS},
    query::pairs,
};

/// The service closes what idles for five seconds; a connection is given up before it does.
const IDLE: Duration = Duration::from_secs(3);

/// A service, and the key that opens it. Copies of it share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    key: header::HeaderValue,
}

impl Client {
    /// A client of the service at an address, e.g. `https://assets.example.com`.
    ///
    /// If the process has no provider of TLS yet, it has ring afterwards.
    ///
    /// # Errors
    /// The address is none, or the key is not of the kind that can be sent.
    pub fn new(base: &str, key: &str) -> Result<Self, Error> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Somebody else may have been faster, which is as well.
            let _already = rustls::crypto::ring::default_provider().install_default();
        }
        Self::over(reqwest::Client::builder().pool_idle_timeout(IDLE).build()?, base, key)
    }

    /// The same with connections of one's own making: with a proxy, other authorities, time limits.
    ///
    /// # Errors
    /// The address is none, or the key is not of the kind that can be sent.
    pub fn over(http: reqwest::Client, base: &str, key: &str) -> Result<Self, Error> {
        let base = Url::parse(base).ok().filter(|base| matches!(base.scheme(), "http" | "https") && base.has_host());
        let base = base.ok_or(Error::Setting("the address of the service must be an http or https URL"))?;
        let mut key = header::HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| Error::Setting("the key cannot be sent"))?;
        key.set_sensitive(true);
        Ok(Self { http, base, key })
    }

    /// The same service with the key of somebody else.
    ///
    /// # Errors
    /// The key is not of the kind that can be sent.
    pub fn holding(&self, key: &str) -> Result<Self, Error> {
        Self::over(self.http.clone(), self.base.as_str(), key)
    }

    /// Things to be published, with their history.
    #[must_use]
    pub const fn assets(&self) -> Assets<'_> {
        Assets(self)
    }

    /// The content of assets: immutable, append-only.
    #[must_use]
    pub const fn versions(&self) -> Versions<'_> {
        Versions(self)
    }

    /// Review and approval.
    #[must_use]
    pub const fn decisions(&self) -> Decisions<'_> {
        Decisions(self)
    }

    /// What is said on the way to a decision.
    #[must_use]
    pub const fn review(&self) -> Review<'_> {
        Review(self)
    }

    /// What publishers read: the approved version and nothing else.
    #[must_use]
    pub const fn publishing(&self) -> Publishing<'_> {
        Publishing(self)
    }

    /// Many approved versions as one archive.
    #[must_use]
    pub const fn exports(&self) -> Exports<'_> {
        Exports(self)
    }

    /// Taking back together, removing for good, and how much there is.
    #[must_use]
    pub const fn custody(&self) -> Custody<'_> {
        Custody(self)
    }

    /// What happened, in its order, without gaps.
    #[must_use]
    pub const fn events(&self) -> Events<'_> {
        Events(self)
    }

    /// Links that work without a key.
    #[must_use]
    pub const fn previews(&self) -> Previews<'_> {
        Previews(self)
    }

    /// Who may do what.
    #[must_use]
    pub const fn keys(&self) -> Keys<'_> {
        Keys(self)
    }

    /// Who did what, so that it can be shown later and not be changed.
    #[must_use]
    pub const fn audit(&self) -> Audit<'_> {
        Audit(self)
    }

    /// How many people must approve what.
    #[must_use]
    pub const fn policies(&self) -> Policies<'_> {
        Policies(self)
    }

    /// The service itself.
    #[must_use]
    pub const fn system(&self) -> System<'_> {
        System(self)
    }

    /// A request for an operation, with the parts of its path in order.
    pub(crate) fn request<I, O>(&self, operation: &Operation<I, O>, parts: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        let mut parts = parts.iter();
        // An address with a host has segments.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            for segment in operation.path.split('/').skip(1) {
                let part = segment.starts_with('{').then(|| parts.next()).flatten();
                segments.push(part.map_or(segment, |part| part));
            }
        }
        self.http.request(operation.method.clone(), url).header(header::AUTHORIZATION, self.key.clone())
    }

    /// Asks, and reads the answer.
    pub(crate) async fn get<O: DeserializeOwned>(&self, operation: &Operation<(), O>, parts: &[&str]) -> Result<O, Error> {
        read(operation.id, self.request(operation, parts).send().await?).await
    }

    /// Asks with a query, and reads the answer.
    pub(crate) async fn query<I: Serialize, O: DeserializeOwned>(
        &self,
        operation: &Operation<I, O>,
        parts: &[&str],
        query: &I,
    ) -> Result<O, Error> {
        read(operation.id, self.request(operation, parts).query(&pairs(query)?).send().await?).await
    }

    /// Has something removed.
    pub(crate) async fn delete(&self, operation: &Operation<(), ()>, parts: &[&str]) -> Result<(), Error> {
        accepted(operation.id, self.request(operation, parts).send().await?).await.map(drop)
    }

    /// Asks for bytes, which are read later.
    pub(crate) async fn download(&self, operation: &Operation<(), Download>, parts: &[&str]) -> Result<Download, Error> {
        Ok(Download::of(accepted(operation.id, self.request(operation, parts).send().await?).await?))
    }

    /// Asks for events as they come.
    pub(crate) async fn events_behind(&self, query: &EventStreamQuery) -> Result<Download, Error> {
        let request = self.request(&STREAM_EVENTS, &[]).query(&pairs(query)?);
        Ok(Download::of(accepted(STREAM_EVENTS.id, request.send().await?).await?))
    }

    /// Asks for the bytes behind a link, without the key.
    pub(crate) async fn follow(&self, link: &str) -> Result<Download, Error> {
        Ok(Download::of(accepted("get_preview", self.http.get(link).send().await?).await?))
    }
}

/// An answer that is no refusal.
pub(crate) async fn accepted(operation: &'static str, response: Response) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = response.bytes().await?;
    let problem: Result<Box<Problem>, _> = serde_json::from_slice(&body);
    Err(problem.map_or_else(|source| Error::Unexpected { operation, status: status.as_u16(), source }, Error::Problem))
}

/// The JSON of an answer that is no refusal.
pub(crate) async fn read<O: DeserializeOwned>(operation: &'static str, response: Response) -> Result<O, Error> {
    let response = accepted(operation, response).await?;
    let status = response.status().as_u16();
    let body = response.bytes().await?;
    serde_json::from_slice(&body).map_err(|source| Error::Unexpected { operation, status, source })
}
