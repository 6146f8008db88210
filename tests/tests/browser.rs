//! What a real browser makes of links and of the documentation. Every name but this machine's leads nowhere, so that a page
//! which needs anything from outside shows it.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{process::Stdio, time::Duration};

use assets_tests::{App, Caller, Value, sample};
use tokio::process::Command;

/// The page as the browser has it after its scripts ran.
async fn opened(url: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "where the browser is depends on the machine")]
    let browser = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    let profile = tempfile::tempdir().unwrap();
    let browser = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-quic", "--virtual-time-budget=8000"])
        .arg("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--dump-dom", url])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("Chromium starts");
    // A download gives no page to wait for: then the browser is sent away, with nothing to show.
    match tokio::time::timeout(Duration::from_secs(20), browser.wait_with_output()).await {
        Ok(output) => String::from_utf8_lossy(&output.unwrap().stdout).into_owned(),
        Err(_) => String::new(),
    }
}

async fn link_to(robot: &Caller, asset: &Value) -> String {
    robot.preview_url(asset).await.ok()["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_picture_is_shown_by_its_link_alone() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let asset = robot.create_sample(&sample("hero.png")).await.ok();
    let page = opened(&link_to(&robot, &asset).await).await;
    assert!(page.contains("<img"), "{page}");
    assert!(page.contains("1200") && page.contains("675"), "the browser has read the picture: {page}");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn text_is_shown_as_text_whatever_is_in_it() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let asset = robot.create_copy("<script>document.title = 'ran'</script> and words").await.ok();
    let page = opened(&link_to(&robot, &asset).await).await;
    assert!(page.contains("&lt;script&gt;") && page.contains("and words"), "{page}");
    assert!(!page.contains("<title>ran</title>"), "{page}");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn pages_and_drawings_with_scripts_are_never_run() {
    let app = App::start().await;
    let robot = app.agent("robot").await;
    let script = "document.documentElement.setAttribute('data-ran', 'yes')";
    let html = format!("<!doctype html><html><body><p>words</p><script>{script}</script></body></html>");
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><script>{script}</script></svg>");
    // The browser would show it: a page that may run the script does.
    let runs = format!("data:text/html,<p>words</p><script>{script}</script>");
    assert!(opened(&runs).await.contains("data-ran"), "the script is one that runs");
    let page = robot.create_file("blog", "page.html", "text/html", html).await.ok();
    let drawing = robot.create_file("image", "drawing.svg", "image/svg+xml", svg).await.ok();
    for asset in [page, drawing] {
        let shown = opened(&link_to(&robot, &asset).await).await;
        assert!(!shown.contains("data-ran"), "{shown}");
        assert!(!shown.contains("<p>words</p>") && !shown.contains("<svg"), "it is downloaded, not shown: {shown}");
    }
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn the_documentation_works_without_a_network() {
    let app = App::start().await;
    let page = opened(&format!("{}/docs/", app.base())).await;
    for operation in ["create_asset", "approve_asset", "get_approved_content"] {
        assert!(page.contains(operation), "{operation} is not on the page");
    }
}
