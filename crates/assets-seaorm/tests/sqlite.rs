//! SQLite keeps what the ports promise.

mod support;

use assets_testkit::Repositories;

async fn sqlite() -> Repositories {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("assets.db").display());
    support::repositories(&url, folder).await
}

assets_testkit::repository_suites!(sqlite());
