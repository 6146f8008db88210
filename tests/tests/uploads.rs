//! Content comes in, whole or not at all.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    future::IntoFuture,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use assets_tests::{App, Value, film, json, pieces, sample};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::multipart::{Form, Part};

const ASSETS: &str = "/api/v1/assets";

fn metadata(asset_type: &str) -> Value {
    json!({"type": asset_type, "title": "Uploaded", "provenance": {"agent_slug": "robot"}})
}

fn part(text: impl Into<std::borrow::Cow<'static, str>>, media_type: &str) -> Part {
    Part::text(text).mime_str(media_type).unwrap()
}

fn announced(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(assets_domain::Digest::of(bytes).as_bytes()))
}

/// Nothing was created and nothing of it lies in the store.
async fn assert_nothing_was_kept(app: &App) {
    assert_eq!(app.owner().list(&[("include", "total")]).await.ok()["total"], 0);
    let mut files = app.stored().await;
    for _ in 0..100 {
        if files.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        files = app.stored().await;
    }
    panic!("this was kept: {files:?}");
}

#[tokio::test]
async fn every_type_of_file_is_known_and_measured() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let cases = [
        ("newsletter.txt", json!({"words": 104})),
        ("social.md", json!({"words": 64})),
        ("headlines.json", json!({"words": 52})),
        ("hero.png", json!({"width": 1200, "height": 675})),
        ("tulips.jpg", json!({"width": 640, "height": 640})),
        ("story.webp", json!({"width": 540, "height": 960})),
        ("packet.svg", json!({"width": 600, "height": 600})),
        ("deck.pptx", json!({"pages": 3})),
        ("deck.pdf", json!({"pages": 4})),
        ("teaser.mp4", json!({"width": 640, "height": 360, "duration_seconds": 3.5})),
        ("first-warm-day.md", json!({"words": 215})),
        ("north-side.html", json!({"words": 118})),
        ("seeds-that-wait.txt", json!({"words": 101})),
        ("banners.zip", json!({})),
    ];
    for (name, facts) in cases {
        let sample = sample(name);
        let asset = robot.create_sample(&sample).await.status(201).ok();
        let content = &asset["latest_version"]["content"];
        let mut expected = json!({"width": null, "height": null, "pages": null, "duration_seconds": null, "words": null});
        expected.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
        assert_eq!(content["facts"], expected, "{name}");
        assert_eq!((&content["media_type"], &content["filename"]), (&json!(sample.media_type), &json!(name)));
        assert_eq!(content["size_bytes"], sample.bytes.len());
        assert_eq!(content["digest"], assets_domain::Digest::of(&sample.bytes).to_string());
        assert_eq!(robot.content(&asset, 1).await.status(200).bytes, sample.bytes, "{name}");
    }
}

#[tokio::test]
async fn the_answer_says_where_the_asset_is() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let created = robot.create_copy("Here.").await.status(201);
    let (location, etag) = (created.need("location"), created.need("etag"));
    let found = robot.get(&location).await.status(200);
    assert_eq!(found.need("etag"), etag);
    assert_eq!(found.ok()["id"], created.json()["id"]);
}

#[tokio::test]
async fn parts_come_in_order_and_nothing_else_comes() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let words = || part("Hello.", "text/plain");
    let described = || part(metadata("copy").to_string(), "application/json");
    let forms = [
        (Form::new().part("content", words()).part("metadata", described()), json!(["body", "content"])),
        (Form::new().part("metadata", described()), json!(["body", "content"])),
        (Form::new().part("metadata", described()).part("content", words()).part("more", words()), json!(["body", "more"])),
        (Form::new().part("metadata", described()).part("file", words()), json!(["body", "file"])),
        (Form::new().part("metadata", described()).part("content", words()).part("content", words()), json!(["body", "content"])),
    ];
    for (form, place) in forms {
        let refused = robot.form(ASSETS, form).await.status(422).problem("invalid_request");
        assert_eq!(refused["errors"][0]["loc"], place, "{refused}");
    }
    assert_nothing_was_kept(&app).await;
}

#[tokio::test]
async fn what_does_not_fit_the_type_is_refused() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    for (asset_type, name) in [
        ("copy", "hero.png"),
        ("image", "deck.pdf"),
        ("video", "tulips.jpg"),
        ("slide", "banners.zip"),
        ("bundle", "teaser.mp4"),
        ("image", "north-side.html"),
    ] {
        let wrong = sample(name);
        for declared in [wrong.media_type, "application/octet-stream"] {
            let reply = robot.create_file(asset_type, name, declared, wrong.bytes.clone()).await;
            reply.status(422).problem("content_mismatch");
        }
    }
    let lied = robot.create_file("image", "hero.png", "image/jpeg", sample("hero.png").bytes).await;
    lied.status(422).problem("content_mismatch");
    assert_nothing_was_kept(&app).await;
}

