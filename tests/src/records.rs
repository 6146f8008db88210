//! What the database holds, seen past the service.

use std::collections::BTreeMap;

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
        Self::open(app, "?mode=ro").await
    }

    /// The same, to write into it.
    pub async fn to_tamper(app: &App) -> Self {
        Self::open(app, "").await
    }

    async fn open(app: &App, mode: &str) -> Self {
        let url = app.database_url();
        let on_sqlite = url.starts_with("sqlite:");
        let mut options = ConnectOptions::new(if on_sqlite { format!("{url}{mode}") } else { url });
        options.min_connections(1).max_connections(1).idle_timeout(None).max_lifetime(None).sqlx_logging(false);
        // Behind row-level security one sees the rows of one tenant, unless one asks for those of all.
        options.map_sqlx_postgres_opts(|options| options.options([("assets.workspace", "*")]));
        let connection = Database::connect(options).await.unwrap();
        let version = if on_sqlite { all_rows(&connection).await } else { newest_rows(&connection).await };
        Self { connection, version }
    }

    /// The number that a query answers.
    pub async fn number(&self, query: &str) -> i64 {
        let row = self.connection.query_one_raw(Statement::from_string(self.connection.get_database_backend(), query)).await.unwrap();
        row.unwrap().try_get_by_index(0).unwrap()
    }

    /// The text that a query answers; empty if it is null.
    pub async fn text(&self, query: &str) -> String {
        let row = self.connection.query_one_raw(Statement::from_string(self.connection.get_database_backend(), query)).await.unwrap();
        row.unwrap().try_get_by_index::<Option<String>>(0).unwrap().unwrap_or_default()
    }

    /// What changes whenever anybody writes anything into the database but the audit, which tells of refusals, and the leases of
    /// what is done in the background.
    pub async fn version(&self) -> String {
        self.text(&self.version).await
    }

    /// Executes a statement as nobody but a test would.
    pub async fn change(&self, statement: &str) {
        self.connection.execute_unprepared(statement).await.unwrap();
    }

    /// Changes rows that are never to change: what keeps them is put aside first.
    pub async fn tamper(&self, table: &str, statements: &[&str]) {
        for event in ["update", "delete"] {
            let of_table = if self.connection.get_database_backend() == DbBackend::Sqlite { String::new() } else { format!(" ON {table}") };
            self.change(&format!("DROP TRIGGER IF EXISTS {table}_refuse_{event}{of_table}")).await;
        }
        for statement in statements {
            self.change(statement).await;
        }
    }
}

/// The query for the number of rows of every table and the newest transaction that wrote one: whoever inserts or updates
/// is newer than all before, and who deletes leaves fewer rows. Of a workspace only what does not count its audit.
async fn newest_rows(connection: &DatabaseConnection) -> String {
    let tables = "SELECT string_agg(format('SELECT %L || count(*) || '':'' || coalesce(max(xmin::text::bigint), 0) AS seen FROM %I', \
                  tablename || ' ', tablename), ' UNION ALL ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public' \
                  AND tablename NOT LIKE 'audit%' AND tablename NOT IN ('leases', 'workspaces')";
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, tables)).await.unwrap();
    let each: String = row.unwrap().try_get_by_index(0).unwrap();
    let workspaces = "SELECT string_agg(id || ':' || event_sequence, ',' ORDER BY id) AS seen FROM workspaces";
    format!("SELECT string_agg(seen, ', ' ORDER BY seen) FROM ({each} UNION ALL {workspaces}) AS tables")
}

/// The query for all rows of every table, on SQLite, which numbers no transactions: in a test there are few.
async fn all_rows(connection: &DatabaseConnection) -> String {
    let columns = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
                   WHERE t.type = 'table' AND t.sql NOT LIKE 'CREATE VIRTUAL%' AND t.name NOT LIKE 'sqlite%' \
                   AND t.name NOT LIKE 'listing_text%' AND t.name NOT LIKE 'audit%' AND t.name <> 'leases' AND c.name <> 'audit_sequence' \
                   ORDER BY t.name, c.cid";
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in connection.query_all_raw(Statement::from_string(DbBackend::Sqlite, columns)).await.unwrap() {
        let (table, column): (String, String) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        tables.entry(table).or_default().push(format!("quote(\"{column}\")"));
    }
    let each = tables.iter().map(|(table, cells)| {
        let cells = cells.join("||','||");
        format!("SELECT '{table} ' || coalesce(group_concat({cells}, ';'), '') AS seen FROM {table}")
    });
    format!("SELECT group_concat(seen, ' ') FROM ({})", each.collect::<Vec<_>>().join(" UNION ALL "))
}
