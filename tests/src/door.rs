//! The way in: to one process, or to any of several.

use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, RequestBuilder, Url};

/// The address of one process, which changes when it is started again.
#[derive(Debug, Default)]
pub(crate) struct Address(RwLock<String>);

impl Address {
    pub(crate) fn get(&self) -> String {
        self.0.read().unwrap().clone()
    }

    pub(crate) fn set(&self, base: String) {
        *self.0.write().unwrap() = base;
    }
}

/// Leads to one process or, in turn, to each of several.
#[derive(Debug)]
pub(crate) struct Door {
    addresses: Vec<Arc<Address>>,
    turn: AtomicUsize,
    client: reqwest::Client,
}

impl Door {
    pub(crate) fn to(addresses: Vec<Arc<Address>>) -> Self {
        Self { addresses, turn: AtomicUsize::new(0), client: client() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.next()))
    }

    /// Sends a request; where nobody listens, to the next, as a load balancer would: nothing was sent yet. A body that
    /// streams can be sent once only.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<reqwest::Response, reqwest::Error> {
        let mut request = request.build()?;
        for _ in 1..self.addresses.len() {
            let Some(again) = request.try_clone() else { break };
            match self.client.execute(request).await {
                Err(error) if error.is_connect() => request = again,
                answered => return answered,
            }
            let next: Url = self.next().parse().unwrap();
            request.url_mut().set_port(next.port()).unwrap();
        }
        self.client.execute(request).await
    }

    fn next(&self) -> String {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.addresses.get(turn % self.addresses.len()).unwrap().get()
    }
}

/// What sends requests. The tests need no TLS, but what they share a library with has it built in, without a provider.
pub(crate) fn client() -> reqwest::Client {
    // Another test was first, perhaps.
    let _already = rustls::crypto::ring::default_provider().install_default();
    // The service closes what idles for five seconds; a connection is given up before it does.
    let client = reqwest::Client::builder().pool_idle_timeout(Duration::from_secs(3)).redirect(reqwest::redirect::Policy::none());
    client.build().unwrap()
}
