//! Bytes go out: whole, in ranges, or not again.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use assets_tests::{App, Caller, Value, sample};
use base64::{Engine, engine::general_purpose::STANDARD};

struct Stage {
    robot: Caller,
    publisher: Caller,
    asset: Value,
    bytes: Vec<u8>,
    etag: String,
}

/// A published picture.
async fn published(app: &App) -> Stage {
    let robot = app.agent("robot").await;
    let hero = sample("hero.png");
    let asset = robot.create_sample(&hero).await.ok();
    robot.submit(&asset).await.ok();
    app.person("ann").await.approve(&asset).await.ok();
    let etag = format!("\"{}\"", asset["latest_version"]["content"]["digest"].as_str().unwrap());
    Stage { robot, publisher: app.publisher().await, asset, bytes: hero.bytes.to_vec(), etag }
}

#[tokio::test]
async fn bytes_come_back_as_they_went_in_with_all_that_is_known_of_them() {
    let app = App::start().await;
    let stage = published(&app).await;
    let whole = stage.robot.content(&stage.asset, 1).await.status(200);
    assert_eq!(whole.bytes, stage.bytes);
    assert_eq!(whole.need("content-length"), stage.bytes.len().to_string());
    assert_eq!(whole.need("content-type"), "image/png");
    assert_eq!(whole.need("etag"), stage.etag);
    assert_eq!(whole.need("accept-ranges"), "bytes");
    assert_eq!(whole.need("content-disposition"), "inline; filename=\"hero.png\"");
    assert_eq!(whole.need("cache-control"), "private, no-cache");
    let digest = assets_domain::Digest::of(&stage.bytes);
    assert_eq!(whole.need("repr-digest"), format!("sha-256=:{}:", STANDARD.encode(digest.as_bytes())));
    assert_eq!(stage.etag, format!("\"{digest}\""));

    let head = stage.robot.head_content(&stage.asset, 1).await.status(200);
    assert!(head.bytes.is_empty());
    for name in ["content-length", "content-type", "etag", "repr-digest", "content-disposition"] {
        assert_eq!(head.need(name), whole.need(name));
    }
}

/// The two texts are of one size and one CRC-32.
#[tokio::test]
async fn bytes_that_were_changed_behind_the_service_are_not_delivered_again() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let asset = robot.create_copy("plumless").await.ok();
    let (file, _) = app.stored().await.pop_first().unwrap();
    // Long enough for the file to be at rest.
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    for _ in 0..2 {
        assert_eq!(robot.content(&asset, 1).await.text(), "plumless");
    }
    app.store().tamper(&file, b"buckeroo").await;
    for _ in 0..2 {
        robot.content(&asset, 1).await.status(500).problem("internal");
    }
    app.store().tamper(&file, b"plumless").await;
    assert_eq!(robot.content(&asset, 1).await.text(), "plumless");
}

#[tokio::test]
async fn a_range_is_closed_open_or_a_suffix() {
    let app = App::start().await;
    let Stage { robot, asset, bytes, .. } = published(&app).await;
    let size = bytes.len();
    let cases = [
        ("bytes=0-0", 0..1),
        ("bytes=100-199", 100..200),
        ("bytes=100-", 100..size),
        ("bytes=-10", size - 10..size),
        ("bytes=5-99999999", 5..size),
    ];
    for (header, range) in cases {
        let part = robot.content(&asset, 1).header("range", header).await.status(206);
        assert_eq!(part.bytes, bytes[range.clone()], "{header}");
        assert_eq!(part.need("content-range"), format!("bytes {}-{}/{size}", range.start, range.end - 1));
    }
    for header in ["bytes=0-1,5-6", "items=0-1", "bytes=5-2"] {
        assert_eq!(robot.content(&asset, 1).header("range", header).await.status(200).bytes, bytes, "{header}");
    }
    let outside = robot.content(&asset, 1).header("range", format!("bytes={size}-")).await.status(416);
    assert_eq!(outside.need("content-range"), format!("bytes */{size}"));
    outside.problem("range_not_satisfiable");
}

