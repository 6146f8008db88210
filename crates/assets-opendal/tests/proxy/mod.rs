//! A proxy in front of a store that listens in, and does what a network and a store can do to a client.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
};

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It passes, and so does its answer.
    Pass,
    /// The store never sees it, and this is the answer.
    Answer(&'static str),
    /// The connection is cut in the midst of its body.
    CutBody,
    /// The store does it, but its answer is lost.
    LoseAnswer,
    /// Its answer is cut off after so many bytes.
    CutAnswer(u64),
    /// One bit of its body is flipped.
    FlipBit,
    /// Its signature is made wrong.
    Forge,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Its line and headers, in lower case.
    pub(crate) head: String,
    /// How many bytes its body has.
    pub(crate) size_bytes: u64,
}

impl Request {
    /// Whether its line begins so and has such a piece in it.
    pub(crate) fn is(&self, method: &str, piece: &str) -> bool {
        let line = self.head.lines().next().unwrap_or_default();
        line.starts_with(&method.to_lowercase()) && line.contains(&piece.to_lowercase())
    }

    /// Whether it brings bytes: a part, or a whole small object.
    pub(crate) fn brings_bytes(&self) -> bool {
        self.is("PUT", "/")
    }
}

type Fates = dyn Fn(&Request) -> Fate + Send + Sync;

/// A proxy that runs as long as its runtime.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    passed_bytes: Arc<AtomicU64>,
}

impl Proxy {
    /// In front of a store, with a judge over every request.
    pub(crate) async fn before(store: SocketAddr, fates: impl Fn(&Request) -> Fate + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), seen: Arc::default(), passed_bytes: Arc::default() };
        let (seen, passed, fates): (_, _, Arc<Fates>) = (proxy.seen.clone(), proxy.passed_bytes.clone(), Arc::new(fates));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (seen, passed, fates) = (seen.clone(), passed.clone(), fates.clone());
                tokio::spawn(async move {
                    let _cut = serve(client, store, &seen, &passed, fates.as_ref()).await;
                });
            }
        });
        proxy
    }

    /// What came until now.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// How many of them there were of a kind.
    pub(crate) fn count(&self, kind: impl Fn(&Request) -> bool) -> usize {
        self.seen().iter().filter(|request| kind(request)).count()
    }

    /// How many bytes of bodies went on to the store.
    pub(crate) fn passed_bytes(&self) -> u64 {
        self.passed_bytes.load(Ordering::SeqCst)
    }
}

/// One request a connection: the next one comes by another.
async fn serve(
    mut client: TcpStream,
    store: SocketAddr,
    seen: &Mutex<Vec<Request>>,
    passed: &AtomicU64,
    fates: &Fates,
) -> std::io::Result<()> {
    let (head, mut begun) = head_of(&mut client).await?;
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:")).map_or(0, |length| length.trim().parse().unwrap());
    let request = Request { head: lower, size_bytes: length };
    let fate = fates(&request);
    seen.lock().unwrap().push(request);
    let rest = length - u64::try_from(begun.len()).unwrap();
    if let Fate::Answer(status) = fate {
        copy(&mut (&mut client).take(rest), &mut tokio::io::sink()).await?;
        let answer = format!("HTTP/1.1 {status}\r\netag: \"forged\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return client.write_all(answer.as_bytes()).await;
    }
    let mut head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    if fate == Fate::Forge {
        let signature = head.to_lowercase().find("signature=").unwrap() + "signature=".len();
        let digit = if head[signature..].starts_with('0') { "1" } else { "0" };
        head.replace_range(signature..=signature, digit);
    }
    if let (Fate::FlipBit, Some(first)) = (fate, begun.first_mut()) {
        *first ^= 1;
    }
    let mut store = TcpStream::connect(store).await?;
    store.write_all(head.as_bytes()).await?;
    store.write_all(&begun).await?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_store, mut to_store) = store.split();
    if fate == Fate::CutBody {
        copy(&mut from_client.take(rest / 2), &mut to_store).await?;
        return Ok(());
    }
    let mut left = rest;
    let mut piece = vec![0; 65_536];
    let sent = async {
        while left > 0 {
            let size = from_client.read(&mut piece).await?;
            if size == 0 {
                break;
            }
            if let (Fate::FlipBit, true, Some(first)) = (fate, begun.is_empty() && left == rest, piece.first_mut()) {
                *first ^= 1;
            }
            to_store.write_all(&piece[..size]).await?;
            let size = u64::try_from(size).unwrap();
            passed.fetch_add(size, Ordering::SeqCst);
            left -= size;
        }
        std::io::Result::Ok(())
    };
    sent.await?;
    match fate {
        Fate::LoseAnswer => copy(&mut from_store, &mut tokio::io::sink()).await?,
        Fate::CutAnswer(size_bytes) => copy(&mut from_store.take(size_bytes), &mut to_client).await?,
        _ => copy(&mut from_store, &mut to_client).await?,
    };
    Ok(())
}

/// The line and headers of a request, and what came of its body with them.
async fn head_of(client: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut came = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let size = client.read(&mut piece).await?;
        if size == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        came.extend_from_slice(&piece[..size]);
        if let Some(end) = came.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = came.split_off(end + 4);
            return Ok((String::from_utf8(came).unwrap(), body));
        }
    }
}
