//! Content that comes in piece by piece, over broken connections and dead processes, and is whole in the end.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use assets_tests::{App, Ask, Caller, Method, Reply, Value, film, json, tools};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;

const UPLOADS: &str = "/api/v1/assets/uploads";
const PIECE: &str = "application/offset+octet-stream";
/// As large as a part that the service keeps by itself.
const PART: usize = 32 << 20;

/// How much the service may have read of a connection and not yet looked at.
const AHEAD: usize = 256 << 10;

/// Any request of the protocol.
fn tus(caller: &Caller, method: Method, path: &str) -> Ask {
    caller.ask(method, path).header("tus-resumable", "1.0.0")
}

fn begin(caller: &Caller, length: usize) -> Ask {
    tus(caller, Method::POST, UPLOADS).header("upload-length", length.to_string())
}

/// The path of a new upload.
async fn begun(app: &App, caller: &Caller, length: usize) -> String {
    let location = begin(caller, length).await.status(201).need("location");
    app.path_of(&location).to_owned()
}

fn head(caller: &Caller, path: &str) -> Ask {
    tus(caller, Method::HEAD, path)
}

fn patch(caller: &Caller, path: &str, offset: usize, bytes: Bytes) -> Ask {
    tus(caller, Method::PATCH, path).header("upload-offset", offset.to_string()).header("content-type", PIECE).body(bytes)
}

async fn offset(caller: &Caller, path: &str) -> usize {
    head(caller, path).await.status(200).need("upload-offset").parse().unwrap()
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn of_upload(path: &str) -> Value {
    json!({"type": "video", "title": "Long", "provenance": {"agent_slug": "robot"}, "content": {"upload_id": id(path)}})
}

/// A whole upload of these bytes.
async fn uploaded(app: &App, caller: &Caller, bytes: &Bytes) -> String {
    let path = begun(app, caller, bytes.len()).await;
    patch(caller, &path, 0, bytes.clone()).await.status(204);
    path
}

/// The start of a PATCH whose sender goes away after so many of its bytes.
fn cut_off(app: &App, caller: &Caller, path: &str, from: usize, bytes: &[u8], after: usize) {
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {from}\r\n\
         Content-Type: {PIECE}\r\nContent-Length: {}\r\n\r\n",
        caller.secret(),
        bytes.len() - from
    );
    let mut connection = TcpStream::connect(app.address()).unwrap();
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&bytes[from..from + after]).unwrap();
    connection.flush().unwrap();
}

