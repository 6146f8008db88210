//! Nothing is sent where it may not be, whatever a name server says, and what is sent is signed.
#![expect(clippy::unwrap_used, reason = "this is test code: what cannot be must stop the test")]

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use assets_domain::{
    DeliveryOutcome, EventId, SealedSecret, Trouble, WebhookId, WebhookUrl,
    ports::{Courier, Parcel},
};
use assets_testkit::{FixedClock, PlainVault};
use assets_webhooks::{Guard, HttpCourier, Names};
use async_trait::async_trait;
use ipnet::IpNet;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use uuid::Uuid;

/// A name server that answers otherwise each time it is asked; its last answer it repeats.
struct Fickle {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Fickle {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| answer.iter().map(|address| address.parse().unwrap()).collect()).collect();
        Arc::new(Self { answers: Mutex::new(answers), asked: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Names for Fickle {
    async fn addresses(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 { Ok(answers.pop_front().unwrap()) } else { Ok(answers.front().cloned().unwrap_or_default()) }
    }
}

/// Counts who comes, and keeps what they say.
struct Listener {
    port: u16,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<String>>,
}

async fn listener(answer: &'static [u8]) -> Listener {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (connections, heard) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(String::new())));
    let (counted, kept) = (connections.clone(), heard.clone());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let kept = kept.clone();
            tokio::spawn(async move {
                let mut buffer = vec![0; 64 << 10];
                while let Ok(read) = connection.read(&mut buffer).await
                    && read > 0
                {
                    kept.lock().unwrap().push_str(&String::from_utf8_lossy(buffer.get(..read).unwrap()));
                    // Whoever begins to speak TLS is answered as well, though in another tongue.
                    let read = buffer.get(..read).unwrap();
                    if (read.ends_with(b"}") || read.starts_with(&[0x16])) && connection.write_all(answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Listener { port, connections, heard }
}

fn courier(allowed: &[&str], ports: &[u16], names: Arc<dyn Names>) -> HttpCourier {
    let allowed: Vec<IpNet> = allowed.iter().map(|network| network.parse().unwrap()).collect();
    HttpCourier::new(Guard::new(allowed, ports.iter().copied(), names), Arc::new(PlainVault::default()))
}

fn parcel(url: &str) -> Parcel {
    Parcel {
        webhook: WebhookId::new(Uuid::from_u128(1)),
        url: WebhookUrl::parse(url).unwrap(),
        secrets: vec![SealedSecret(vec![1; 32]), SealedSecret(vec![2; 32])],
        id: EventId::new(Uuid::from_u128(7)),
        body: b"{}".to_vec(),
        at: FixedClock::start(),
    }
}

const FORBIDDEN: DeliveryOutcome = DeliveryOutcome::Unanswered(Trouble::ForbiddenAddress);
const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_name_that_leads_elsewhere_when_something_is_sent_is_not_gone_after() {
    let listener = listener(OK).await;
    let port = listener.port;
    let public = "93.184.215.14";
    let bad: &[&[&[&str]]] = &[
        &[&[public], &["127.0.0.1"]],
        &[&[public], &[public, "127.0.0.1"]],
        &[&[public], &["127.0.0.1", public]],
        &[&[public], &["::1"]],
        &[&[public], &["::ffff:127.0.0.1"]],
        &[&[public], &["64:ff9b::127.0.0.1"]],
        &[&[public], &["2002:7f00:1::1"]],
        &[&[public], &["0.0.0.0"]],
        &[&[public], &["169.254.169.254"]],
        &[&[public], &[]],
    ];
    for answers in bad {
        let names = Fickle::new(answers);
        let courier = courier(&[], &[443, port], names.clone());
        let url = format!("https://hooks.example:{port}/");
        courier.admit(&WebhookUrl::parse(&url).unwrap()).await.expect("it looks harmless when it is saved");
        for _ in 0..20 {
            let outcome = courier.deliver(parcel(&url)).await;
            assert!(matches!(outcome, FORBIDDEN | DeliveryOutcome::Unanswered(Trouble::Unresolved)), "{answers:?}: {outcome:?}");
        }
        assert_eq!(names.asked.load(Ordering::SeqCst), 21, "once for each");
    }
    assert_eq!(listener.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_whose_every_other_answer_is_harmless_leads_nowhere_else() {
    let listener = listener(OK).await;
    let url = format!("https://hooks.example:{}/", listener.port);
    let flips: Vec<&[&str]> =
        (0..40).map(|turn| if turn % 2 == 0 { &["93.184.215.14", "10.0.0.1"][..] } else { &["127.0.0.1"][..] }).collect();
    let courier = courier(&[], &[listener.port], Fickle::new(&flips));
    for _ in 0..40 {
        assert_eq!(courier.deliver(parcel(&url)).await, FORBIDDEN);
    }
    assert_eq!(listener.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_allowed_network_is_reached_in_any_way_and_nothing_beside_it() {
    let listener = listener(OK).await;
    let here = format!("http://hooks.example:{}/in?a=b", listener.port);
    let allowing = courier(&["127.0.0.1/32"], &[443], Fickle::new(&[&["127.0.0.1"]]));
    allowing.admit(&WebhookUrl::parse(&here).unwrap()).await.unwrap();
    assert_eq!(allowing.deliver(parcel(&here)).await, DeliveryOutcome::Answered { http_status: 200 });
    let heard = listener.heard.lock().unwrap().clone();
    assert!(heard.starts_with("POST /in?a=b HTTP/1.1\r\n"), "{heard}");
    for header in [
        &format!("host: hooks.example:{}", listener.port)[..],
        "webhook-id: evt_00000000-0000-0000-0000-000000000007",
        "webhook-timestamp: 1767225600",
        "webhook-signature: v1,AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= v1,AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
        "content-type: application/json",
    ] {
        assert!(heard.contains(&format!("\r\n{header}\r\n")), "{header}: {heard}");
    }
    let before = listener.connections.load(Ordering::SeqCst);
    for answer in [&["127.0.0.2"][..], &["127.0.0.1", "127.0.0.2"], &["93.184.215.14"], &["127.0.0.1", "93.184.215.14"]] {
        let narrow = courier(&["127.0.0.1/32"], &[443], Fickle::new(&[answer]));
        assert_eq!(narrow.deliver(parcel(&here)).await, FORBIDDEN, "{answer:?}");
    }
    assert_eq!(listener.connections.load(Ordering::SeqCst), before);
}

#[tokio::test]
async fn what_proves_to_be_nobody_is_told_nothing() {
    let listener = listener(OK).await;
    let url = format!("https://127.0.0.1:{}/", listener.port);
    let outcome = courier(&["127.0.0.0/8"], &[443], Fickle::new(&[])).deliver(parcel(&url)).await;
    assert_eq!(outcome, DeliveryOutcome::Unanswered(Trouble::Certificate));
    assert!(!listener.heard.lock().unwrap().contains("webhook-id"));
}

#[tokio::test]
async fn of_an_endless_answer_a_little_is_read_and_nothing_kept() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _asked = connection.read(&mut buffer).await.unwrap();
        connection.write_all(b"HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
        let chunk = [b"1000\r\n".as_slice(), &[b'x'; 4096], b"\r\n"].concat();
        while connection.write_all(&chunk).await.is_ok() {}
    });
    let courier = courier(&["127.0.0.1/32"], &[443], Fickle::new(&[]));
    let outcome = courier.deliver(parcel(&format!("http://127.0.0.1:{port}/"))).await;
    assert_eq!(outcome, DeliveryOutcome::Answered { http_status: 202 });
}
