//! What makes an installation, and what refuses to.

use assets_tests::{App, Foundation};

#[tokio::test]
async fn a_command_that_only_looks_makes_no_installation() {
    let app = App::on(Foundation::embedded().into(), &[]);
    for looking in [&["fsck"][..], &["gc"], &["key", "list"], &["workspace", "list"], &["backup", "copy"]] {
        let complaint = app.command(looking).failed();
        assert!(complaint.contains("there is no installation"), "{looking:?}: {complaint}");
    }
    assert!(!app.data().exists());
}

#[tokio::test]
async fn a_file_of_settings_that_was_named_must_be_there() {
    let app = App::start().await;
    assert!(app.command(&["--config", "nothere.toml", "fsck"]).failed().contains("nothere.toml"));
}

#[tokio::test]
async fn the_first_keys_are_shown_after_a_demonstration_too() {
    let mut app = App::prepare(&[]);
    app.command(&["demo"]).ok();
    app.begin().await;
    assert_eq!(app.owner().list(&[("include", "total")]).await.ok()["total"], 24);
}

#[tokio::test]
async fn the_first_keys_are_shown_once() {
    let mut app = App::start().await;
    let owner = app.owner().secret().to_owned();
    app.restart().await;
    assert_eq!(app.owner().secret(), owner, "a second start shows no keys");
    assert_eq!(app.command(&["key", "list"]).ok().lines().count(), 2);
}

#[tokio::test]
async fn a_lost_secret_stops_the_start() {
    let mut app = App::embedded(&[]).await;
    assert!(app.stop());
    std::fs::remove_file(app.data().join("signing.key")).unwrap();
    assert!(app.command(&["serve"]).failed().contains("ASSETS_SIGNING_KEY"));
    assert!(!app.data().join("signing.key").exists(), "no other secret takes its place");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_the_machine_looks_into_the_data() {
    use std::os::unix::fs::PermissionsExt;
    let app = App::embedded(&[]).await;
    let copy = app.folder().join("copy");
    app.command(&["backup", copy.to_str().unwrap()]).ok();
    for folder in [app.data(), &copy] {
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
    }
}

#[tokio::test]
async fn a_backup_copies_what_is_whole_and_names_what_is_not() {
    let app = App::embedded(&[]).await;
    let robot = app.agent("robot").await;
    let whole = robot.create_copy("whole").await.ok();
    robot.create_copy("damaged").await.ok();
    let (damaged, _) = app.stored().await.into_iter().find(|(_, size_bytes)| *size_bytes == 7).unwrap();
    app.store().flip(&damaged, 1).await;
    let copy = app.folder().join("copy");
    let finished = app.command(&["backup", copy.to_str().unwrap()]);
    assert!(!finished.success && finished.stdout.contains("1 faults"), "{finished:?}");
    let restored = App::over(&copy, &[]).await;
    assert_eq!(robot.at(&restored).content(&whole, 1).await.status(200).text(), "whole");
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_backup_of_postgresql_is_left_to_pg_dump() {
    let app = App::on(Foundation::postgres().into(), &[]);
    let copy = app.folder().join("copy");
    let complaint = app.command(&["backup", copy.to_str().unwrap()]).failed();
    assert!(complaint.contains("pg_dump"), "{complaint}");
    assert!(!copy.exists(), "what was begun looks like a backup");
}