#[tokio::test]
async fn an_announced_digest_must_be_that_of_what_arrives() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let hero = sample("hero.png");
    let wrong = robot.create_sample(&hero).header("repr-digest", announced(b"something else")).await;
    wrong.status(422).problem("digest_mismatch");
    robot.create_sample(&hero).header("repr-digest", "sha-256=abc").await.status(422).problem("invalid_request");
    assert_nothing_was_kept(&app).await;
    robot.create_sample(&hero).header("repr-digest", announced(&hero.bytes)).await.status(201);
    robot.create_copy("abc").header("repr-digest", announced(b"abc")).await.status(201);
    robot.create_copy("abc").header("repr-digest", announced(b"abd")).await.status(422).problem("digest_mismatch");
}

#[tokio::test]
async fn a_body_that_is_cut_off_midway_leaves_nothing() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let head = format!(
        "POST {ASSETS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n\
         --b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.mp4\"\r\nContent-Type: video/mp4\r\n\r\n",
        robot.secret(),
        metadata("video"),
    );
    for length in [0, 1000, 2_000_000] {
        let mut connection = TcpStream::connect(app.address()).unwrap();
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(&film(2_000_000)[..length]).unwrap();
        connection.flush().unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(connection);
    }
    assert_nothing_was_kept(&app).await;
}

#[tokio::test]
async fn a_body_without_its_closing_boundary_leaves_nothing() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"content\"\r\nContent-Type: text/plain\r\n\r\nHello, and then",
        metadata("copy"),
    );
    let ask = robot.ask(assets_tests::Method::POST, ASSETS).header("content-type", "multipart/form-data; boundary=b").body(body);
    ask.await.status(400).problem("bad_request");
    assert_nothing_was_kept(&app).await;
}

#[tokio::test]
async fn a_long_film_comes_in_pieces_and_goes_out_whole() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(20 << 20);
    let asset = robot.create_file("video", "long.mp4", "video/mp4", pieces(&film, 100_000)).await.status(201).ok();
    let content = &asset["latest_version"]["content"];
    assert_eq!((&content["size_bytes"], &content["facts"]["duration_seconds"]), (&json!(20 << 20), &json!(3.5)));
    assert_eq!(content["digest"], assets_domain::Digest::of(&film).to_string());
    let out = robot.content(&asset, 1).await.status(200);
    assert!(out.bytes == film, "the bytes differ");
}

#[tokio::test]
async fn content_may_have_as_many_bytes_as_the_setting_says() {
    let app = App::with(&[("ASSETS_MAX_CONTENT_BYTES", "40000")]).await;
    let robot = app.agent("robot").await;
    robot.create_file("video", "fits.mp4", "video/mp4", film(40_000)).await.status(201);
    let files = app.stored().await;
    robot.create_file("video", "long.mp4", "video/mp4", film(40_001)).await.status(413).problem("too_large");
    robot.create_file("video", "longer.mp4", "video/mp4", pieces(&film(900_000), 10_000)).await.status(413).problem("too_large");
    assert_eq!(robot.list(&[("include", "total")]).await.ok()["total"], 1);
    assert_eq!(app.stored().await, files);
}

#[tokio::test]
async fn a_connection_goes_on_after_a_body_that_was_refused_early() {
    let app = App::with(&[("ASSETS_MAX_CONTENT_BYTES", "40000")]).await;
    let robot = app.agent("robot").await;
    for _ in 0..20 {
        let refused = robot.create_file("video", "long.mp4", "video/mp4", pieces(&film(900_000), 10_000));
        refused.await.status(413).problem("too_large");
        let next = tokio::time::timeout(Duration::from_secs(5), robot.whoami().into_future()).await;
        next.expect("the connection hangs").status(200);
    }
}

