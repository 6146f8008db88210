//! Clients do the whole job: those that generators make of the published contract, and the one for Rust. The quick starts of
//! docs/clients.md run word for word; the story in tests/clients is the main job in full, told alike by each of them.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use assets_tests::{App, tools};

#[path = "../clients/story.rs"]
mod story;

/// What every client has to say of the main job.
const TOLD: &[&str] = &[
    "brought draft draft true",
    "submitted 2 pending_review",
    "looked at 2 1",
    "sent back changes_requested Shorter, please.",
    "held up open_change_requests Half as long.",
    "answered 3 Seven letters.",
    "said Is it still too long?",
    "dismissed Never mind.",
    "tried human_required true",
    "too late stale_version 3 true",
    "approved 3 approved",
    "decided 200 approved",
    "decided 409 stale_version",
    "listed Hero image",
    "listed Hello copy",
    "shown image/png true",
    "key assets:read:approved",
    "content true",
    "released linkedin true",
    "handed to desk ticket",
    "exported 2 true true true",
    "rolled back 4 1 draft 3",
    "archived archived null",
    "recalled export_recalled",
    "revoked unauthenticated",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The story of a quick start, which is the longest of its blocks.
fn quick_start(language: &str) -> String {
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

/// What came of it: so many approvals, and what an archive should be.
fn check(folder: &Path, app: &App, approvals: usize) {
    let verified = app.command(&["verify", folder.join("spring.zip").to_str().unwrap()]).ok();
    assert!(verified.contains(&format!("Signed approvals: {approvals}")), "{verified}");
}

/// The client for TypeScript, made in a folder of its own.
fn made_for_typescript(app: &App) -> PathBuf {
    let folder = app.folder().join("typescript");
    std::fs::create_dir(&folder).unwrap();
    let (document, modules) = (root().join("openapi/assets.json"), tools().join("node_modules"));
    std::os::unix::fs::symlink(&modules, folder.join("node_modules")).unwrap();
    std::fs::write(folder.join("package.json"), r#"{"type": "module"}"#).unwrap();
    run(app, &folder, modules.join(".bin/openapi-typescript"), &[document.to_str().unwrap(), "--output", "assets.ts"]);
    folder
}

/// What a program in TypeScript says, which is compiled strictly.
fn said_in_typescript(app: &App, folder: &Path, program: &str) -> String {
    std::fs::write(folder.join("story.ts"), program).unwrap();
    let strictly = ["--strict", "--target", "es2023", "--module", "esnext", "--moduleResolution", "bundler", "--types", "node", "story.ts"];
    run(app, folder, tools().join("node_modules/.bin/tsc"), &strictly);
    run(app, folder, "node", &["story.js"])
}

/// The client for Python, made in a folder of its own.
fn made_for_python(app: &App) -> PathBuf {
    let folder = app.folder().join("python");
    std::fs::create_dir(&folder).unwrap();
    let (document, setting) = (root().join("openapi/assets.json"), root().join("tests/clients/python.yaml"));
    let (document, setting) = (document.to_str().unwrap(), setting.to_str().unwrap());
    let made =
        ["generate", "--path", document, "--meta", "none", "--output-path", "assets_client", "--config", setting, "--fail-on-warning"];
    run(app, &folder, tools().join("python/bin/openapi-python-client"), &made);
    folder
}

/// What a program in Python says.
fn said_in_python(app: &App, folder: &Path, program: &str) -> String {
    std::fs::write(folder.join("story.py"), program).unwrap();
    run(app, folder, tools().join("python/bin/python"), &["story.py"])
}

#[tokio::test]
async fn the_client_for_rust_does_the_main_job_in_full() {
    let app = App::start().await;
    let samples = root().join("crates/assets-server/demo");
    let (agent, person) = (app.first_agent(), app.owner());
    let told = story::told(&app.base(), agent.secret(), person.secret(), &samples, app.folder()).await.unwrap();
    assert_eq!(told, TOLD);
    check(app.folder(), &app, 2);
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_client_for_typescript_does_the_main_job_in_full() {
    let app = App::start().await;
    let folder = made_for_typescript(&app);
    let said = said_in_typescript(&app, &folder, include_str!("../clients/story.ts"));
    assert_eq!(said.lines().collect::<Vec<_>>(), TOLD);
    check(&folder, &app, 2);
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_client_for_python_does_the_main_job_in_full() {
    let app = App::start().await;
    let folder = made_for_python(&app);
    let said = said_in_python(&app, &folder, include_str!("../clients/story.py"));
    assert_eq!(said.lines().collect::<Vec<_>>(), TOLD);
    check(&folder, &app, 2);
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_quick_start_with_typescript_runs_as_it_stands() {
    let app = App::start().await;
    let folder = made_for_typescript(&app);
    let said = said_in_typescript(&app, &folder, &quick_start("typescript"));
    assert_eq!(said.lines().collect::<Vec<_>>(), ["draft", "approved", "Hero 1", "Hello not approved", "true"]);
    check(&folder, &app, 1);
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_quick_start_with_python_runs_as_it_stands() {
    let app = App::start().await;
    let folder = made_for_python(&app);
    let said = said_in_python(&app, &folder, &quick_start("python"));
    assert_eq!(said.lines().collect::<Vec<_>>(), ["draft", "approved", "Hero 1", "Hello not approved", "True"]);
    check(&folder, &app, 1);
}

#[tokio::test]
#[ignore = "needs bash, curl and python3"]
async fn the_quick_start_with_curl_does_the_whole_job() {
    let app = App::start().await;
    let document = std::fs::read_to_string(root().join("docs/clients.md")).unwrap();
    let story = document.split("```bash\n").nth(1).unwrap().split("```").next().unwrap();
    let said = run(&app, app.folder(), "bash", &["-euo", "pipefail", "-c", story]);
    assert_eq!(said.lines().collect::<Vec<_>>(), ["draft", "pending_review", "approved"]);
    check(app.folder(), &app, 1);
}
