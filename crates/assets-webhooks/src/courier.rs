//! Sends, by the rules of Standard Webhooks, and only where it may.

use std::{
    error::Error,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use assets_domain::{
    DeliveryOutcome, Trouble, WebhookUrl,
    ports::{Barred, Courier, Parcel, WebhookVault},
};
use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use rustls::ClientConfig;

use crate::{
    guard::{Guard, Way},
    roots,
};

/// For how long an attempt may take, answer and all.
const DEADLINE: Duration = Duration::from_secs(10);
/// How much of an answer is read, so that the connection can be used again.
const MOST_READ_BYTES: usize = 64 << 10;
/// For how long the end of an answer is waited for.
const LINGER: Duration = Duration::from_secs(1);
/// For how long a connection is kept for what comes next.
const IDLE: Duration = Duration::from_secs(30);
const USER_AGENT: &str = concat!("assets/", env!("CARGO_PKG_VERSION"));

/// Sends over HTTP.
pub struct HttpCourier {
    guard: Guard,
    vault: Arc<dyn WebhookVault>,
    clients: OnceLock<Option<Clients>>,
}

/// What connects, in either way: neither uses a connection of the other.
struct Clients {
    usual: Client,
    inside: Client,
}

fn connecting(guard: &Guard, tls: &ClientConfig) -> Result<Clients, Box<dyn Error + Send + Sync>> {
    let client = |way| {
        Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .dns_resolver(Judged { guard: guard.clone(), way })
            .redirect(Policy::none())
            .no_proxy()
            .retry(reqwest::retry::never())
            .timeout(DEADLINE)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(2)
            .user_agent(USER_AGENT)
            .build()
    };
    Ok(Clients { usual: client(Way::Usual)?, inside: client(Way::Inside)? })
}

/// What is dialled is what was judged: there is no other way from a name to an address.
struct Judged {
    guard: Guard,
    way: Way,
}

impl Resolve for Judged {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, way) = (self.guard.clone(), self.way);
        Box::pin(async move {
            let addresses = guard.addresses(name.as_str(), way).await.map_err(Unreachable)?;
            // Port 0 is replaced by that of the address.
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

#[derive(Debug)]
struct Unreachable(Trouble);

impl std::fmt::Display for Unreachable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.0.as_str())
    }
}

impl Error for Unreachable {}

impl HttpCourier {
    /// A courier that goes where the guard lets it, and signs in the vault.
    #[must_use]
    pub fn new(guard: Guard, vault: Arc<dyn WebhookVault>) -> Self {
        Self { guard, vault, clients: OnceLock::new() }
    }

    /// What connects in a way. Whom TLS trusts is read when something is sent for the first time: many who start never do.
    fn client(&self, way: Way) -> Result<&Client, Trouble> {
        let clients = self.clients.get_or_init(|| {
            let made = roots::trusting().map_err(Into::into).and_then(|tls| connecting(&self.guard, &tls));
            made.map_err(|error: Box<dyn Error + Send + Sync>| tracing::error!(%error, "webhooks cannot be sent: TLS cannot be set up"))
                .ok()
        });
        let clients = clients.as_ref().ok_or(Trouble::Certificate)?;
        Ok(match way {
            Way::Usual => &clients.usual,
            Way::Inside => &clients.inside,
        })
    }

    async fn attempt(&self, parcel: Parcel) -> Result<u16, Trouble> {
        let (url, way) = self.guard.read(parcel.url.as_str()).map_err(|_| Trouble::ForbiddenAddress)?;
        let (id, at) = (message_id(&parcel), parcel.at.timestamp());
        let message = [format!("{id}.{at}.").as_bytes(), &parcel.body].concat();
        let macs = parcel.secrets.iter().map(|secret| self.vault.mac(parcel.webhook, secret, &message));
        let macs = macs.collect::<Option<Vec<_>>>().ok_or(Trouble::Secret)?;
        let sent = self
            .client(way)?
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at.to_string())
            .header("webhook-signature", signature(macs))
            .body(parcel.body)
            .send();
        let answer = sent.await.map_err(|error| trouble(&error))?;
        let status = answer.status().as_u16();
        // What was answered is known. A body that does not end costs the connection, and nothing else.
        let _forgotten = tokio::time::timeout(LINGER, drain(answer)).await;
        Ok(status)
    }
}

/// What a message is known by: the id of its event, at every attempt.
fn message_id(parcel: &Parcel) -> String {
    format!("evt_{}", parcel.id)
}

/// The header that has the signatures of a message, one for each secret.
#[must_use]
pub fn signature(macs: impl IntoIterator<Item = [u8; 32]>) -> String {
    macs.into_iter().map(|mac| format!("v1,{}", BASE64_STANDARD.encode(mac))).collect::<Vec<_>>().join(" ")
}

/// Reads an answer up to where it is read, and forgets it. What is longer costs the connection.
async fn drain(mut answer: Response) -> Result<(), reqwest::Error> {
    let mut read: usize = 0;
    while let Some(piece) = answer.chunk().await? {
        read = read.saturating_add(piece.len());
        if read >= MOST_READ_BYTES {
            break;
        }
    }
    Ok(())
}

/// What went wrong, in one word. Of what the other side said, nothing is kept.
fn trouble(error: &reqwest::Error) -> Trouble {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = source {
        if let Some(Unreachable(trouble)) = one.downcast_ref() {
            return *trouble;
        }
        if is_about_tls(one) {
            return Trouble::Certificate;
        }
        source = one.source();
    }
    if error.is_timeout() { Trouble::Timeout } else { Trouble::Connection }
}

/// Whether it is about TLS, however deep inside: an error of a connection does not name what it was made of as its source.
fn is_about_tls(error: &(dyn Error + 'static)) -> bool {
    let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inside.is_some_and(|inside| is_about_tls(inside))
}

#[async_trait]
impl Courier for HttpCourier {
    async fn admit(&self, url: &WebhookUrl) -> Result<(), Barred> {
        tokio::time::timeout(DEADLINE, self.guard.admit(url.as_str()))
            .await
            .unwrap_or(Err(Barred("its host could not be looked up in time; try again")))
    }

    async fn deliver(&self, parcel: Parcel) -> DeliveryOutcome {
        // The deadline of the request does not count what is done before it.
        match tokio::time::timeout(DEADLINE, self.attempt(parcel)).await {
            Ok(Ok(http_status)) => DeliveryOutcome::Answered { http_status },
            Ok(Err(trouble)) => DeliveryOutcome::Unanswered(trouble),
            Err(_) => DeliveryOutcome::Unanswered(Trouble::Timeout),
        }
    }
}