/// Waits until an upload is somewhere.
async fn reached(caller: &Caller, path: &str, at_least: usize) -> usize {
    let began = Instant::now();
    loop {
        let now = offset(caller, path).await;
        if now >= at_least {
            return now;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it stays at {now} of {at_least}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until so many files lie in the store.
async fn left_in_store(app: &App, files: usize) {
    let began = Instant::now();
    while app.stored().await.len() != files {
        assert!(began.elapsed() < Duration::from_secs(20), "not {files} files: {:?}", app.stored().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn loc(reply: Reply, code: &str) -> (Value, Value) {
    let problem = reply.problem(code);
    (problem["errors"][0]["loc"].clone(), problem["errors"][0]["type"].clone())
}

#[tokio::test]
async fn what_came_in_piece_by_piece_is_content_in_the_end() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(300_000);
    let metadata = "filename bG9uZy5tcDQ=,filetype dmlkZW8vbXA0,note YQ==";
    let created = begin(&robot, film.len()).header("upload-metadata", metadata).await.status(201);
    assert_eq!((created.need("tus-resumable"), created.need("upload-offset")), ("1.0.0".to_owned(), "0".to_owned()));
    assert!(created.need("upload-expires").ends_with(" GMT"), "{created}");
    assert!(created.need("location").starts_with("http://"), "{created}");
    let path = app.path_of(&created.need("location")).to_owned();

    for (from, to) in [(0, 1), (1, 100_000), (100_000, 300_000)] {
        let looked = head(&robot, &path).await.status(200);
        let told = ["upload-offset", "upload-length", "upload-metadata", "cache-control", "tus-resumable"].map(|name| looked.need(name));
        assert_eq!(told, [&from.to_string(), "300000", metadata, "no-store", "1.0.0"]);
        let further = patch(&robot, &path, from, film.slice(from..to)).await.status(204);
        assert_eq!((further.need("upload-offset"), further.need("tus-resumable")), (to.to_string(), "1.0.0".to_owned()));
        assert!(further.need("upload-expires").ends_with(" GMT"));
    }
    let asset = robot.create(of_upload(&path)).await.status(201).ok();
    let content = &asset["latest_version"]["content"];
    assert_eq!((&content["filename"], &content["media_type"]), (&json!("long.mp4"), &json!("video/mp4")));
    assert_eq!((&content["size_bytes"], &content["digest"]), (&json!(300_000), &json!(assets_domain::Digest::of(&film).to_string())));
    assert_eq!(robot.content(&asset, 1).await.status(200).bytes, film);
    // Of the pieces nothing is left: what lies in the store is the content.
    left_in_store(&app, 1).await;
    app.command(&["fsck"]).ok();
}

#[tokio::test]
async fn an_upload_can_be_used_again_and_makes_versions_too() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(100_000);
    let path = uploaded(&app, &robot, &film).await;
    let first = robot.create(of_upload(&path)).await.status(201).ok();
    let second = robot.create(of_upload(&path)).await.status(201).ok();
    assert_ne!(first["id"], second["id"]);
    let content = json!({"upload_id": id(&path), "filename": "again.mp4", "media_type": "video/mp4"});
    let added = robot.post(&format!("/api/v1/assets/{}/versions", first["id"].as_str().unwrap()), json!({"content": content}));
    let added = added.await.status(201).ok();
    assert_eq!(added["latest_version"]["content"]["filename"], "again.mp4");
    assert_eq!(added["latest_version"]["content"]["facts"], second["latest_version"]["content"]["facts"]);
    assert_eq!(robot.content(&first, 2).await.status(200).bytes, film);
    assert_eq!(robot.content(&second, 1).await.status(200).bytes, film);
    assert_eq!(app.stored().await.len(), 1);
    // It has nothing left to send, and nothing left to lose.
    patch(&robot, &path, film.len(), Bytes::new()).await.status(204);
    tus(&robot, Method::DELETE, &path).await.status(204);
    assert_eq!(robot.content(&first, 1).await.status(200).bytes, film);
}

#[tokio::test]
async fn a_refused_request_leaves_the_upload_for_the_next() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(50_000);
    let path = uploaded(&app, &robot, &film).await;
    let mut wrong = of_upload(&path);
    wrong["type"] = json!("image");
    robot.create(wrong).await.status(422).problem("content_mismatch");
    let zeros = format!("sha-256=:{}:", STANDARD.encode([0; 32]));
    for _ in 0..2 {
        robot.create(of_upload(&path)).header("repr-digest", &zeros).await.status(422).problem("digest_mismatch");
    }
    robot.create(of_upload(&path)).await.status(201);
    robot.create(of_upload(&path)).header("repr-digest", &zeros).await.status(422).problem("digest_mismatch");
    left_in_store(&app, 1).await;
}

#[tokio::test]
async fn an_upload_that_is_not_finished_or_not_there_is_a_fault_of_the_body() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(50_000);
    let path = begun(&app, &robot, film.len()).await;
    patch(&robot, &path, 0, film.slice(..20_000)).await.status(204);
    let place = json!(["body", "content", "upload_id"]);
    let refused = robot.create(of_upload(&path)).await.status(422);
    assert_eq!(loc(refused, "invalid_request"), (place.clone(), json!("incomplete_upload")));
    let nowhere = of_upload("/0192f0c1-2345-7abc-8def-0123456789ab");
    assert_eq!(loc(robot.create(nowhere.clone()).await.status(422), "invalid_request"), (place.clone(), json!("unknown_upload")));
    let asset = robot.create_copy("text").await.ok();
    let version = json!({"content": nowhere["content"].clone()});
    let refused = robot.post(&format!("/api/v1/assets/{}/versions", asset["id"].as_str().unwrap()), version).await.status(422);
    assert_eq!(loc(refused, "invalid_request"), (place.clone(), json!("unknown_upload")));
    let with = |content: Value| robot.create(json!({"type": "copy", "title": "T", "provenance": {"agent_slug": "r"}, "content": content}));
    let both = with(json!({"text": "a", "upload_id": id(&path)})).await.status(422);
    assert_eq!(loc(both, "invalid_request"), (place.clone(), json!("ambiguous")));
    let neither = with(json!({"filename": "a.txt"})).await.status(422);
    assert_eq!(loc(neither, "invalid_request"), (json!(["body", "content", "text"]), json!("missing")));
    let unknown = with(json!({"upload_id": id(&path), "size": 1})).await.status(422);
    assert_eq!(loc(unknown, "invalid_request"), (json!(["body", "content", "size"]), json!("unknown_field")));
}

#[tokio::test]
async fn what_came_before_a_cut_is_kept() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(3_000_000);
    let path = begun(&app, &robot, film.len()).await;
    let mut from = 0;
    for after in [0, 1, 700_000, 1_000_000] {
        cut_off(&app, &robot, &path, from, &film, after);
        let began = Instant::now();
        // What the connection had read ahead when it broke may be lost with it.
        let reached = reached(&robot, &path, from + after - AHEAD.min(after.saturating_sub(1))).await;
        assert!(began.elapsed() < Duration::from_secs(10), "a cut is noticed at once, not after {:?}", began.elapsed());
        assert!(reached <= from + after, "no more than was sent");
        from = reached;
    }
    patch(&robot, &path, from, film.slice(from..)).await.status(204);
    let asset = robot.create(of_upload(&path)).await.status(201).ok();
    assert_eq!(robot.content(&asset, 1).await.status(200).bytes, film);
}

#[tokio::test]
async fn an_upload_outlives_restarts_and_kills() {
    let mut app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(2 * PART + 5_000_000);
    let path = begun(&app, &robot, film.len()).await;
    patch(&robot, &path, 0, film.slice(..1_000_000)).await.status(204);
    app.restart().await;
    assert_eq!(offset(&robot, &path).await, 1_000_000);
    // A kill costs at most the part under way.
    let sending = {
        let (robot, path, rest) = (robot.clone(), path.clone(), film.slice(1_000_000..));
        tokio::spawn(async move { patch(&robot, &path, 1_000_000, rest).attempt().await.map(|reply| reply.status) })
    };
    let (began, mut from) = (Instant::now(), 0);
    while from <= 1_000_000 && !sending.is_finished() {
        from = offset(&robot, &path).await;
        assert!(began.elapsed() < Duration::from_secs(60), "no part is kept");
    }
    app.kill();
    drop(sending.await);
    app.begin().await;
    let from = offset(&robot, &path).await;
    assert!(from >= 1_000_000 + PART, "a whole part was there, and {from} is left");
    patch(&robot, &path, from, film.slice(from..)).await.status(204);
    app.restart().await;
    let asset = robot.create(of_upload(&path)).await.status(201).ok();
    assert_eq!(robot.content(&asset, 1).await.status(200).bytes, film);
    app.command(&["fsck"]).ok();
}

#[tokio::test]
async fn of_two_at_once_for_one_place_one_is_refused_and_leaves_nothing() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(4_000_000);
    for _ in 0..5 {
        let path = begun(&app, &robot, film.len()).await;
        let files = app.stored().await.len();
        let (one, other) = tokio::join!(patch(&robot, &path, 0, film.clone()).attempt(), patch(&robot, &path, 0, film.clone()).attempt());
        let mut statuses = [one.unwrap().status, other.unwrap().status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409]);
        left_in_store(&app, files + 1).await;
        let asset = robot.create(of_upload(&path)).await.status(201).ok();
        assert_eq!(robot.content(&asset, 1).await.status(200).bytes, film);
        tus(&robot, Method::DELETE, &path).await.status(204);
        robot.delete(&asset).await.status(204);
    }
}

