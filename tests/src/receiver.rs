//! An endpoint of somebody else, which is told of events.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

/// Something that arrived.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The request line.
    pub line: String,
    /// Every header, its name in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as it was sent.
    pub body: String,
}

impl Letter {
    /// The value of a header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// What it is known by.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body, read.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Its place in the feed.
    pub fn sequence(&self) -> u64 {
        self.json().get("sequence").and_then(Value::as_u64).unwrap()
    }
}

/// An endpoint, answering with whatever status it is told to.
#[derive(Debug)]
pub struct Receiver {
    port: u16,
    shared: Arc<Shared>,
    listening: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    status: AtomicU16,
    delay_ms: AtomicU64,
    connections: AtomicUsize,
    arrived: Mutex<Vec<Letter>>,
}

impl Receiver {
    /// One that takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            status: AtomicU16::new(204),
            delay_ms: AtomicU64::new(0),
            connections: AtomicUsize::new(0),
            arrived: Mutex::default(),
        });
        let serving = shared.clone();
        let listening = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                serving.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(serving.clone(), connection));
            }
        });
        Self { port, shared, listening: listening.abort_handle() }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks?for=assets", self.port)
    }

    /// The port that it listens at.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Has it answer so from now on.
    pub fn answer(&self, status: u16) {
        self.shared.status.store(status, Ordering::SeqCst);
    }

    /// Has it think for so long about everything from now on.
    pub fn think(&self, delay: Duration) {
        self.shared.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// How many connections it was asked for.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Everything that arrived, whatever was answered.
    #[must_use]
    pub fn arrived(&self) -> Vec<Letter> {
        self.shared.arrived.lock().unwrap().clone()
    }

    /// Forgets what arrived.
    pub fn forget(&self) {
        self.shared.arrived.lock().unwrap().clear();
    }

    /// Waits until so much has arrived, and answers all of it.
    pub async fn wait_for(&self, count: usize) -> Vec<Letter> {
        self.wait_until(Duration::from_secs(40), |arrived| arrived.len() >= count).await
    }

    /// Waits until what arrived is so, and answers all of it.
    pub async fn wait_until(&self, patience: Duration, is_so: impl Fn(&[Letter]) -> bool) -> Vec<Letter> {
        let began = Instant::now();
        while !is_so(&self.shared.arrived.lock().unwrap()) {
            let count = self.shared.arrived.lock().unwrap().len();
            assert!(began.elapsed() < patience, "{count} arrived within {patience:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.arrived()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(shared: Arc<Shared>, mut connection: TcpStream) {
    let mut kept = Vec::new();
    while let Some(letter) = read(&mut connection, &mut kept).await {
        let delay = shared.delay_ms.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(delay)).await;
        shared.arrived.lock().unwrap().push(letter);
        let status = shared.status.load(Ordering::SeqCst);
        let more = if (300..400).contains(&status) { "location: http://127.0.0.1:1/\r\n" } else { "" };
        let answer = format!("HTTP/1.1 {status} So\r\n{more}content-length: 0\r\n\r\n");
        if connection.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(connection: &mut TcpStream, kept: &mut Vec<u8>) -> Option<Letter> {
    let end = loop {
        if let Some(end) = kept.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if connection.read_buf(kept).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(kept.drain(..end).collect()).unwrap();
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers: Vec<_> =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let length: usize = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    while kept.len() < length {
        if connection.read_buf(kept).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8(kept.drain(..length).collect()).unwrap();
    Some(Letter { line, headers, body })
}
