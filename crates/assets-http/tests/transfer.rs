//! Content over a real socket, byte by byte: what a client library would smooth over is what matters here.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod service;

use std::{sync::Arc, thread};

use assets_domain::{Digest, KeyKind, Scope};
use assets_http::Settings;

use service::Service;

impl Service {
    fn upload(&self, content: &[u8], end: &str) -> (String, Vec<u8>) {
        let body = [PARTS.as_bytes(), content, end.as_bytes()].concat();
        let headers = format!("Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n", body.len());
        self.send("POST /api/v1/assets", &headers, &body)
    }

    /// Uploads content, and answers the path of its first version's bytes.
    fn uploaded(&self, content: &[u8]) -> String {
        let (head, body) = self.upload(content, "\r\n--b--\r\n");
        assert!(head.starts_with("http/1.1 201"), "{head} {}", String::from_utf8_lossy(&body));
        let asset: serde_json::Value = serde_json::from_slice(&body).unwrap();
        format!("/api/v1/assets/{}/versions/1/content", asset["id"].as_str().unwrap())
    }
}

const PARTS: &str = "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n\
    {\"type\": \"copy\", \"title\": \"A\", \"provenance\": {\"agent_slug\": \"a\"}}\r\n\
    --b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"Gr\u{f6}\u{df}e.txt\"\r\nContent-Type: text/plain\r\n\r\n";

#[test]
fn content_comes_back_as_it_went_in_whole_and_in_pieces() {
    let service = Service::start();
    let content = "0123456789".repeat(100_000);
    let path = service.uploaded(content.as_bytes());

    let (head, body) = service.send(&format!("GET {path}"), "", b"");
    let tag = format!("\"{}\"", Digest::of(content.as_bytes()));
    assert!(head.starts_with("http/1.1 200") && head.contains("content-length: 1000000") && head.contains(&tag), "{head}");
    assert!(head.contains("content-type: text/plain; charset=utf-8") && head.contains("filename*=utf-8''gr%c3%b6%c3%9fe.txt"), "{head}");
    assert_eq!(body, content.as_bytes());

    let (head, body) = service.send(&format!("HEAD {path}"), "", b"");
    assert!(head.starts_with("http/1.1 200") && head.contains("content-length: 1000000") && head.contains("repr-digest"), "{head}");
    assert_eq!(body, b"");

    let (head, body) = service.send(&format!("GET {path}"), "Range: bytes=999997-\r\n", b"");
    assert!(head.starts_with("http/1.1 206") && head.contains("content-range: bytes 999997-999999/1000000"), "{head}");
    assert_eq!(body, b"789");

    let (head, _) = service.send(&format!("GET {path}"), "Range: bytes=1-2\r\nIf-Range: \"sha256:other\"\r\n", b"");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let (head, _) = service.send(&format!("GET {path}"), "Range: bytes=1000000-\r\n", b"");
    assert!(head.starts_with("http/1.1 416") && head.contains("content-range: bytes */1000000"), "{head}");
    let (head, body) = service.send(&format!("GET {path}"), &format!("If-None-Match: \"x\", W/{tag}\r\n"), b"");
    assert!(head.starts_with("http/1.1 304") && body.is_empty(), "{head}");
    let (head, _) = service.send(&format!("GET {path}"), "If-Match: \"x\"\r\n", b"");
    assert!(head.starts_with("http/1.1 412"), "{head}");
}