#[tokio::test]
async fn a_piece_for_another_place_is_refused() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let path = begun(&app, &robot, 100).await;
    patch(&robot, &path, 0, Bytes::from_static(&[1; 60])).await.status(204);
    for from in [0, 59, 61, 100, 1000] {
        let refused = patch(&robot, &path, from, Bytes::from_static(&[1; 1])).await.status(409);
        assert_eq!(refused.need("tus-resumable"), "1.0.0");
        refused.problem("upload_conflict");
    }
    assert_eq!(offset(&robot, &path).await, 60);
    patch(&robot, &path, 60, Bytes::from_static(&[1; 41])).await.status(413).problem("too_large");
    let untold = reqwest::Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(&[1; 41]))]));
    let ask = tus(&robot, Method::PATCH, &path).header("upload-offset", "60").header("content-type", PIECE).body(untold);
    ask.await.status(413).problem("too_large");
    assert_eq!(offset(&robot, &path).await, 60);
    assert_eq!(app.stored().await.len(), 1);
}

#[tokio::test]
async fn bytes_with_a_checksum_are_kept_whole_or_not_at_all() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(200_000);
    let path = begun(&app, &robot, film.len()).await;
    let sha256 = |bytes: &[u8]| format!("sha256 {}", STANDARD.encode(assets_domain::Digest::of(bytes).as_bytes()));
    let half = film.slice(..100_000);
    let wrong = patch(&robot, &path, 0, half.clone()).header("upload-checksum", sha256(&film)).await.status(460);
    assert_eq!(wrong.need("tus-resumable"), "1.0.0");
    wrong.problem("checksum_mismatch");
    for bad in ["md5 AAAA", "sha256", "sha256 AAAA", "sha1 !!!"] {
        patch(&robot, &path, 0, half.clone()).header("upload-checksum", bad).await.status(400).problem("bad_request");
    }
    assert_eq!((offset(&robot, &path).await, app.stored().await.len()), (0, 0));
    patch(&robot, &path, 0, half.clone()).header("upload-checksum", sha256(&half)).await.status(204);

    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 100000\r\n\
         Upload-Checksum: {}\r\nContent-Type: {PIECE}\r\nContent-Length: 100000\r\n\r\n",
        robot.secret(),
        sha256(&film[100_000..])
    );
    let mut connection = TcpStream::connect(app.address()).unwrap();
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&film[100_000..150_000]).unwrap();
    drop(connection);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(offset(&robot, &path).await, 100_000, "half of it is nothing");
    let rest = film.slice(100_000..);
    patch(&robot, &path, 100_000, rest.clone()).header("upload-checksum", sha256(&rest)).await.status(204);
    let asset = robot.create(of_upload(&path)).await.status(201).ok();
    assert_eq!(robot.content(&asset, 1).await.status(200).bytes, film);
}

