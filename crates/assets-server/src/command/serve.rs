//! `assets serve`: the service, until it is asked to stop.

use std::{
    net::{SocketAddr, TcpListener},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, web, web::Data};
use assets_domain::{
    Catalog, CatalogError, Housekeeper,
    ports::{BlobStore, Work},
};
use assets_http::{Api, Feed, RateLimits, Readiness, Turns};
use assets_opendal::OpenDalBlobs;
use assets_seal::Seal;
use assets_seaorm::Database;
use assets_webhooks::Dispatcher;
use async_trait::async_trait;
use chrono::TimeDelta;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
};
use url::Url;

use crate::{
    audit,
    failure::Failure,
    first_run,
    installation::Installation,
    log, mcp,
    rota::{Rota, SWEEP_EVERY},
    settings::Settings,
    signing::Signing,
};

/// The most connections at once, unless limits are lifted.
const MAX_CONNECTIONS: usize = 20_000;
/// What the sweep leaves alone.
const SWEEP_OLDER_THAN: TimeDelta = TimeDelta::hours(24);
/// How often the samples of histograms are counted.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// How often a process looks whether a sweep is due.
const LOOK_EVERY: Duration = Duration::from_secs(10);

pub(super) async fn serve(mut settings: Settings) -> Result<ExitCode, Failure> {
    let listener = TcpListener::bind(settings.listen)
        .map_err(|error| Failure::Refused(format!("ASSETS_LISTEN: {} cannot be listened on: {error}", settings.listen)))?;
    let address = listener.local_addr().map_err(Failure::Network)?;
    let public_url = settings.public_url.clone().map_or_else(|| own_url(address), Ok)?;
    let metrics = recorder()?;
    if let Some(address) = settings.metrics_listen {
        serve_metrics(address, metrics.clone())?;
    }
    let (rate_limit, store_links, previews_ahead) = (settings.rate_limit, settings.store_links, settings.previews_ahead);
    let content_url = content_url(&settings, &public_url)?;
    let (cors_origins, embed_origins, trusted_proxies) =
        (settings.cors_origins.clone(), settings.embed_origins.clone(), settings.trusted_proxies.clone());
    // What is signed says where it comes from.
    settings.public_url = Some(public_url.clone());
    let installation = Installation::open_or_make(settings).await?;
    // At once: these keys are told this once, whatever comes next.
    if let Some(welcome) = first_run::welcome(&installation, public_url.as_str().trim_end_matches('/')).await? {
        log::say(welcome);
    }

    let counter = actix_web::rt::spawn(keep_up(metrics.clone()));
    let to_be_made = installation.to_be_made;
    let maker = previews_ahead.then(|| actix_web::rt::spawn(to_be_made.make(installation.catalog.clone())));
    let locksmith = actix_web::rt::spawn(keep_keys(installation.signing.clone()));
    let sealer = actix_web::rt::spawn(audit::seal(installation.rota.clone(), installation.auditor.clone()));
    let last_entries = Arc::new(Notify::new());
    let bookkeeper = actix_web::rt::spawn(audit::write_refusals(
        installation.refusals.clone(),
        installation.auditor.clone(),
        installation.clock.clone(),
        last_entries.clone(),
    ));
    let sweeper = actix_web::rt::spawn(sweep(installation.rota.clone(), installation.housekeeper.clone(), installation.catalog.clone()));
    let recaller = actix_web::rt::spawn(go_on_with_recalls(installation.catalog.clone()));
    let dispatcher = Dispatcher::new(installation.webhooks.clone(), installation.holder);
    let telling = actix_web::rt::spawn({
        let (dispatcher, bell) = (dispatcher.clone(), Arc::new(installation.database.clone()));
        async move { dispatcher.run(bell).await }
    });
    let endpoint = mcp::endpoint(&public_url, address, &cors_origins);
    let api = Data::new(Api {
        catalog: installation.catalog.clone(),
        keyring: installation.keyring.clone(),
        auditor: installation.auditor.clone(),
        refusals: installation.refusals.clone(),
        webhooks: installation.webhooks.clone(),
        receipts: installation.receipts.clone(),
        clock: installation.clock.clone(),
        ids: installation.ids.clone(),
        seal: Seal::new(&installation.secret),
        settings: assets_http::Settings {
            content_url,
            embed_origins,
            cors_origins,
            trusted_proxies,
            store_links,
            ..assets_http::Settings::at(public_url)
        },
        rate_limits: RateLimits::new(rate_limit),
        feed: Feed::new(Arc::new(installation.database.clone()), Arc::new(installation.database.clone())),
        downloads: Turns::default(),
        packings: Turns::default(),
        readiness: vec![
            ("database", Arc::new(DatabaseAnswers(installation.database.clone()))),
            ("store", Arc::new(StoreAnswers(installation.blobs.clone()))),
        ],
        metrics: Arc::new(move || metrics.render()),
    });
    let connections = if rate_limit == 0 { usize::MAX } else { MAX_CONNECTIONS };
    let faces = move |config: &mut web::ServiceConfig, inside| mcp::serve(config, endpoint.clone(), inside);
    let (closing, ends) = (api.clone(), dispatcher.clone());
    let server = assets_http::bind(api, listener, connections, faces).map_err(Failure::Network)?;
    let handle = server.handle();
    let stop = StopSignals::listen()?;
    actix_web::rt::spawn(async move {
        stop.received().await;
        tracing::info!("stopping: requests in flight are finished");
        closing.feed.close();
        ends.stop();
        handle.stop(true).await;
    });
    tracing::info!(%address, "serving");
    server.await.map_err(Failure::Network)?;
    dispatcher.stop();
    // What was sent is settled first.
    let _ended = telling.await;
    sweeper.abort();
    recaller.abort();
    sealer.abort();
    last_entries.notify_one();
    let _ended = bookkeeper.await;
    locksmith.abort();
    if let Some(maker) = maker {
        maker.abort();
    }
    counter.abort();
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// The origin of content, if it has one: not that of the service, or nothing would be kept apart.
fn content_url(settings: &Settings, public_url: &Url) -> Result<Option<Url>, Failure> {
    match &settings.content_url {
        // The scheme alone tells nobody apart: behind a proxy, all that is known of the origin is the host that was asked.
        Some(content_url)
            if content_url.host() == public_url.host() && content_url.port().is_none_or(|port| public_url.port() == Some(port)) =>
        {
            Err(Failure::Refused("ASSETS_CONTENT_URL: must have another host than ASSETS_PUBLIC_URL, or name another port".to_owned()))
        }
        Some(content_url) if content_url.path() != "/" => {
            Err(Failure::Refused("ASSETS_CONTENT_URL: must be an origin, without a path".to_owned()))
        }
        content_url => Ok(content_url.clone()),
    }
}

fn own_url(address: SocketAddr) -> Result<Url, Failure> {
    let host = if address.ip().is_unspecified() { format!("127.0.0.1:{}", address.port()) } else { address.to_string() };
    Url::parse(&format!("http://{host}")).map_err(|error| Failure::Refused(format!("ASSETS_PUBLIC_URL must be set: {error}")))
}

fn recorder() -> Result<PrometheusHandle, Failure> {
    const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
    PrometheusBuilder::new()
        .set_buckets(&SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| Failure::Refused(format!("metrics cannot be recorded: {error}")))
}

/// Has the samples of histograms counted: until then each is kept by itself, and nobody may ever ask for the metrics.
async fn keep_up(metrics: PrometheusHandle) {
    loop {
        actix_web::rt::time::sleep(COUNT_EVERY).await;
        metrics.run_upkeep();
    }
}

/// Metrics on an address of their own, for a collector that has no key.
fn serve_metrics(address: SocketAddr, metrics: PrometheusHandle) -> Result<(), Failure> {
    let server = HttpServer::new(move || {
        let metrics = metrics.clone();
        let render = move || {
            let text = metrics.render();
            async move { HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text) }
        };
        App::new().route("/metrics", web::get().to(render))
    });
    let server = server
        .workers(1)
        .disable_signals()
        .bind(address)
        .map_err(|error| Failure::Refused(format!("ASSETS_METRICS_LISTEN: {address} cannot be listened on: {error}")))?;
    actix_web::rt::spawn(server.run());
    Ok(())
}

