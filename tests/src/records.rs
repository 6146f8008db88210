//! What the database holds, seen past the service.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use crate::App;

/// A look into the database of an app, on a connection that never writes.
#[derive(Debug)]
pub struct Records(DatabaseConnection);

impl Records {
    /// Opens the database of an app.
    pub async fn of(app: &App) -> Self {
        let url = format!("sqlite:{}?mode=ro", app.data().join("assets.sqlite").display());
        let mut options = ConnectOptions::new(url);
        // One connection that stays: what `version` tells is told to a connection.
        options.min_connections(1).max_connections(1).sqlx_logging(false);
        Self(Database::connect(options).await.unwrap())
    }

    /// The number that a query answers.
    pub async fn number(&self, query: &str) -> i64 {
        let row = self.0.query_one_raw(Statement::from_string(DbBackend::Sqlite, query)).await.unwrap();
        row.unwrap().try_get_by_index(0).unwrap()
    }

    /// A number that changes whenever anybody writes anything into the database.
    pub async fn version(&self) -> i64 {
        self.number("PRAGMA data_version").await
    }
}
