//! An empty database for each test, and its events read past the adapter.
#![expect(clippy::unwrap_used, reason = "this is test code: what cannot be must stop the test")]

use std::sync::Arc;

use assets_domain::{Recorded, WorkspaceId};
use assets_seaorm::{Database, DatabaseOptions};
use assets_testkit::{EventReader, Repositories};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, Statement};

/// A second look at the database, by connections that the adapter does not know of.
pub(crate) struct Witness(DatabaseConnection);

#[async_trait::async_trait]
impl EventReader for Witness {
    async fn events(&self, workspace: WorkspaceId) -> Vec<Recorded> {
        let sql = "SELECT sequence, body FROM events WHERE workspace_id = $1 ORDER BY sequence";
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, [workspace.as_uuid().into()]);
        let rows = self.0.query_all_raw(statement).await.unwrap();
        let numbered = rows.iter().map(|row| {
            let (number, body): (i64, String) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
            Recorded { sequence: number.try_into().unwrap(), event: serde_json::from_str(&body).unwrap() }
        });
        numbered.collect()
    }
}

impl Witness {
    async fn open(url: &str) -> Self {
        let mut options = ConnectOptions::new(url);
        options.min_connections(1).max_connections(1).sqlx_logging(false);
        let connection = sea_orm::Database::connect(options).await.unwrap();
        if connection.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared("SET assets.workspace = '*'").await.unwrap();
        }
        Self(connection)
    }
}

/// Every port of a migrated database, and whatever must outlive them.
pub(crate) async fn repositories(url: &str, guard: impl Send + Sync + 'static) -> Repositories {
    let database = Arc::new(Database::open(DatabaseOptions::new(url)).await.unwrap());
    database.migrate().await.unwrap();
    Repositories {
        assets: database.clone(),
        ledger: database.clone(),
        keys: database.clone(),
        leases: database.clone(),
        receipts: database.clone(),
        renditions: database.clone(),
        uploads: database.clone(),
        exports: database.clone(),
        releases: database.clone(),
        recalls: database.clone(),
        usages: database.clone(),
        remarks: database.clone(),
        audit: database.clone(),
        feed: database.clone(),
        bell: database.clone(),
        webhooks: database,
        events: Arc::new(Witness::open(url).await),
        guard: Box::new(guard),
    }
}