#[tokio::test]
async fn the_first_bytes_can_come_with_the_beginning() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(100_000);
    let created = begin(&robot, film.len()).header("content-type", PIECE).body(film.slice(..60_000)).await.status(201);
    assert_eq!(created.need("upload-offset"), "60000");
    let path = app.path_of(&created.need("location")).to_owned();
    patch(&robot, &path, 60_000, film.slice(60_000..)).await.status(204);
    let asset = robot.create(of_upload(&path)).await.status(201).ok();
    assert_eq!(robot.content(&asset, 1).await.status(200).bytes, film);
    let long = begin(&robot, 10).header("content-type", PIECE).body(film.slice(..11)).await;
    long.status(413).problem("too_large");
    let other = begin(&robot, 10).header("content-type", "text/plain").body("0123456789").await;
    other.status(415).problem("unsupported_media_type");
    let wrong = begin(&robot, 10).header("content-type", PIECE).header("upload-checksum", "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    wrong.body(film.slice(..10)).await.status(460).problem("checksum_mismatch");
}

#[tokio::test]
async fn an_upload_that_began_twice_with_one_key_is_one() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(50_000);
    let first = begin(&robot, film.len()).once("begin").await.status(201);
    let path = app.path_of(&first.need("location")).to_owned();
    patch(&robot, &path, 0, film.slice(..20_000)).await.status(204);
    let again = begin(&robot, film.len()).once("begin").await.status(201);
    assert_eq!((again.need("location"), again.need("upload-offset")), (first.need("location"), "20000".to_owned()));
    assert_eq!(again.need("idempotency-replayed"), "true");
    begin(&robot, 7).once("begin").await.status(422).problem("idempotency_mismatch");
    patch(&robot, &path, 20_000, film.slice(20_000..)).await.status(204);

    let created = robot.create(of_upload(&path)).once("create").await.status(201);
    let replayed = robot.create(of_upload(&path)).once("create").await.status(201);
    assert_eq!((replayed.need("idempotency-replayed"), &replayed.bytes), ("true".to_owned(), &created.bytes));
    assert_eq!(robot.list(&[("include", "total")]).await.ok()["total"], 1);
    assert_eq!(app.stored().await.len(), 1);
}

