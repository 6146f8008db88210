//! PostgreSQL takes the same schema and keeps what the ports promise.
//!
//! `ASSETS_TEST_POSTGRES` names a database whose role may make others, e.g. `postgres://assets@127.0.0.1:5432/assets`.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "this is test code: what cannot be must stop the test")]

mod support;

use std::sync::atomic::{AtomicU32, Ordering};

use assets_testkit::Repositories;
use sea_orm::ConnectionTrait;

#[expect(clippy::disallowed_methods, reason = "where the database is, only whoever runs the test knows")]
fn database() -> String {
    std::env::var("ASSETS_TEST_POSTGRES").expect("ASSETS_TEST_POSTGRES names a PostgreSQL database")
}

/// An empty database of its own for each test. It stays as long as the server does.
async fn postgres() -> Repositories {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let known = database();
    let (server, _) = known.rsplit_once('/').expect("the URL ends in the name of a database");
    let name = format!("assets_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let connection = sea_orm::Database::connect(&known).await.unwrap();
    connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    connection.close().await.unwrap();
    support::repositories(&format!("{server}/{name}"), ()).await
}

assets_testkit::repository_suites!(postgres(), #[ignore = "needs PostgreSQL"]);
