//! A store that is away for a while: what stands before the real one and, when told so, lets nothing through.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

const AWAY: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";

/// Stands before a store. Ends with the test.
#[derive(Debug)]
pub struct FaultyStore {
    address: SocketAddr,
    away: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl FaultyStore {
    /// Stands before the store at this address, and lets everything through.
    pub async fn before(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (away, is_away) = watch::channel(false);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let is_away = is_away.clone();
                // Whoever is cut off is none of our concern.
                tokio::spawn(async move { drop(serve(client, upstream, is_away).await) });
            }
        });
        Self { address, away, task }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on every request is answered 503, and whatever is on its way is cut off.
    pub fn goes_away(&self) {
        self.away.send_replace(true);
    }

    /// From now on everything is let through again.
    pub fn comes_back(&self) {
        self.away.send_replace(false);
    }
}

impl Drop for FaultyStore {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut client: TcpStream, upstream: SocketAddr, mut is_away: watch::Receiver<bool>) -> std::io::Result<()> {
    if *is_away.borrow_and_update() {
        return refuse(client).await;
    }
    let mut store = TcpStream::connect(upstream).await?;
    tokio::select! {
        passed = tokio::io::copy_bidirectional(&mut client, &mut store) => passed.map(drop),
        _ = is_away.changed() => Ok(()),
    }
}

/// Answers before the body is read: it may never come.
async fn refuse(mut client: TcpStream) -> std::io::Result<()> {
    let mut head = vec![0; 64 << 10];
    let _read = client.read(&mut head).await?;
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{AWAY}",
        AWAY.len()
    );
    client.write_all(answer.as_bytes()).await?;
    client.shutdown().await?;
    // Who still sends would otherwise lose the answer.
    while client.read(&mut head).await? > 0 {}
    Ok(())
}
