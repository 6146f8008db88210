//! The published contract, the documentation and the front page, against the service itself.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Stdio,
};

use assets_tests::{App, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

#[tokio::test]
async fn the_published_contract_is_what_the_service_does() {
    let app = App::start().await;
    let printed = app.command(&["openapi"]).ok();
    let published = std::fs::read_to_string(root().join("openapi/assets.json")).unwrap();
    assert!(published.trim_end() == printed, "openapi/assets.json is not what the code says: just openapi");
    let served = app.stranger().get("/api/v1/openapi.json").await.status(200);
    assert_eq!(served.need("content-type"), "application/json");
    assert!(served.text() == printed, "the service answers another document than the program prints");
}

#[tokio::test]
async fn every_operation_is_described_in_full() {
    let app = App::start().await;
    let document = app.stranger().get("/api/v1/openapi.json").await.ok();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no id")).to_owned()), "{name}");
            assert!(operation["tags"].as_array().is_some_and(|tags| !tags.is_empty()), "{name} has no tag");
            assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{name} has no summary");
            let security = operation["security"].as_array().unwrap_or_else(|| panic!("{name} does not say whether it needs a key"));
            let open = ["/healthz", "/readyz", "/api/v1/openapi.json", "/.well-known/assets-keys.json"];
            let is_open = open.contains(&path.as_str()) || ["/p/{token}/{filename}", "/a/{asset_id}/{token}"].contains(&path.as_str());
            assert_eq!(security.iter().any(|one| one.get("api_key").is_some()), !is_open, "{name}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                let response = resolved(&document, response);
                assert!(response["description"].as_str().is_some_and(|words| !words.is_empty()), "{name} {status} has no description");
                if status.parse::<u16>().is_ok_and(|status| status >= 400) {
                    assert!(response["content"].get("application/problem+json").is_some(), "{name} {status} is no problem");
                }
            }
        }
    }
    for named in [
        "create_asset",
        "list_assets",
        "get_asset",
        "approve_asset",
        "request_changes",
        "revoke_approval",
        "decide_assets",
        "get_preview_url",
        "create_export",
        "download_export",
        "release_asset",
        "whoami",
    ] {
        assert!(ids.contains(named), "{named} is missing");
    }
}

fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => value,
    }
}

#[tokio::test]
async fn the_documentation_comes_from_the_service_alone() {
    let app = App::start().await;
    let moved = app.stranger().get("/docs").await;
    assert_eq!((moved.status / 100, moved.need("location").as_str()), (3, "/docs/"));
    let page = app.stranger().get("/docs/").await.status(200);
    assert!(page.need("content-type").starts_with("text/html"));
    let page = page.text();
    let linked: Vec<_> =
        ["src=\"", "href=\""].iter().flat_map(|mark| page.split(mark).skip(1)).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(linked.iter().filter(|link| link.ends_with(".js")).count() >= 2, "{linked:?}");
    for link in linked {
        assert!(!link.contains("//"), "{link} is elsewhere");
        app.stranger().get(&format!("/docs/{}", link.trim_start_matches("./"))).await.status(200);
    }
    assert!(app.stranger().get("/docs/swagger-initializer.js").await.text().contains("/api/v1/openapi.json"));
}

#[tokio::test]
async fn whether_it_lives_and_is_ready_is_told_to_all() {
    let app = App::with(&[("ASSETS_METRICS_LISTEN", "127.0.0.1:0")]).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.stranger().get(path).await.ok()["status"], "ok");
    }
    app.first_agent().get("/metrics").await.status(403).problem("forbidden_scope");
    let metrics = app.owner().get("/metrics").await.status(200).text();
    assert!(metrics.contains("assets_http_requests_total{"), "{metrics}");
}

#[tokio::test]
#[ignore = "needs bash, curl and python3"]
async fn the_story_of_the_front_page_runs_as_it_stands() {
    let app = App::start().await;
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let story = readme.split("<!-- story -->").nth(1).unwrap().split("<!-- /story -->").next().unwrap();
    let script: String = story.split("```bash\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    assert!(script.lines().count() > 50, "where is the story?");
    let (owner, agent) = (app.owner(), app.first_agent());
    let told = std::process::Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(root())
        .env("BASE", app.base())
        .env("PERSON", owner.secret())
        .env("AGENT", agent.secret())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (said, complained) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    assert!(told.status.success(), "{said}\n{complained}");
    for line in
        ["the link: 410", "refused: human_required", "refused: self_approval", "refused: stale_version", "Open a window. Plant something."]
    {
        assert!(said.lines().any(|said| said == line), "\"{line}\" was not said:\n{said}");
    }
}
