//! SQLite keeps what the ports promise.
#![expect(clippy::unwrap_used, reason = "this is test code: what cannot be must stop the test")]

mod support;

use assets_testkit::Repositories;

async fn sqlite() -> Repositories {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("assets.db").display());
    support::repositories(&url, folder).await
}

assets_testkit::repository_suites!(sqlite());