#[tokio::test]
async fn a_range_of_other_bytes_is_answered_with_the_whole() {
    let app = App::start().await;
    let Stage { robot, asset, bytes, etag, .. } = published(&app).await;
    let ranged = || robot.content(&asset, 1).header("range", "bytes=0-9");
    assert_eq!(ranged().header("if-range", &etag).await.status(206).bytes, bytes[..10]);
    let weak = format!("W/{etag}");
    for other in ["\"sha256:other\"", &weak, "Wed, 21 Oct 2026 07:28:00 GMT"] {
        assert_eq!(ranged().header("if-range", other).await.status(200).bytes, bytes, "{other}");
    }
}

#[tokio::test]
async fn approved_bytes_are_not_sewn_together_from_two_approvals() {
    let app = App::start().await;
    let Stage { publisher, asset, bytes, etag, .. } = published(&app).await;
    let whole = publisher.approved_content(&asset).header("range", "bytes=0-9").await.status(200);
    assert_eq!((whole.bytes.to_vec(), whole.need("cache-control")), (bytes.clone(), "private, no-cache".to_owned()));
    let part = publisher.approved_content(&asset).header("range", "bytes=0-9").header("if-range", &etag).await.status(206);
    assert_eq!(part.bytes, bytes[..10]);
}

#[tokio::test]
async fn what_the_caller_has_is_not_sent_again() {
    let app = App::start().await;
    let Stage { robot, publisher, asset, etag, .. } = published(&app).await;
    let weak = format!("\"x\", W/{etag}");
    for known in [etag.as_str(), "*", &weak] {
        for ask in [robot.content(&asset, 1), publisher.approved_content(&asset)] {
            let same = ask.header("if-none-match", known).await.status(304);
            assert!(same.bytes.is_empty());
            assert_eq!(same.need("etag"), etag);
        }
    }
    robot.content(&asset, 1).header("if-none-match", "\"x\"").await.status(200);
    robot.content(&asset, 1).header("if-match", &etag).await.status(200);
    robot.content(&asset, 1).header("if-match", "\"x\"").await.status(412).problem("precondition_failed");
}

#[tokio::test]
async fn nothing_that_could_act_is_shown_in_the_service_s_origin() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let shown = [
        ("hero.png", true),
        ("tulips.jpg", true),
        ("story.webp", true),
        ("newsletter.txt", true),
        ("packet.svg", false),
        ("north-side.html", false),
        ("banners.zip", false),
        ("deck.pptx", false),
    ];
    for (name, inline) in shown {
        let asset = robot.create_sample(&sample(name)).await.ok();
        let link = asset["preview_url"].as_str().unwrap();
        for reply in [robot.content(&asset, 1).await.status(200), app.follow(link).await.status(200)] {
            let disposition = reply.need("content-disposition");
            assert_eq!(disposition, format!("{}; filename=\"{name}\"", if inline { "inline" } else { "attachment" }));
            assert_eq!(reply.need("x-content-type-options"), "nosniff");
            let policy = reply.need("content-security-policy");
            assert!(policy.starts_with("sandbox;") && policy.contains("default-src 'none'"), "{policy}");
            assert!(!policy.contains("allow-scripts"), "{policy}");
        }
    }
}

#[tokio::test]
async fn a_name_in_any_script_is_kept() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let asset = robot.create_file("image", "Größe 春.png", "image/png", sample("hero.png").bytes).await.ok();
    assert_eq!(asset["latest_version"]["content"]["filename"], "Größe 春.png");
    let disposition = robot.content(&asset, 1).await.need("content-disposition");
    assert_eq!(disposition, "inline; filename=\"Gr__e _.png\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E6%98%A5.png");
}

#[tokio::test]
async fn a_version_that_is_not_there_is_not_found() {
    let app = App::start().await;
    let Stage { robot, asset, .. } = published(&app).await;
    robot.version(&asset, 2).await.status(404).problem("not_found");
    robot.content(&asset, 2).await.status(404).problem("not_found");
    robot.content(&asset, 0).await.status(422).problem("invalid_request");
    assert_eq!(robot.version(&asset, 1).await.ok()["status"], "approved");
}
