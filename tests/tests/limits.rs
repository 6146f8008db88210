//! Whoever sends too much, too slowly, or nonsense is refused in words, in time, and without harm.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use assets_tests::{App, Caller, Chance, Method, Reply, Value, json};
use futures_util::{StreamExt, stream};

const QUIET: &[(&str, &str)] = &[("ASSETS_LOG", "warn,assets_server=info")];

/// Opens a socket, sends pieces, each after a pause, and answers what came back and after which time the service closed it.
fn converse(address: &str, pieces: Vec<Vec<u8>>, pause: Duration) -> (String, Duration) {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
    let mut reading = socket.try_clone().unwrap();
    let began = Instant::now();
    thread::spawn(move || {
        for piece in pieces {
            // The service may have closed it: that is what is being tried.
            if socket.write_all(&piece).is_err() {
                break;
            }
            thread::sleep(pause);
        }
        thread::sleep(Duration::from_secs(90));
    });
    let mut answer = Vec::new();
    let _reset = reading.read_to_end(&mut answer);
    (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
}

fn drip(text: &str, size: usize) -> Vec<Vec<u8>> {
    text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_nothing_or_too_slowly_is_cut_off_in_time() {
    let app = App::with(QUIET).await;
    let robot = app.agent("robot").await;
    let head = format!("POST /api/v1/assets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: ", robot.secret());
    let json_body = format!("{head}application/json\r\nContent-Length: 4000\r\n\r\n{}", "[".repeat(3000));
    let part = "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{\"type\": \"copy\", \"title\": \"A\", \"provenance\": {\"agent_slug\": \"a\"}}\r\n\
                --b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.txt\"\r\n\r\n";
    let upload = format!("{head}multipart/form-data; boundary=b\r\nContent-Length: 400000\r\n\r\n{part}{}", "text ".repeat(20_000));
    let second = Duration::from_secs(1);
    let (five, thirty) = (3..12, 28..45);
    let cases = [
        ("a socket that says nothing", vec![], second, five.clone(), None),
        ("a head that drips", drip(&head.repeat(3), 3), Duration::from_millis(300), five.clone(), None),
        ("a head that stops", drip(&head, 1000), second, five, None),
        ("a body that never comes", drip(&json_body.replace('[', ""), 4000), second, thirty.clone(), Some("request_timeout")),
        ("a body that drips", drip(&json_body, 200), second, thirty.clone(), Some("request_timeout")),
        ("an upload that stops", drip(&upload, 60_000), second, thirty.clone(), Some("request_timeout")),
        ("an upload that drips", drip(&upload, 1_000), second, thirty, Some("request_timeout")),
    ];
    let address = app.address();
    let tries = cases.map(|(what, pieces, pause, window, code)| {
        let address = address.clone();
        tokio::task::spawn_blocking(move || {
            let (answer, took) = converse(&address, pieces, pause);
            assert!(window.contains(&took.as_secs()), "{what} was cut off after {took:?}: {answer}");
            if let Some(code) = code {
                assert!(answer.contains("HTTP/1.1 408") && answer.contains(code), "{what}: {answer}");
            }
        })
    });
    for tried in tries {
        tried.await.unwrap();
    }
    assert_eq!(robot.list(&[]).await.ok()["items"], json!([]));
    assert!(app.stored().await.is_empty(), "{:?}", app.stored().await);
    robot.create_copy("as if nothing had been").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_that_lies_has_no_effect() {
    let app = App::with(QUIET).await;
    let robot = app.agent("robot").await;
    let whole = r#"{"type":"copy","title":"A","provenance":{"agent_slug":"a"},"content":{"text":"x"}}"#;
    let send = async |length: &str, body: &str, close: bool| {
        let secret = robot.secret();
        let head = format!(
            "POST /api/v1/assets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {secret}\r\nContent-Type: application/json\r\n"
        );
        let (address, request) = (app.address(), format!("{head}{length}\r\n{body}"));
        tokio::task::spawn_blocking(move || {
            let mut socket = TcpStream::connect(address).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            socket.write_all(request.as_bytes()).unwrap();
            if close {
                socket.shutdown(std::net::Shutdown::Write).unwrap();
            }
            let mut answer = Vec::new();
            let _reset = socket.read_to_end(&mut answer);
            String::from_utf8_lossy(&answer).into_owned()
        })
        .await
        .unwrap()
    };
    let too_long = send(&format!("Content-Length: {}\r\n", whole.len() + 100), whole, true).await;
    assert!(!too_long.contains(" 201 "), "{too_long}");
    let too_short = send(&format!("Content-Length: {}\r\n", whole.len() - 10), whole, true).await;
    assert!(too_short.starts_with("HTTP/1.1 400"), "{too_short}");
    let huge = send("Content-Length: 99999999999\r\n", whole, false).await;
    assert!(huge.starts_with("HTTP/1.1 413"), "{huge}");
    for odd in [
        "Content-Length: -1\r\n",
        "Content-Length: many\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 85\r\nTransfer-Encoding: chunked\r\n",
    ] {
        let answer = send(odd, whole, true).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{odd}: {answer}");
    }
    assert_eq!(robot.list(&[]).await.ok()["items"], json!([]), "something was made of a request that was not whole");
}

/// A valid copy, one field of it another.
fn copy_with(field: &str, value: Value) -> Value {
    let mut body = json!({"type": "copy", "title": "T", "provenance": {"agent_slug": "a"}, "content": {"text": "x"}});
    body[field] = value;
    body
}

#[tokio::test]
async fn every_bound_is_kept_and_named() {
    let app = App::with(QUIET).await;
    let robot = app.agent("robot").await;
    let tags = |count: usize| json!((0..count).map(|tag| format!("n:{tag}")).collect::<Vec<_>>());
    for (field, good, bad) in [
        ("title", json!("a".repeat(300)), json!("a".repeat(301))),
        ("title", json!("ä".repeat(300)), json!("two\nlines")),
        ("title", json!("tab is no line break"), json!("bell \u{7}")),
        ("description", json!("two\nlines"), json!("nul \u{0}")),
        ("description", json!("d".repeat(8000)), json!("d".repeat(8001))),
        ("tags", tags(64), tags(65)),
        ("tags", json!([format!("n:{}", "v".repeat(126))]), json!([format!("n:{}", "v".repeat(127))])),
        ("tags", json!(["brand:acme"]), json!(["Brand:acme"])),
        ("content", json!({"text": "x", "filename": "a.txt"}), json!({"text": "x", "filename": "../a.txt"})),
        ("provenance", json!({"agent_slug": "a"}), json!({"agent_slug": "a\u{1b}[31m"})),
    ] {
        robot.create(copy_with(field, good)).await.status(201);
        let problem = robot.create(copy_with(field, bad)).await.status(422).problem("invalid_request");
        assert_eq!((&problem["errors"][0]["loc"][0], &problem["errors"][0]["loc"][1]), (&json!("body"), &json!(field)), "{problem}");
    }
    let nested = |depth: usize| {
        copy_with("description", json!(0)).to_string().replace(":0", &format!(":{}{}", "[".repeat(depth), "]".repeat(depth)))
    };
    for depth in [33, 1_000, 100_000] {
        let reply = robot.ask(Method::POST, "/api/v1/assets").header("content-type", "application/json").body(nested(depth)).await;
        reply.status(422).problem("invalid_request");
    }
    let long = robot.create(copy_with("content", json!({"text": "x".repeat((1 << 20) + 1)}))).await;
    long.status(413).problem("too_large");
    robot.create(copy_with("content", json!({"text": "x".repeat((1 << 20) - 200)}))).await.status(201);
    robot.list(&[("q", &"w".repeat(257))]).await.status(422).problem("invalid_request");
    let many: Vec<Value> = (0..501).map(|_| json!({"asset_id": "0192f0c1-2345-7abc-8def-0123456789ab", "action": "submit", "version": 1, "digest": format!("sha256:{}", "0".repeat(64))})).collect();
    robot.decide(&many).await.status(422).problem("invalid_request");
    robot.create_copy("x").once(&"k".repeat(256)).await.status(422).problem("invalid_request");

    let asset = robot.create_copy("0123456789").await.ok();
    let ranges = (0..2_000).map(|place| format!("{}-{}", place % 10, place % 10)).collect::<Vec<_>>().join(",");
    let whole = robot.content(&asset, 1).header("range", format!("bytes={ranges}")).await.status(200);
    assert_eq!(whole.text(), "0123456789", "many ranges at once are answered with the whole");
    let head = format!("GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\nX-Filler: {}\r\n\r\n", "y".repeat(200 << 10));
    let (answer, took) = converse(&app.address(), vec![head.into_bytes()], Duration::ZERO);
    assert!(took < Duration::from_secs(10) && (answer.is_empty() || answer.starts_with("HTTP/1.1 4")), "a head of 200 KiB: {answer}");
    robot.whoami().await.ok();
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again() {
    let app = App::with(&[("ASSETS_RATE_LIMIT", "5")]).await;
    let (first, other) = (app.first_agent(), app.owner());
    for left in (0..5).rev() {
        let reply = first.whoami().await.status(200);
        assert_eq!(reply.need("ratelimit-policy"), "\"default\";q=5;w=60");
        assert!(reply.need("ratelimit").starts_with(&format!("\"default\";r={left};t=")), "{reply}");
    }
    let refused = first.whoami().await.status(429);
    assert!((1..=12).contains(&refused.need("retry-after").parse::<u64>().unwrap()), "{refused}");
    assert!(refused.need("ratelimit").starts_with("\"default\";r=0;t="), "{refused}");
    refused.problem("rate_limited");
    other.whoami().await.status(200);
    app.stranger().get("/healthz").await.status(200);
}

#[tokio::test]
async fn who_tries_keys_is_stopped_after_sixty() {
    let app = App::with(&[("ASSETS_RATE_LIMIT", "1000")]).await;
    let guess = app.holder("tnx_aaaaaaaa_00000000000000000000000000000000000000");
    for _ in 0..60 {
        guess.whoami().await.status(401);
    }
    let refused = guess.whoami().await.status(429);
    refused.need("retry-after");
    refused.problem("rate_limited");
    app.first_agent().whoami().await.status(200);
}

/// Text that nobody expects.
fn garbage(chance: &mut Chance) -> String {
    const PIECES: [&str; 34] = [
        "",
        "0",
        "-1",
        "1e9",
        "99999999999999999999",
        "null",
        "true",
        "\"",
        "'",
        "%",
        "%00",
        "%2e%2e%2f",
        "../",
        "..\\",
        "\u{0}",
        "\n",
        "\r\n\r\n",
        "\t",
        "é",
        "\u{202e}",
        "𝔸",
        "\u{feff}",
        "{}",
        "[]",
        "[[[[",
        "{\"a\":",
        ",",
        ";",
        "=",
        "*",
        "a",
        "AND 1=1 --",
        "NEAR(\"",
        "bytes=0-",
    ];
    match chance.below(4) {
        0 => PIECES[usize::try_from(chance.below(34)).unwrap()].repeat(usize::try_from(chance.below(300)).unwrap()),
        _ => (0..chance.below(6)).map(|_| *chance.one_of(&PIECES)).collect(),
    }
}

/// One request that is wrong in some place.
async fn nonsense(caller: &Caller, mut chance: Chance, operations: &[(String, String)], names: &[String], id: &str) -> Option<Reply> {
    let (method, path) = chance.one_of(operations).clone();
    let path: Vec<String> = path
        .split('/')
        .map(|part| match part.starts_with('{') {
            true if chance.below(3) == 0 => percent_encoded(&garbage(&mut chance)),
            true if part == "{number}" => "1".to_owned(),
            true => id.to_owned(),
            false => part.to_owned(),
        })
        .collect();
    let mut ask = caller.ask(method.parse::<Method>().unwrap(), &path.join("/"));
    for _ in 0..chance.below(3) {
        let (name, value) = (chance.one_of(names).clone(), garbage(&mut chance));
        ask = ask.query(&[(&name, &value)]);
    }
    for header in [
        "range",
        "if-match",
        "if-none-match",
        "if-range",
        "idempotency-key",
        "repr-digest",
        "content-type",
        "content-encoding",
        "accept-encoding",
    ] {
        if chance.below(5) == 0 {
            // A client cannot even send what is no header: only what can be sent is tried.
            let value: String = garbage(&mut chance).chars().filter(|c| !c.is_control()).take(2_000).collect();
            ask = ask.header(header, value);
        }
    }
    if method != "GET" {
        ask = match chance.below(3) {
            0 => ask.body(garbage(&mut chance)),
            1 => ask.header("content-type", "application/json").body(json!({names[0].clone(): garbage(&mut chance)}).to_string()),
            _ => {
                let text = garbage(&mut chance);
                let body = json!({
                    "type": "copy", "title": text, "tags": [garbage(&mut chance)], "provenance": {"agent_slug": garbage(&mut chance)},
                    "content": {"text": garbage(&mut chance)}, "comment": garbage(&mut chance), "version": chance.below(3), "to_version": garbage(&mut chance),
                });
                ask.header("content-type", "application/json").body(body.to_string())
            }
        };
    }
    // A head that is too large is answered by closing the connection.
    ask.attempt().await.ok()
}

fn percent_encoded(text: &str) -> String {
    let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    encoded.chars().take(1_200).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_in_words_and_breaks_nothing() {
    const REQUESTS: usize = 4_000;
    let app = App::with(QUIET).await;
    let document = app.stranger().get("/api/v1/openapi.json").await.ok();
    let codes = document["components"]["schemas"]["ProblemCode"].to_string();
    let (mut operations, mut names) = (Vec::new(), BTreeSet::from(["q".to_owned(), "no_such".to_owned()]));
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((method.to_uppercase(), path.clone()));
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            names.extend(parameters.filter(|one| one["in"] == "query").map(|one| one["name"].as_str().unwrap().to_owned()));
        }
    }
    operations.extend([
        ("PUT".to_owned(), "/api/v1/assets".to_owned()),
        ("GET".to_owned(), "/api/v1/{x}".to_owned()),
        ("TRACE".to_owned(), "/{x}".to_owned()),
    ]);
    let (names, ann) = (Vec::from_iter(names), app.key("person", &["*"]).await);
    // What is approved cannot be deleted: it is there to the end.
    let asset = app.first_agent().create_copy("a text").await.ok();
    app.first_agent().submit(&asset).await.ok();
    app.owner().approve(&asset).await.ok();
    let id = asset["id"].as_str().unwrap().to_owned();
    let mut chance = Chance::seeded(7);
    let chances: Vec<Chance> = (0..REQUESTS).map(|_| chance.of()).collect();
    let replies: Vec<Reply> = stream::iter(chances)
        .map(|chance| nonsense(&ann, chance, &operations, &names, &id))
        .buffer_unordered(32)
        .filter_map(async |reply| reply)
        .collect()
        .await;
    assert!(replies.len() > REQUESTS * 9 / 10, "only {} were answered", replies.len());
    let mut refused = BTreeSet::new();
    for reply in &replies {
        assert!(reply.status < 500, "{reply}");
        if reply.status >= 400 && !reply.asked.starts_with("HEAD ") {
            assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{reply}");
            let code = reply.json()["code"].as_str().unwrap().to_owned();
            assert!(codes.contains(&format!("\"{code}\"")), "{reply}");
            refused.insert(code);
        }
    }
    assert!(refused.len() >= 8, "the nonsense is too much alike: {refused:?}");
    assert!(replies.iter().filter(|reply| reply.status < 400).count() > 100, "hardly anything got past the first check");
    ann.history(&id).await.ok();
    app.command(&["fsck"]).ok();
    assert!(!app.log().contains("panic"), "{}", app.log());
}
