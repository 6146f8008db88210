//! The clients that others made for the Model Context Protocol do the whole story, and what tries servers finds nothing to complain of.

#![expect(clippy::expect_used, reason = "a helper of tests fails by panicking, as tests do")]

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use assets_tests::{App, program, tools};

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

/// Runs a program with what it needs to know of a service. Answers what it said.
fn run(app: &App, transport: &str, mode: &str, mut command: Command) -> String {
    command.env("BASE", app.base()).env("AGENT", app.first_agent().secret()).env("PERSON", app.owner().secret());
    command.env("PROGRAM", program()).env("TRANSPORT", transport).env("MODE", mode);
    let output = command.output().expect("the program starts: just setup");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{transport}, {mode}: {said}\n{complained}");
    said.trim().to_owned()
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_client_for_python_does_the_whole_story() {
    for (transport, mode, version) in [
        ("http", "legacy", "2025-11-25"),
        ("http", "auto", "2026-07-28"),
        ("stdio", "legacy", "2025-11-25"),
        ("stdio", "auto", "2026-07-28"),
    ] {
        let app = App::start().await;
        let mut command = Command::new(tools().join("python/bin/python"));
        command.arg(script("mcp_story.py"));
        assert_eq!(run(&app, transport, mode, command), version, "{transport}");
    }
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn the_client_for_typescript_does_the_whole_story() {
    for transport in ["http", "stdio"] {
        let app = App::start().await;
        // A module finds others beside itself.
        std::os::unix::fs::symlink(tools().join("node_modules"), app.folder().join("node_modules")).unwrap();
        let story = app.folder().join("mcp_story.mjs");
        std::fs::copy(script("mcp_story.mjs"), &story).unwrap();
        let mut command = Command::new("node");
        command.arg(story);
        assert_eq!(run(&app, transport, "", command), "done", "{transport}");
    }
}

#[tokio::test]
#[ignore = "needs Node and Python"]
async fn what_tries_servers_for_conformance_finds_nothing_unexpected() {
    let mut command = Command::new("node");
    command.arg(script("with_key.mjs")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut door = command.spawn().expect("just setup");
    let mut address = String::new();
    BufReader::new(door.stdout.take().unwrap()).read_line(&mut address).unwrap();
    // What it says of itself is where it asks, which is the address of the door.
    let app = App::with(&[("ASSETS_CORS_ORIGINS", address.trim())]).await;
    writeln!(door.stdin.as_mut().unwrap(), "{} {}", app.base(), app.first_agent().secret()).unwrap();
    let modules = tools().join("node_modules");
    let mut command = Command::new(modules.join("node/bin/node"));
    command.arg(modules.join("@modelcontextprotocol/conformance/dist/index.js")).current_dir(app.folder());
    command
        .args(["server", "--suite", "all", "--url", &format!("{}/mcp", address.trim()), "--expected-failures"])
        .arg(script("mcp_conformance.yaml"));
    let said = run(&app, "http", "", command);
    drop(door.stdin.take());
    door.wait().unwrap();
    assert!(said.contains("✓ dns-rebinding-protection: 2 passed"), "{said}");
}
