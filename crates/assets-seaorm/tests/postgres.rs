//! PostgreSQL takes the same schema and keeps what the ports promise.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "this is test code: what cannot be must stop the test")]

#[path = "support/server.rs"]
mod server;
mod support;

use assets_testkit::Repositories;

async fn postgres() -> Repositories {
    support::repositories(&server::empty_database().await, ()).await
}

assets_testkit::repository_suites!(postgres(), #[ignore = "needs PostgreSQL"]);