/// What asks the service to stop. It is listened for from when this is made, before anybody is told that the service serves.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(Failure::Network);
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Goes on with other keys when another process made one.
async fn keep_keys(signing: Signing) {
    loop {
        actix_web::rt::time::sleep(LOOK_EVERY).await;
        if let Err(failure) = signing.refresh().await {
            tracing::error!(error = %failure, "the signing keys cannot be looked at, those from before go on");
        }
    }
}

/// Goes on with recalls whose process was killed before they were done, or whose caller was not kept waiting any longer.
async fn go_on_with_recalls(catalog: Catalog) {
    loop {
        actix_web::rt::time::sleep(LOOK_EVERY).await;
        match catalog.resume_recalls().await {
            Ok(0) => {}
            Ok(recalls) => tracing::info!(recalls, "recalls that were cut off are done"),
            Err(error) => tracing::error!(%error, "a recall cannot be gone on with for now"),
        }
    }
}

async fn sweep(rota: Rota, housekeeper: Housekeeper, catalog: Catalog) {
    loop {
        actix_web::rt::time::sleep(LOOK_EVERY).await;
        let sweeping = async {
            let swept = catalog.sweep().await?;
            Ok::<_, CatalogError>((swept, housekeeper.gc(SWEEP_OLDER_THAN).await?))
        };
        match rota.turn(Work::Sweep, SWEEP_EVERY, sweeping).await {
            Ok(Some((swept, report))) => tracing::info!(?swept, ?report, "swept"),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "the sweep failed, another goes on where it was"),
        }
    }
}

struct DatabaseAnswers(Database);

#[async_trait]
impl Readiness for DatabaseAnswers {
    async fn check(&self) -> Result<(), String> {
        self.0.check().await.map_err(|breakage| format!("{breakage:?}"))
    }
}

struct StoreAnswers(Arc<OpenDalBlobs>);

#[async_trait]
impl Readiness for StoreAnswers {
    async fn check(&self) -> Result<(), String> {
        self.0.as_ref().check().await.map_err(|breakage| format!("{breakage:?}"))
    }
}