#[test]
fn whole_content_is_fetched_from_the_store_where_the_service_is_set_up_so() {
    let settings = Settings { store_links: true, ..Settings::at("http://assets.example/".parse().unwrap()) };
    let service = Service::run(|ports| ports, settings);
    let content = service.uploaded(b"0123456789");
    let asset = content.trim_end_matches("/versions/1/content");
    let bob = service.holding("bob", KeyKind::Person, &[Scope::Read, Scope::Write, Scope::Approve]);
    for action in ["submit", "approve"] {
        let (head, _) = bob.send(&format!("POST {asset}/{action}"), "Content-Length: 0\r\n", b"");
        assert!(head.starts_with("http/1.1 200"), "{head}");
    }
    let (_, body) = service.send(&format!("GET {asset}/preview-url?expires_in=60"), "", b"");
    let link: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let preview = link["url"].as_str().unwrap().trim_start_matches("http://assets.example").to_owned();
    let doors = [content.clone(), format!("{asset}/approved/content"), preview];
    for door in &doors {
        let (head, body) = service.send(&format!("GET {door}"), "", b"");
        assert!(head.starts_with("http/1.1 200") && body == b"0123456789", "the store has no links: {door}: {head}");
    }

    service.world.blobs.give_links();
    let key = service.world.blobs.keys().remove(0);
    for door in &doors {
        let (head, body) = service.send(&format!("GET {door}"), "", b"");
        assert!(head.starts_with("http/1.1 307") && body.is_empty(), "{door}: {head}");
        let signed = "text/plain; charset=utf-8 inline; filename=\"gr__e.txt\"; filename*=utf-8''gr%c3%b6%c3%9fe.txt";
        assert!(head.contains(&format!("\nlocation: memory:{}#60 {signed}\r\n", key.as_str())), "{door}: {head}");
        let tag = format!("\"{}\"", Digest::of(b"0123456789"));
        assert!(head.contains(&format!("\netag: {tag}")) && head.contains("\nrepr-digest: sha-256=:"), "{door}: {head}");
        assert!(head.contains("\ncache-control: private, no-store"), "{door}: {head}");
        for (line, headers, status) in [
            (format!("HEAD {door}"), String::new(), 200),
            (format!("GET {door}"), format!("Range: bytes=0-4\r\nIf-Range: {tag}\r\n"), 206),
            (format!("GET {door}"), format!("If-None-Match: {tag}\r\n"), 304),
            (format!("GET {door}"), "If-Match: \"other\"\r\n".to_owned(), 412),
        ] {
            let (head, _) = service.send(&line, &headers, b"");
            assert!(head.starts_with(&format!("http/1.1 {status}")) && !head.contains("\nlocation:"), "{line}: {head}");
        }
    }
}

#[test]
fn no_link_of_a_store_is_handed_out_unless_it_is_wanted() {
    let service = Service::start();
    let path = service.uploaded(b"0123456789");
    service.world.blobs.give_links();
    let (head, body) = service.send(&format!("GET {path}"), "", b"");
    assert!(head.starts_with("http/1.1 200") && body == b"0123456789", "{head}");
}

#[test]
fn damaged_content_is_refused_or_cut_off_before_its_end() {
    for (approved, tampered) in
        [("what was approved".to_owned(), "what was tampered".to_owned()), ("x".repeat(1 << 20), "y".repeat(1 << 20))]
    {
        let service = Service::start();
        let path = service.uploaded(approved.as_bytes());
        let key = service.world.blobs.keys().remove(0);
        service.world.blobs.plant(&key, tampered);
        let (head, body) = service.send(&format!("GET {path}"), "", b"");
        let is_refused = head.starts_with("http/1.1 500") && head.contains("application/problem+json");
        let is_cut_off = head.contains(&format!("content-length: {}", approved.len())) && body.len() < approved.len();
        assert!(is_refused || is_cut_off, "{head}: {} bytes", body.len());
    }
}

#[test]
fn an_upload_that_does_not_end_as_it_should_leaves_nothing() {
    let service = Service::start();
    let further = "\r\n--b\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nmore\r\n--b--\r\n";
    for (end, status) in [("", 400), ("\r\n--b", 400), ("\r\n--b-x", 400), (further, 422)] {
        let (head, body) = service.upload(&[b'x'; 200_000], end);
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{end:?}: {head} {}", String::from_utf8_lossy(&body));
        assert!(head.contains("application/problem+json"), "{head}");
        assert_eq!(service.world.blobs.keys(), [], "{end:?}");
    }
}

#[test]
fn the_same_post_many_times_at_once_has_one_effect_and_one_answer() {
    let service = Arc::new(Service::start());
    let body = r#"{"type": "copy", "title": "A", "provenance": {"agent_slug": "a"}, "content": {"text": "once"}}"#;
    let send = |service: &Service, body: &str| {
        let headers = format!("Idempotency-Key: k1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        service.send("POST /api/v1/assets", &headers, body.as_bytes())
    };
    let threads: Vec<_> = (0..40).map(|_| Arc::clone(&service)).map(|service| thread::spawn(move || send(&service, body))).collect();
    let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(answers.iter().all(|(head, body)| head.starts_with("http/1.1 201") && *body == answers[0].1), "{answers:?}");
    assert_eq!(answers.iter().filter(|(head, _)| head.contains("idempotency-replayed: true")).count(), 39);

    let (head, other) = send(&service, &body.replace("once", "twice"));
    assert!(head.starts_with("http/1.1 422") && String::from_utf8_lossy(&other).contains("idempotency_mismatch"), "{head}");
    let (_, list) = service.send("GET /api/v1/assets", "", b"");
    let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(service.world.blobs.keys().len(), 1, "what the repetitions and the mistaken one brought is not kept");
}
