//! Clients that generators make of the published contract do the whole job: the quick starts of docs/clients.md, word for word.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use assets_tests::{App, tools};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The story of a quick start, which is the longest of its blocks.
fn story(language: &str) -> String {
    let document = std::fs::read_to_string(root().join("docs/clients.md")).unwrap();
    let fence = format!("```{language}\n");
    let stories = document.split(&fence).skip(1).filter_map(|rest| rest.split("```").next());
    stories.max_by_key(|story| story.len()).unwrap().to_owned()
}

/// Runs a program in a folder with what the first start of the service printed. Answers what it said.
fn run(app: &App, folder: &Path, program: impl AsRef<Path>, arguments: &[&str]) -> String {
    let output = Command::new(program.as_ref())
        .args(arguments)
        .current_dir(folder)
        .env("BASE", app.base())
        .env("AGENT", app.first_agent().secret())
        .env("PERSON", app.owner().secret())
        .env("SAMPLES", root().join("crates/assets-server/demo"))
        .env("PYTHONPATH", folder)
        .output()
        .expect("the program starts: just setup");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {said}\n{complained}", program.as_ref().display());
    assert!(!complained.to_lowercase().contains("warning"), "{complained}");
    said.into_owned()
}

/// What came of the story: one picture, and what an archive should be.
fn check(folder: &Path, app: &App) {
    let verified = app.command(&["verify", folder.join("spring.zip").to_str().unwrap()]).ok();
    assert!(verified.contains("Signed approvals: 1"), "{verified}");
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_client_for_typescript_is_made_without_a_warning_and_does_the_whole_job() {
    let app = App::start().await;
    let folder = app.folder().join("typescript");
    std::fs::create_dir(&folder).unwrap();
    let (document, modules) = (root().join("openapi/assets.json"), tools().join("node_modules"));
    std::os::unix::fs::symlink(&modules, folder.join("node_modules")).unwrap();
    std::fs::write(folder.join("package.json"), r#"{"type": "module"}"#).unwrap();
    std::fs::write(folder.join("story.ts"), story("typescript")).unwrap();
    run(&app, &folder, modules.join(".bin/openapi-typescript"), &[document.to_str().unwrap(), "--output", "assets.ts"]);
    let strictly = ["--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--types", "node", "story.ts"];
    run(&app, &folder, modules.join(".bin/tsc"), &strictly);
    let said = run(&app, &folder, "node", &["story.js"]);
    assert_eq!(said.lines().collect::<Vec<_>>(), ["draft", "approved", "Hero 1", "Hello not approved", "true"]);
    check(&folder, &app);
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_client_for_python_is_made_without_a_warning_and_does_the_whole_job() {
    let app = App::start().await;
    let folder = app.folder().join("python");
    std::fs::create_dir(&folder).unwrap();
    let (document, setting) = (root().join("openapi/assets.json"), root().join("tests/clients/python.yaml"));
    let (document, setting) = (document.to_str().unwrap(), setting.to_str().unwrap());
    let made =
        ["generate", "--path", document, "--meta", "none", "--output-path", "assets_client", "--config", setting, "--fail-on-warning"];
    run(&app, &folder, tools().join("python/bin/openapi-python-client"), &made);
    std::fs::write(folder.join("story.py"), story("python")).unwrap();
    let said = run(&app, &folder, tools().join("python/bin/python"), &["story.py"]);
    assert_eq!(said.lines().collect::<Vec<_>>(), ["draft", "approved", "Hero 1", "Hello not approved", "True"]);
    check(&folder, &app);
}

#[tokio::test]
#[ignore = "needs bash, curl and python3"]
async fn the_quick_start_with_curl_does_the_whole_job() {
    let app = App::start().await;
    let document = std::fs::read_to_string(root().join("docs/clients.md")).unwrap();
    let story = document.split("```bash\n").nth(1).unwrap().split("```").next().unwrap();
    let said = run(&app, app.folder(), "bash", &["-euo", "pipefail", "-c", story]);
    assert_eq!(said.lines().collect::<Vec<_>>(), ["draft", "pending_review", "approved"]);
    check(app.folder(), &app);
}