#[tokio::test]
async fn an_upload_belongs_to_the_key_that_began_it() {
    let app = App::start().await;
    let (robot, other) = (app.agent("robot").await, app.agent("other").await);
    app.workspace("others");
    let foreign = app.key_in("others", "ann", "person", &["*"]);
    let film = film(50_000);
    let path = uploaded(&app, &robot, &film).await;
    for stranger in [&other, &foreign, &app.owner()] {
        assert_eq!(head(stranger, &path).await.status, 404);
        patch(stranger, &path, film.len(), Bytes::new()).await.status(404).problem("not_found");
        tus(stranger, Method::DELETE, &path).await.status(404).problem("not_found");
        let refused = stranger.create(of_upload(&path)).await.status(422);
        assert_eq!(loc(refused, "invalid_request").1, "unknown_upload");
    }
    assert_eq!(offset(&robot, &path).await, film.len());
    let reader = app.key("service", &["assets:read"]).await;
    begin(&reader, 5).await.status(403).problem("forbidden_scope");
    begin(&app.stranger(), 5).await.status(401).problem("unauthenticated");
}

#[tokio::test]
async fn an_upload_that_was_ended_is_gone_with_its_bytes() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(50_000);
    let path = uploaded(&app, &robot, &film).await;
    assert_eq!(app.stored().await.len(), 1);
    assert_eq!(tus(&robot, Method::DELETE, &path).await.status(204).need("tus-resumable"), "1.0.0");
    assert_eq!((head(&robot, &path).await.status, app.stored().await.len()), (404, 0));
    tus(&robot, Method::DELETE, &path).await.status(404).problem("not_found");
    let refused = robot.create(of_upload(&path)).await.status(422);
    assert_eq!(loc(refused, "invalid_request").1, "unknown_upload");
}

#[tokio::test]
async fn the_sweep_leaves_pieces_of_uploads_alone() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let film = film(50_000);
    let path = begun(&app, &robot, film.len()).await;
    patch(&robot, &path, 0, film.slice(..20_000)).await.status(204);
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        app.command(&["gc", "--older-than", "0s"]).ok();
    }
    let checked = app.command(&["fsck"]);
    assert!(format!("{checked:?}").contains("0 orphaned files"), "{checked:?}");
    checked.ok();
    patch(&robot, &path, 20_000, film.slice(20_000..)).await.status(204);
    let asset = robot.create(of_upload(&path)).await.status(201).ok();
    assert_eq!(robot.content(&asset, 1).await.status(200).bytes, film);
}