#[tokio::test]
async fn more_than_may_ever_fit_is_refused_before_it_is_sent() {
    let app = App::with(&[("ASSETS_MAX_CONTENT_BYTES", "40000")]).await;
    let robot = app.agent("robot").await;
    let mut connection = TcpStream::connect(app.address()).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let head = format!(
        "POST {ASSETS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 6000000000\r\n\r\n",
        robot.secret()
    );
    connection.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn json_may_have_a_mebibyte_and_inline_text_may_fill_it() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let text = |length: usize| json!({"type": "copy", "title": "Long", "provenance": {"agent_slug": "r"}, "content": {"text": "a".repeat(length)}});
    let frame = text(0).to_string().len();
    let asset = robot.create(text((1 << 20) - frame)).await.status(201).ok();
    assert_eq!(asset["latest_version"]["content"]["size_bytes"], (1 << 20) - frame);
    robot.create(text((1 << 20) - frame + 1)).await.status(413).problem("too_large");
    let long_metadata = json!({"type": "copy", "title": "x", "padding": "a".repeat(65 << 10)});
    robot.upload(ASSETS, long_metadata, "a.txt", "text/plain", "a").await.status(413).problem("too_large");
}

#[tokio::test]
async fn the_same_bytes_are_stored_once() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let asset = robot.create_sample(&sample("hero.png")).await.ok();
    let before = app.stored().await;
    for _ in 0..3 {
        robot.create_sample(&sample("hero.png")).await.status(201);
    }
    let again = robot.add_file_version(&asset, "hero.png", "image/png", sample("hero.png").bytes).await.ok();
    assert_eq!(again["latest_version"]["number"], 2);
    assert_eq!(app.stored().await, before);
    robot.create_sample(&sample("tulips.jpg")).await.ok();
    assert_eq!(app.stored().await.len(), before.len() + 1);
}

#[tokio::test]
async fn a_new_version_inherits_where_it_comes_from() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let source = robot.create_copy("The brief.").await.ok();
    let provenance = json!({"agent_slug": "copywriter", "run_id": "run-1", "model": "scribe-1", "derived_from": [{"asset_id": source["id"], "version": 1}]});
    let asset = robot.create(json!({"type": "copy", "title": "A", "provenance": provenance, "content": {"text": "one"}})).await.ok();
    let body = json!({"provenance": {"run_id": "run-2"}, "note": "shorter", "content": {"text": "two"}});
    let next = robot.act(&asset, "versions", body).await.status(201).ok();
    assert_eq!((&next["provenance"]["run_id"], &next["provenance"]["agent_slug"]), (&json!("run-2"), &json!("copywriter")));
    assert_eq!(next["provenance"]["derived_from"], provenance["derived_from"]);
    assert_eq!(next["latest_version"]["note"], "shorter");
    assert_eq!(robot.rollback(&asset, 1).await.ok()["provenance"]["run_id"], "run-1");
}

#[tokio::test]
async fn bad_input_is_named_where_it_stands() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let good = json!({"type": "copy", "title": "T", "provenance": {"agent_slug": "r"}, "content": {"text": "x"}});
    let cases = [
        ("/title", json!(""), vec!["body", "title"]),
        ("/title", json!("x".repeat(301)), vec!["body", "title"]),
        ("/title", json!("a\u{7}b"), vec!["body", "title"]),
        ("/type", json!("song"), vec!["body", "type"]),
        ("/unknown", json!(1), vec!["body", "unknown"]),
        ("/provenance", json!({}), vec!["body", "provenance", "agent_slug"]),
        ("/tags", json!(["Brand:acme"]), vec!["body", "tags"]),
        ("/content", json!({"text": "x", "filename": "a/b.txt"}), vec!["body", "content", "filename"]),
        ("/content", json!({"text": "x", "filename": "a\\b.txt"}), vec!["body", "content", "filename"]),
        ("/content", json!({}), vec!["body", "content", "text"]),
        ("/content", json!({"text": ""}), vec!["body", "content"]),
    ];
    for (at, value, place) in cases {
        let mut body = good.clone();
        body.as_object_mut().unwrap().insert(at[1..].to_owned(), value);
        let refused = robot.create(body).await.status(422).json();
        let told = refused["errors"][0]["loc"].as_array().unwrap();
        assert!(place.iter().zip(told).all(|(one, other)| one == other) && told.len() >= place.len(), "{at}: {refused}");
    }
    let elsewhere = json!({"agent_slug": "r", "derived_from": [{"asset_id": "01900000-0000-7000-8000-000000000000", "version": 1}]});
    let mut body = good.clone();
    body["provenance"] = elsewhere;
    let refused = robot.create(body).await.status(422).problem("invalid_request");
    assert_eq!(refused["errors"][0]["loc"], json!(["body", "provenance", "derived_from", 0]));
    assert_nothing_was_kept(&app).await;
}
