//! The HTTP server: one application a worker, all of them over the same [`Api`].

use std::{net::TcpListener, time::Duration};

use actix_cors::Cors;
use actix_web::{App, HttpServer, http::header, middleware, web, web::Data};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{Api, Settings, document, observe, routes::Table};

/// The OpenAPI document, rendered once.
pub struct Document {
    /// As JSON.
    pub json: web::Bytes,
}

impl Document {
    /// Renders the document.
    ///
    /// # Errors
    /// It cannot be rendered.
    pub fn render() -> Result<Self, serde_json::Error> {
        Ok(Self { json: document().to_pretty_json()?.into() })
    }
}

/// Puts every operation and the documentation page into an application.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::redirect("/docs", "/docs/"));
    config.service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/api/v1/openapi.json")));
    Table::new().configure(config);
}

/// A server on an open socket, not yet running. It answers on its own threads, as many as there are cores.
///
/// # Errors
/// The socket cannot be used; the document cannot be rendered.
pub fn bind(api: Data<Api>, listener: TcpListener, max_connections: usize) -> std::io::Result<actix_web::dev::Server> {
    let document = Data::new(Document::render().map_err(std::io::Error::other)?);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(api.clone())
            .app_data(document.clone())
            .wrap(middleware::Condition::new(!api.settings.cors_origins.is_empty(), cors(&api.settings)))
            .wrap(middleware::from_fn(observe::watch))
            .configure(configure)
    })
    .client_request_timeout(Duration::from_secs(5))
    .keep_alive(Duration::from_secs(5))
    .shutdown_timeout(10)
    .max_connections(max_connections)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}

/// Who else's scripts may call.
fn cors(settings: &Settings) -> Cors {
    let exposed = ["Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id", "Idempotency-Replayed", "Repr-Digest"];
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PATCH", "DELETE"])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::RANGE,
            header::IF_RANGE,
        ])
        .allowed_header("Idempotency-Key")
        .allowed_header("Repr-Digest")
        .expose_headers([header::ETAG, header::CONTENT_RANGE, header::ACCEPT_RANGES])
        .expose_headers(exposed)
        .block_on_origin_mismatch(false)
        .max_age(3600);
    settings.cors_origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