#[tokio::test]
async fn what_is_too_large_empty_or_unreadable_never_begins() {
    let app = App::with(&[("ASSETS_MAX_CONTENT_BYTES", "40000")]).await;
    let robot = app.agent("robot").await;
    begin(&robot, 40_001).await.status(413).problem("too_large");
    begin(&robot, 40_000).await.status(201);
    assert_eq!(loc(begin(&robot, 0).await.status(422), "invalid_request").0, json!(["header", "Upload-Length"]));
    tus(&robot, Method::POST, UPLOADS).await.status(400).problem("bad_request");
    tus(&robot, Method::POST, UPLOADS).header("upload-defer-length", "1").await.status(400).problem("bad_request");
    begin(&robot, 5).header("upload-metadata", "filename !").await.status(400).problem("bad_request");
    begin(&robot, 5).header("upload-metadata", "filename Li4vYQ==").await.status(422).problem("invalid_request");
    begin(&robot, 5).header("upload-metadata", "filetype YS9i").await.status(422).problem("content_mismatch");
    let path = begun(&app, &robot, 5).await;
    let untyped = tus(&robot, Method::PATCH, &path).header("upload-offset", "0").header("content-type", "text/plain").body("hello");
    untyped.await.status(415).problem("unsupported_media_type");
    let unplaced = tus(&robot, Method::PATCH, &path).header("content-type", PIECE).body("hello");
    unplaced.await.status(400).problem("bad_request");
    assert_eq!(offset(&robot, &path).await, 0);
}

#[tokio::test]
async fn a_key_has_a_hundred_uploads_under_way_and_no_more() {
    let app = App::start().await;
    let (robot, other) = (app.agent("robot").await, app.agent("other").await);
    let mut last = String::new();
    for _ in 0..100 {
        last = begun(&app, &robot, 5).await;
    }
    begin(&robot, 5).await.status(429).problem("too_many_uploads");
    begin(&other, 5).await.status(201);
    tus(&robot, Method::DELETE, &last).await.status(204);
    begin(&robot, 5).await.status(201);
}

#[tokio::test]
async fn one_version_is_spoken_and_anybody_may_ask_which() {
    let app = App::with(&[("ASSETS_CORS_ORIGINS", "https://desk.example"), ("ASSETS_MAX_CONTENT_BYTES", "40000")]).await;
    let robot = app.agent("robot").await;
    let path = begun(&app, &robot, 5).await;
    for place in [UPLOADS, &path] {
        let told = app.stranger().ask(Method::OPTIONS, place).await.status(204);
        let names = ["tus-resumable", "tus-version", "tus-extension", "tus-max-size", "tus-checksum-algorithm"];
        let extensions = "creation,creation-with-upload,checksum,expiration,termination";
        assert_eq!(names.map(|name| told.need(name)), ["1.0.0", "1.0.0", extensions, "40000", "sha1,sha256"]);
        let asked = app.stranger().ask(Method::OPTIONS, place).header("origin", "https://desk.example");
        let asked = asked.header("access-control-request-method", "PATCH");
        let wanted = "authorization,content-type,tus-resumable,upload-length,upload-metadata,upload-offset,upload-checksum";
        let allowed = asked.header("access-control-request-headers", wanted).await.status(200);
        assert_eq!(allowed.need("access-control-allow-origin"), "https://desk.example");
        for header in wanted.split(',') {
            assert!(allowed.need("access-control-allow-headers").to_lowercase().contains(header), "{header}: {allowed}");
        }
    }
    let seen = head(&robot, &path).header("origin", "https://desk.example").await.status(200).need("access-control-expose-headers");
    for header in ["upload-offset", "upload-length", "upload-expires", "location", "tus-resumable"] {
        assert!(seen.to_lowercase().contains(header), "{header}: {seen}");
    }
    let others = [(Method::POST, UPLOADS), (Method::PATCH, path.as_str()), (Method::DELETE, path.as_str())];
    for (method, place) in others {
        for version in [None, Some("0.2.2")] {
            let ask = robot.ask(method.clone(), place).header("upload-length", "5").header("upload-offset", "0");
            let ask = if let Some(version) = version { ask.header("tus-resumable", version) } else { ask };
            let refused = ask.await.status(412);
            assert_eq!((refused.need("tus-version"), refused.need("tus-resumable")), ("1.0.0".to_owned(), "1.0.0".to_owned()));
            refused.problem("tus_version");
        }
    }
    assert_eq!(offset(&robot, &path).await, 0);
}

