//! What the database holds, seen past the service.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use crate::App;

/// A look into the database of an app.
#[derive(Debug)]
pub struct Records {
    connection: DatabaseConnection,
    version: String,
}

impl Records {
    /// Opens the database of an app.
    pub async fn of(app: &App) -> Self {
        let url = app.database_url();
        let on_sqlite = url.starts_with("sqlite:");
        let mut options = ConnectOptions::new(if on_sqlite { format!("{url}?mode=ro") } else { url });
        // One connection that stays: on SQLite, what `version` tells is told to a connection.
        options.min_connections(1).max_connections(1).idle_timeout(None).max_lifetime(None).sqlx_logging(false);
        // Behind row-level security one sees the rows of one tenant, unless one asks for those of all.
        options.map_sqlx_postgres_opts(|options| options.options([("assets.workspace", "*")]));
        let connection = Database::connect(options).await.unwrap();
        let version = if on_sqlite { "PRAGMA data_version".to_owned() } else { newest_rows(&connection).await };
        Self { connection, version }
    }

    /// The number that a query answers.
    pub async fn number(&self, query: &str) -> i64 {
        let row = self.connection.query_one_raw(Statement::from_string(self.connection.get_database_backend(), query)).await.unwrap();
        row.unwrap().try_get_by_index(0).unwrap()
    }

    /// What changes whenever anybody writes anything into the database.
    pub async fn version(&self) -> String {
        match self.connection.get_database_backend() {
            DbBackend::Sqlite => self.number(&self.version).await.to_string(),
            _ => {
                let row = self.connection.query_one_raw(Statement::from_string(DbBackend::Postgres, &self.version)).await.unwrap();
                row.unwrap().try_get_by_index(0).unwrap()
            }
        }
    }

    /// Executes a statement as nobody but a test would.
    pub async fn change(&self, statement: &str) {
        self.connection.execute_unprepared(statement).await.unwrap();
    }
}

/// The query for the number of rows of every table and the newest transaction that wrote one: whoever inserts or updates
/// is newer than all before, and who deletes leaves fewer rows.
async fn newest_rows(connection: &DatabaseConnection) -> String {
    let tables = "SELECT string_agg(format('SELECT %L || count(*) || '':'' || coalesce(max(xmin::text::bigint), 0) AS seen FROM %I', \
                  tablename || ' ', tablename), ' UNION ALL ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'";
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, tables)).await.unwrap();
    let each: String = row.unwrap().try_get_by_index(0).unwrap();
    format!("SELECT string_agg(seen, ', ' ORDER BY seen) FROM ({each}) AS tables")
}
