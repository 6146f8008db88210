//! PostgreSQL takes the same schema and keeps what the ports promise.
//!
//! `ASSETS_TEST_POSTGRES` names a server on which databases may be made, e.g. `postgres://postgres@127.0.0.1:5432`.

mod support;

use std::time::{SystemTime, UNIX_EPOCH};

use assets_testkit::Repositories;
use sea_orm::ConnectionTrait;

#[expect(clippy::disallowed_methods, reason = "where the server is, only whoever runs the test knows")]
fn server() -> String {
    std::env::var("ASSETS_TEST_POSTGRES").expect("ASSETS_TEST_POSTGRES names a PostgreSQL server")
}
