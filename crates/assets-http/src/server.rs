//! The HTTP server: one application a worker, all of them over the same [`Api`].

use std::{net::TcpListener, num::NonZeroUsize, sync::OnceLock, thread, time::Duration};

use actix_cors::Cors;
use actix_web::{App, HttpServer, http::header, middleware, web, web::Data};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{Api, Inside, Settings, document, observe, origin, routes::Table, tus};

/// For how long a reader may take nothing of what was sent.
const MAX_STALL: Duration = Duration::from_secs(60);

/// What scripts send besides to the face for agents.
const MCP_REQUEST_HEADERS: [&str; 3] = ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"];

/// The OpenAPI document, rendered when it is asked for the first time.
#[derive(Default)]
pub(crate) struct Document {
    json: OnceLock<web::Bytes>,
}

impl Document {
    /// The document as JSON.
    pub(crate) fn json(&self) -> Result<web::Bytes, serde_json::Error> {
        if let Some(json) = self.json.get() {
            return Ok(json.clone());
        }
        let json = document().to_pretty_json()?;
        Ok(self.json.get_or_init(|| json.into()).clone())
    }
}

/// Puts every operation and the documentation page into an application.
pub fn configure(config: &mut web::ServiceConfig) {
    Table::configure(config);
    config.service(web::redirect("/docs", "/docs/"));
    config.service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/api/v1/openapi.json")));
}

/// A server on an open socket, not yet running. It answers on its own threads, as many as there are cores, and holds at most
/// so many connections in all. `faces` puts whatever else is served beside the operations into each worker's application.
///
/// # Errors
/// The socket cannot be used.
pub fn bind(
    api: Data<Api>,
    listener: TcpListener,
    max_connections: usize,
    faces: impl Fn(&mut web::ServiceConfig, Inside) + Clone + Send + 'static,
) -> std::io::Result<actix_web::dev::Server> {
    let document = Data::new(Document::default());
    give_up_after(&listener, MAX_STALL)?;
    let workers = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let server = HttpServer::new(move || {
        let inside = Inside::open(api.clone(), document.clone());
        App::new()
            .app_data(api.clone())
            .app_data(document.clone())
            .wrap(middleware::Condition::new(!api.settings.cors_origins.is_empty(), cors(&api.settings)))
            .wrap(middleware::from_fn(origin::apart))
            .wrap(middleware::from_fn(observe::watch))
            .configure(|config| faces(config, inside))
            .configure(configure)
    })
    .client_request_timeout(Duration::from_secs(5))
    .keep_alive(Duration::from_secs(5))
    .shutdown_timeout(10)
    .workers(workers.get())
    .max_connections(share(max_connections, workers))
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}

/// How many connections one worker may hold: the framework counts by worker, and one that may hold none serves nobody.
fn share(max_connections: usize, workers: NonZeroUsize) -> usize {
    (max_connections / workers).max(1)
}

/// Has the system close connections whose reader takes nothing for so long: the framework waits for ever to write. What is
/// set on the socket that listens holds for those it accepts (tcp(7)). Linux alone can do this.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, clippy::unnecessary_wraps, reason = "there is nothing to set"))]
fn give_up_after(listener: &TcpListener, stall: Duration) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(listener).set_tcp_user_timeout(Some(stall))?;
    Ok(())
}

/// Who else's scripts may call.
fn cors(settings: &Settings) -> Cors {
    let exposed = [
        "Location",
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "X-Request-Id",
        "Idempotency-Replayed",
        "Repr-Digest",
        "Assets-Placeholder",
    ];
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
        .allowed_header("Last-Event-ID")
        .allowed_headers(MCP_REQUEST_HEADERS)
        .allowed_headers(tus::REQUEST_HEADERS)
        .expose_headers([header::ETAG, header::CONTENT_RANGE, header::ACCEPT_RANGES])
        .expose_headers(exposed)
        .expose_headers(tus::ANSWER_HEADERS)
        .block_on_origin_mismatch(false)
        .max_age(3600);
    settings.cors_origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        io::{self, Write},
        net::TcpStream,
        sync::mpsc::{Sender, channel},
    };

    use actix_web::HttpResponse;
    use futures_util::stream;

    use super::*;

    /// Tells when it is dropped.
    struct Watched(Sender<()>);

    impl Drop for Watched {
        fn drop(&mut self) {
            let _nobody_waits = self.0.send(());
        }
    }

    #[test]
    fn the_workers_share_the_connections_and_each_has_one() {
        let shares = [(20_000, 4), (5, 2), (3, 4), (0, 4)].map(|(all, workers)| share(all, NonZeroUsize::new(workers).unwrap()));
        assert_eq!(shares, [5000, 2, 1, 1]);
    }

    #[test]
    fn a_reader_who_takes_nothing_is_given_up_and_so_is_what_it_was_to_read() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        give_up_after(&listener, Duration::from_millis(200)).unwrap();
        let (dropped, given_up) = channel();
        let endless = move || {
            let body = Watched(dropped.clone());
            let pieces = stream::repeat_with(move || {
                let _held = &body;
                Ok::<_, io::Error>(web::Bytes::from_static(&[0; 1 << 16]))
            });
            async { HttpResponse::Ok().streaming(pieces) }
        };
        let server = move || HttpServer::new(move || App::new().default_service(web::to(endless.clone()))).workers(1).listen(listener);
        thread::spawn(move || actix_web::rt::System::new().block_on(async { server().unwrap().run().await }));

        let mut reader = TcpStream::connect(address).unwrap();
        reader.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        given_up.recv_timeout(Duration::from_secs(30)).expect("the connection is still held");
    }
}
