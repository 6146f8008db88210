//! What whoever runs it types.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use assets_tests::{App, Finished, json, sample};

#[tokio::test]
async fn workspaces_are_made_and_listed() {
    let app = App::start().await;
    app.workspace("acme");
    let listed = app.command(&["workspace", "list"]).ok();
    let names: Vec<_> = listed.lines().map(|line| line.split('\t').nth(1).unwrap()).collect();
    assert_eq!(names, ["acme", "default"]);
    assert!(app.command(&["workspace", "create", "acme"]).failed().contains("already"));
    app.command(&["workspace", "create", "Not A Name"]).failed();
    let theirs = app.key_in("acme", "eve", "person", &["*"]);
    theirs.create_copy("theirs").await.status(201);
    assert_eq!(app.owner().list(&[]).await.ok()["items"], json!([]));
}

#[tokio::test]
async fn commands_work_before_the_first_start() {
    let mut app = App::prepare(&[]);
    app.command(&["migrate"]).ok();
    app.command(&["workspace", "create", "acme"]).ok();
    let robot = app.key_in("acme", "robot", "agent", &["assets:read", "assets:write"]);
    app.begin().await;
    robot.create_copy("first").await.status(201);
    assert_eq!(app.command(&["workspace", "list"]).ok().lines().count(), 1);
}

#[tokio::test]
async fn the_demonstration_has_every_type_in_every_status() {
    let app = App::start().await;
    app.command(&["demo"]).ok();
    let page = app.owner().list(&[("limit", "200"), ("include", "total")]).await.ok();
    assert_eq!(page["total"], 24);
    for asset_type in ["copy", "image", "slide", "video", "blog", "bundle"] {
        for status in ["draft", "pending_review", "approved", "archived"] {
            let found = app.owner().list(&[("type", asset_type), ("status", status), ("include", "total")]).await.ok();
            assert_eq!(found["total"], 1, "{asset_type} {status}");
        }
    }
    let approved = app.owner().list(&[("type", "slide"), ("status", "approved")]).await.ok();
    let bytes = app.publisher().await.approved_content(&approved["items"][0]).await.status(200).bytes;
    assert!([sample("deck.pdf").bytes, sample("deck.pptx").bytes].contains(&bytes));
}

#[tokio::test]
async fn what_nothing_refers_to_is_swept_and_nothing_else() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let kept = robot.create_copy("kept").await.ok();
    let gone = robot.create_copy("gone").await.ok();
    let both = robot.create_copy("in two assets").await.ok();
    let again = robot.create_copy("in two assets").await.ok();
    assert_eq!(app.stored().await.len(), 3);
    robot.delete(&gone).await.status(204);
    robot.delete(&again).await.status(204);
    app.command(&["gc"]).ok();
    app.command(&["gc"]).ok();
    assert_eq!(app.stored().await.len(), 3, "what is younger than a day is left alone");
    app.command(&["gc", "--older-than", "0s"]).ok();
    app.command(&["gc", "--older-than", "0s"]).ok();
    assert_eq!(app.stored().await.len(), 2);
    assert_eq!(robot.content(&kept, 1).await.text(), "kept");
    assert_eq!(robot.content(&both, 1).await.text(), "in two assets");
    let back = robot.create_copy("gone").await.ok();
    assert_eq!(robot.content(&back, 1).await.text(), "gone");
    app.command(&["fsck"]).ok();
    app.command(&["gc", "--older-than", "soon"]).failed();
}

#[tokio::test]
async fn fsck_finds_a_flipped_bit_and_a_missing_file() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    robot.create_sample(&sample("hero.png")).await.ok();
    robot.create_copy("whole").await.ok();
    assert!(app.command(&["fsck"]).ok().contains("2 blobs"));
    let (file, _) = app.stored().await.into_iter().max_by_key(|(_, size_bytes)| *size_bytes).unwrap();
    let whole = app.store().read(&file).await;
    app.store().flip(&file, 1000).await;
    let report = app.command(&["fsck"]);
    assert!(!report.success && report.stdout.contains("damaged: ") && report.stdout.contains("1 faults"), "{report:?}");
    app.store().put(&file, whole[..500].to_vec()).await;
    assert!(!app.command(&["fsck"]).success);
    app.store().remove(&file).await;
    let report = app.command(&["fsck"]);
    assert!(!report.success && report.stdout.contains("missing: "), "{report:?}");
    app.store().put(&file, whole).await;
    app.command(&["fsck"]).ok();
}

#[tokio::test]
async fn damaged_bytes_never_look_complete() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let asset = robot.create_sample(&sample("hero.png")).await.ok();
    let (file, _) = app.stored().await.pop_first().unwrap();
    app.store().flip(&file, 1000).await;
    match robot.content(&asset, 1).attempt().await {
        Ok(reply) => assert!(reply.status >= 500, "damaged bytes were delivered"),
        Err(broken) => assert!(broken.is_body() || broken.is_decode() || broken.is_request(), "{broken:?}"),
    }
}

