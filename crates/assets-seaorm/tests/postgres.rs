//! PostgreSQL takes the same schema and keeps what the ports promise.

#[path = "support/server.rs"]
mod server;
mod support;

use assets_testkit::Repositories;

async fn postgres() -> Repositories {
    support::repositories(&server::empty_database().await, ()).await
}

assets_testkit::repository_suites!(postgres(), #[ignore = "needs PostgreSQL"]);
