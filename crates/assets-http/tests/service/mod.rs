//! The service in memory behind a real socket.

#![expect(unreachable_pub, reason = "every test that talks to the service has this module as its own")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use actix_web::web::Data;
use assets_domain::{Grantor, KeyKind, NewKey, Ports, Scope};
use assets_http::{Api, Feed, RateLimits, Settings, Showcase, Turns, bind};
use assets_seal::{Seal, Secret};
use assets_testkit::TestWorld;

/// A running service in memory, and a key to it.
#[derive(Clone)]
pub struct Service {
    /// What it runs on.
    pub world: Arc<TestWorld>,
    address: SocketAddr,
    key: String,
}

impl Service {
    /// A new one, with an agent's key.
    pub fn start() -> Self {
        Self::over(|ports| ports)
    }

    /// The same in which some ports are others.
    pub fn over(rewire: impl FnOnce(Ports) -> Ports) -> Self {
        Self::run(rewire, Settings::at("http://assets.example/".parse().unwrap()))
    }

    /// The same, run in another way.
    pub fn run(rewire: impl FnOnce(Ports) -> Ports, settings: Settings) -> Self {
        let world = Arc::new(TestWorld::new());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let api = Data::new(Api {
            catalog: world.catalog_over(|ports| rewire(Ports { presenter: Arc::new(Showcase), ..ports })),
            keyring: world.keyring.clone(),
            auditor: world.auditor.clone(),
            webhooks: world.webhooks.clone(),
            refusals: Arc::default(),
            receipts: world.assets.clone(),
            clock: world.clock.clone(),
            ids: world.ids.clone(),
            seal: Seal::new(&Secret::random()),
            settings,
            rate_limits: RateLimits::new(0),
            feed: Feed::new(world.assets.clone(), world.assets.clone()),
            downloads: Turns::default(),
            packings: Turns::default(),
            readiness: Vec::new(),
            metrics: Arc::new(String::new),
        });
        thread::spawn(move || actix_web::rt::System::new().block_on(async { bind(api, listener, 100, |_, _| ()).unwrap().await }));
        let nobody = Self { world, address, key: String::new() };
        nobody.holding("ann", KeyKind::Agent, &[Scope::Read, Scope::Write])
    }

    /// Sends a request as it is, with what every request has, and answers all that comes back.
    pub fn send(&self, line: &str, headers: &str, body: &[u8]) -> (String, Vec<u8>) {
        let mut socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n{headers}\r\n", self.key);
        socket.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut all = Vec::new();
        let _cut_off = socket.read_to_end(&mut all);
        let end = all.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        (String::from_utf8(all[..end].to_vec()).unwrap().to_lowercase(), all[end + 4..].to_vec())
    }

    /// The same service with another key.
    pub fn holding(&self, name: &str, kind: KeyKind, scopes: &[Scope]) -> Self {
        let new = NewKey { name: name.parse().unwrap(), kind, scopes: scopes.iter().copied().collect(), expires_at: None };
        let key = wait(self.world.keyring.create(Grantor::Operator(self.world.workspace), new)).unwrap().key;
        Self { key, ..self.clone() }
    }
}

/// Waits for what the world is asked beside the service.
pub fn wait<T>(asked: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(asked)
}