#[tokio::test]
async fn a_backup_serves_what_was_approved() {
    let app = App::embedded(&[]).await;
    let (robot, ann, publisher) = (app.agent("robot").await, app.person("ann").await, app.publisher().await);
    let asset = robot.create_sample(&sample("deck.pdf")).await.ok();
    robot.submit(&asset).await.ok();
    let approved = ann.approve(&asset).await.ok();
    let copy = app.folder().join("copy");
    let path = copy.to_str().unwrap();
    app.command(&["backup", path]).ok();
    let later = robot.create_copy("after the backup").await.ok();
    assert!(app.command(&["backup", path]).failed().contains("not empty"));

    let restored = App::over(&copy, &[]).await;
    assert_eq!(publisher.at(&restored).approved_content(&asset).await.status(200).bytes, sample("deck.pdf").bytes);
    assert_eq!(restored.follow(approved["preview_url"].as_str().unwrap()).await.status(200).bytes, sample("deck.pdf").bytes);
    robot.at(&restored).history(&later).await.status(404);
    restored.command(&["fsck"]).ok();
}

fn refused(settings: &[(&str, &str)]) -> String {
    let Finished { success, stdout, stderr } = App::prepare(settings).command(&["serve"]);
    assert!(!success && stdout.is_empty(), "{stdout}");
    stderr
}

#[tokio::test]
async fn a_wrong_setting_stops_the_start_with_a_line_that_names_it() {
    for (name, value) in [
        ("ASSETS_LISTEN", "somewhere"),
        ("ASSETS_DATABASE_URL", "mysql://x"),
        ("ASSETS_STORE_URL", "ftp://x"),
        ("ASSETS_PUBLIC_URL", "assets.example.com"),
        ("ASSETS_EMBED_ORIGINS", "https://example.com/path"),
        ("ASSETS_CORS_ORIGINS", "example.com"),
        ("ASSETS_TRUSTED_PROXIES", "home"),
        ("ASSETS_SIGNING_KEY", "abc"),
        ("ASSETS_RATE_LIMIT", "-1"),
        ("ASSETS_MAX_CONTENT_BYTES", "5GiB"),
        ("ASSETS_METRICS_LISTEN", "9090"),
        ("ASSETS_LOG", "loud=very"),
    ] {
        let said = refused(&[(name, value)]);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("assets: ") && said.contains(name), "{said}");
    }
    let app = App::start().await;
    let taken = app.address();
    assert!(refused(&[("ASSETS_LISTEN", &taken)]).contains("ASSETS_LISTEN"));
}

#[tokio::test]
async fn settings_come_from_flags_then_environment_then_the_file() {
    let app = App::prepare(&[]);
    std::fs::write(app.folder().join("assets.toml"), "listne = \"127.0.0.1:0\"\n").unwrap();
    assert!(app.command(&["serve"]).failed().contains("listne"));
    std::fs::write(app.folder().join("assets.toml"), "max_content_bytes = 5\n").unwrap();
    app.command(&["migrate"]).ok();
    std::fs::write(app.folder().join("assets.toml"), "rate_limit = \"from the file\"\n").unwrap();
    app.command(&["migrate"]).ok();
    let said = app.command(&["migrate", "--rate-limit", "from the flag"]).failed();
    assert!(said.contains("from the flag"), "{said}");
}

#[tokio::test]
async fn a_file_of_settings_is_heeded() {
    let mut app = App::prepare(&[]);
    std::fs::write(app.folder().join("assets.toml"), "max_content_bytes = 5\ncors_origins = [\"https://desk.example\"]\n").unwrap();
    app.begin().await;
    let robot = app.first_agent();
    robot.create_copy("12345").await.status(201);
    robot.create_copy("123456").await.status(413).problem("too_large");
    let asked = robot.whoami().header("origin", "https://desk.example").await;
    assert_eq!(asked.need("access-control-allow-origin"), "https://desk.example");
    assert_eq!(robot.whoami().header("origin", "https://evil.example").await.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn requests_in_flight_are_finished_when_it_is_asked_to_stop() {
    let mut app = App::start().await;
    let key = app.first_agent().secret().to_owned();
    let body = json!({"type": "copy", "title": "Late", "provenance": {"agent_slug": "r"}, "content": {"text": "just in time"}}).to_string();
    let mut connection = TcpStream::connect(app.address()).unwrap();
    let head = format!(
        "POST /api/v1/assets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&body.as_bytes()[..20]).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let rest = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        connection.write_all(&body.as_bytes()[20..]).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(app.stop());
    let answer = rest.join().unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    app.begin().await;
    assert_eq!(app.first_agent().list(&[]).await.ok()["items"][0]["title"], "Late");
}