#[tokio::test]
async fn the_method_can_be_said_in_a_header() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let path = begun(&app, &robot, 5).await;
    let meant = |method: &str| tus(&robot, Method::POST, &path).header("x-http-method-override", method);
    let further = meant("PATCH").header("upload-offset", "0").header("content-type", PIECE).body("hel").await.status(204);
    assert_eq!(further.need("upload-offset"), "3");
    assert_eq!(meant("HEAD").await.status(200).need("upload-offset"), "3");
    meant("DELETE").await.status(204);
    assert_eq!(head(&robot, &path).await.status, 404);
    meant("GET").await.status(405).problem("method_not_allowed");
    tus(&robot, Method::POST, &path).await.status(405).problem("method_not_allowed");
}

#[tokio::test]
async fn a_backup_has_content_and_no_uploads() {
    let app = App::embedded(&[]).await;
    let robot = app.agent("robot").await;
    let film = film(50_000);
    let used = uploaded(&app, &robot, &film).await;
    let asset = robot.create(of_upload(&used)).await.status(201).ok();
    let path = begun(&app, &robot, 50_000).await;
    patch(&robot, &path, 0, film.slice(..20_000)).await.status(204);
    let copy = app.folder().join("copy");
    app.command(&["backup", copy.to_str().unwrap()]).ok();
    let restored = App::over(&copy, &[]).await;
    let robot = robot.at(&restored);
    assert_eq!(robot.content(&asset, 1).await.status(200).bytes, film);
    assert_eq!(head(&robot, &path).await.status, 404, "its bytes are not there, so it begins anew");
    restored.command(&["fsck"]).ok();
}

#[tokio::test]
async fn who_sends_too_much_is_told_before_it_is_read() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let path = begun(&app, &robot, 5).await;
    let mut connection = TcpStream::connect(app.address()).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n\
         Content-Type: {PIECE}\r\nContent-Length: 6000000000\r\n\r\n",
        robot.secret()
    );
    connection.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

/// Sends a film with a client that others made, in chunks of a mebibyte; it is content in the end.
async fn sent_by(program: std::path::PathBuf, script: &str) {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let (film, file) = (film(5_000_000), app.folder().join("long.mp4"));
    std::fs::write(&file, &film).unwrap();
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(script);
    let client = std::process::Command::new(program)
        .arg(script)
        .args([&format!("{}{UPLOADS}", app.base()), robot.secret(), file.to_str().unwrap(), "long.mp4", "video/mp4", "1048576"])
        .env("NODE_PATH", tools().join("node_modules"))
        .output()
        .expect("the client starts: just setup");
    let (said, complained) = (String::from_utf8_lossy(&client.stdout), String::from_utf8_lossy(&client.stderr));
    assert!(client.status.success(), "{said}\n{complained}");
    let asset = robot.create(of_upload(said.trim())).await.status(201).ok();
    assert_eq!(asset["latest_version"]["content"]["filename"], "long.mp4");
    assert_eq!(robot.content(&asset, 1).await.status(200).bytes, film);
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_client_for_javascript_uploads() {
    sent_by("node".into(), "tus.mjs").await;
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_client_for_python_uploads() {
    sent_by(tools().join("python/bin/python"), "tus_upload.py").await;
}
