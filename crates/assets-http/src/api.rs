//! What every handler has at hand.

use std::sync::Arc;

use assets_domain::{
    Auditor, Catalog, Keyring, Refusals, Webhooks,
    ports::{Clock, Ids, Receipts},
};
use assets_seal::Seal;
use async_trait::async_trait;
use ipnet::IpNet;
use url::Url;

use crate::{feed::Feed, limit::RateLimits, turns::Turns};

/// Everything that the REST face needs; made once by the composition root.
pub struct Api {
    /// The use cases.
    pub catalog: Catalog,
    /// The tenants and keys.
    pub keyring: Keyring,
    /// The audit.
    pub auditor: Auditor,
    /// Who was refused, until it is written.
    pub refusals: Arc<Refusals>,
    /// Who is told of events.
    pub webhooks: Webhooks,
    /// Remembered answers.
    pub receipts: Arc<dyn Receipts>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Names requests.
    pub ids: Arc<dyn Ids>,
    /// Signs links and cursors.
    pub seal: Seal,
    /// How it is run.
    pub settings: Settings,
    /// How many requests a key may make.
    pub rate_limits: RateLimits,
    /// Events as they come.
    pub feed: Feed,
    /// The archives that are being downloaded.
    pub downloads: Turns,
    /// The exports that are being made.
    pub packings: Turns,
    /// What must answer for the service to be ready.
    pub readiness: Vec<(&'static str, Arc<dyn Readiness>)>,
    /// The metrics as Prometheus text.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// How the REST face is run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Under which address the service is reached; links begin with it. Never taken from a request.
    pub public_url: Url,
    /// Under which other origin content is shown by its links, if it has one of its own.
    pub content_url: Option<Url>,
    /// Which origins may frame the pages that the service makes.
    pub embed_origins: Vec<String>,
    /// Which origins' scripts may call the service.
    pub cors_origins: Vec<String>,
    /// Networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether whole content is fetched from the store itself, where it has links: the answer is a redirect that works for
    /// at most 60 seconds. What is fetched in that way is not compared with its digest on its way.
    pub store_links: bool,
    /// The most bytes of a JSON body.
    pub max_json_bytes: usize,
    /// The most bytes of the metadata of an upload.
    pub max_metadata_bytes: usize,
}

impl Settings {
    /// The most bytes of a JSON body unless set otherwise: 1 MiB.
    pub const MAX_JSON_BYTES: usize = 1 << 20;
    /// The most bytes of the metadata of an upload unless set otherwise: 64 KiB.
    pub const MAX_METADATA_BYTES: usize = 64 << 10;

    /// A service that is reached under an address, closed to everybody else's scripts and frames.
    #[must_use]
    pub const fn at(public_url: Url) -> Self {
        Self {
            public_url,
            content_url: None,
            embed_origins: Vec::new(),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            store_links: false,
            max_json_bytes: Self::MAX_JSON_BYTES,
            max_metadata_bytes: Self::MAX_METADATA_BYTES,
        }
    }
}

/// Something that must answer for the service to be ready.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Whether it answers; if not, why, for the log.
    async fn check(&self) -> Result<(), String>;
}

#[cfg(test)]
impl Api {
    /// What handlers have at hand in a test.
    pub(crate) fn of_test(world: &assets_testkit::TestWorld) -> actix_web::web::Data<Self> {
        actix_web::web::Data::new(Self {
            catalog: world.catalog_over(|ports| assets_domain::Ports { presenter: Arc::new(crate::Showcase), ..ports }),
            keyring: world.keyring.clone(),
            auditor: world.auditor.clone(),
            refusals: Arc::default(),
            webhooks: world.webhooks.clone(),
            receipts: world.assets.clone(),
            clock: world.clock.clone(),
            ids: world.ids.clone(),
            seal: Seal::new(&assets_seal::Secret::random()),
            settings: Settings::at("http://assets.example/".parse().unwrap()),
            rate_limits: RateLimits::new(0),
            feed: Feed::new(world.assets.clone(), world.assets.clone()),
            downloads: Turns::default(),
            packings: Turns::default(),
            readiness: Vec::new(),
            metrics: Arc::new(String::new),
        })
    }
}
