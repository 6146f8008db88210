//! A PostgreSQL that somebody else started.
//!
//! `ASSETS_TEST_POSTGRES` names a database whose role may make others, e.g. `postgres://assets@127.0.0.1:5432/assets`.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::ConnectionTrait;

#[expect(clippy::disallowed_methods, reason = "where the database is, only whoever runs the test knows")]
fn database() -> String {
    std::env::var("ASSETS_TEST_POSTGRES").expect("ASSETS_TEST_POSTGRES names a PostgreSQL database")
}

/// The URL of an empty database of its own for each test. It stays as long as the server does.
pub(crate) async fn empty_database() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let known = database();
    let (server, _) = known.rsplit_once('/').expect("the URL ends in the name of a database");
    let name = format!("assets_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let connection = sea_orm::Database::connect(&known).await.unwrap();
    connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    connection.close().await.unwrap();
    format!("{server}/{name}")
}
