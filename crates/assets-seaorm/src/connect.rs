//! How connections are opened, and what each of them is told.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use assets_domain::ports::Breakage;
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::{
        ConnectOptions as _,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};

use crate::{
    bell::Belfry,
    error::{Fault, is_busy},
    group::Group,
    readers::Readers,
};

/// The first release of SQLite that never loses a commit in WAL mode.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
/// The oldest PostgreSQL that this is tested with.
const OLDEST_POSTGRES: i32 = 150_000;
/// How many prepared statements a connection keeps: every shape of list and change. On PostgreSQL every search is a shape of
/// its own, and what a connection keeps is kept by the server.
const KEPT_STATEMENTS: usize = 500;
const KEPT_STATEMENTS_OF_POSTGRES: usize = 150;

/// What PostgreSQL is told of every connection: nothing waits for ever, and what is acknowledged is on disk.
const POSTGRES_SESSION: [(&str, &str); 4] =
    [("statement_timeout", "30s"), ("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "30s"), ("synchronous_commit", "on")];
/// A connection that lay idle for so long is asked whether it still is one: the server may have been restarted meanwhile.
const DOUBTFUL_AFTER: Duration = Duration::from_secs(1);
/// Connections are given up after so long, so that they spread again over servers behind one name.
const POSTGRES_CONNECTION_LIFE: Duration = Duration::from_secs(30 * 60);

/// How long somebody who hinders another from opening a SQLite file is left alone.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// Where the database is and how it is used.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// `sqlite:<file>` or `postgres://…`.
    pub url: String,
    /// How many connections read at a time; on PostgreSQL, how many read and write.
    pub connections: u32,
    /// How long a caller waits for a free connection, and on SQLite for another process to finish writing.
    pub patience: Duration,
}

impl DatabaseOptions {
    /// The database at this URL, used in the usual way: 4 connections to SQLite, 16 to PostgreSQL, 5 seconds of patience.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        let url = url.into();
        let connections = if url.starts_with("sqlite:") { 4 } else { 16 };
        Self { url, connections, patience: Duration::from_secs(5) }
    }

    /// The file of the database, if it is SQLite.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let path = self.url.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }

    pub(crate) fn connect(&self, connections: u32) -> ConnectOptions {
        let mut options = ConnectOptions::new(&self.url);
        options
            .max_connections(connections)
            .acquire_timeout(self.patience)
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            .idle_timeout(None)
            .max_lifetime(None);
        options
    }

    fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres:") || self.url.starts_with("postgresql:")
    }

    pub(crate) fn connect_postgres(&self, connections: u32) -> ConnectOptions {
        let mut options = self.connect(connections);
        options
            .max_lifetime(POSTGRES_CONNECTION_LIFE)
            .test_before_acquire(false)
            .test_before_acquire_if_idle_for(DOUBTFUL_AFTER)
            .map_sqlx_postgres_opts(|options| {
                options.application_name("assets").options(POSTGRES_SESSION).statement_cache_capacity(KEPT_STATEMENTS_OF_POSTGRES)
            });
        options
    }

    /// Options for SQLite. `query_only` makes a connection refuse to write.
    pub(crate) fn connect_sqlite(&self, connections: u32, query_only: bool) -> ConnectOptions {
        let mut options = self.connect(connections);
        let patience = self.patience;
        options.test_before_acquire(false).map_sqlx_sqlite_opts(move |options| told(options, patience, query_only));
        options
    }

    /// The connection that writes. Those who come to a new file at once hinder each other in making it one with a log of
    /// changes, and SQLite has none of them wait.
    async fn open_sqlite(&self) -> Result<DatabaseConnection, DbErr> {
        let begun = Instant::now();
        loop {
            match sea_orm::Database::connect(self.connect_sqlite(1, false)).await {
                Err(error) if is_busy(&error) && begun.elapsed() < self.patience => tokio::time::sleep(BUSY_PAUSE).await,
                opened => return opened,
            }
        }
    }

    /// The same for one connection without a pool.
    fn connect_session(&self, query_only: bool) -> Result<SqliteConnectOptions, OpenError> {
        let options = self.url.parse::<SqliteConnectOptions>().map_err(|_| OpenError::Url)?;
        Ok(told(options.disable_statement_logging(), self.patience, query_only))
    }
}

/// What every connection to SQLite is told.
fn told(options: SqliteConnectOptions, patience: Duration, query_only: bool) -> SqliteConnectOptions {
    options
        .create_if_missing(!query_only)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(patience)
        .statement_cache_capacity(KEPT_STATEMENTS)
        .pragma("mmap_size", "0")
        .pragma("query_only", if query_only { "ON" } else { "OFF" })
}

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names no database that this can work on.
    #[error("the database must be sqlite:<file> or postgres://…")]
    Url,
    /// This SQLite may lose commits, or this PostgreSQL is not one that this is tested with.
    #[error("{found} is too old: SQLite 3.51.3 or PostgreSQL 15 is needed, or later")]
    TooOld {
        /// Which it is.
        found: String,
    },
    /// The database did not answer, or not as it should.
    #[error("failed to open the database")]
    Database(#[from] DbErr),
}

/// The database: every port that keeps rows.
///
/// Clones share their connections.
#[derive(Debug, Clone)]
pub struct Database {
    pub(crate) options: DatabaseOptions,
    pub(crate) reader: DatabaseConnection,
    pub(crate) writer: DatabaseConnection,
    /// Who reads, and who writes batches, if it is SQLite.
    pub(crate) readers: Option<Arc<Readers>>,
    pub(crate) group: Option<Arc<Group>>,
    pub(crate) bell: Arc<Belfry>,
}

impl Database {
    /// Opens a database; a SQLite file that is not there is made.
    ///
    /// # Errors
    /// The URL is of another kind of database, or of SQLite without a file; the database does not answer; its SQLite is
    /// too old to be trusted.
    pub async fn open(options: DatabaseOptions) -> Result<Self, OpenError> {
        if options.is_postgres() {
            let both = sea_orm::Database::connect(options.connect_postgres(options.connections)).await?;
            recent(&both).await?;
            let bell = Arc::new(Belfry::on_postgres(&options, &both));
            return Ok(Self { options, reader: both.clone(), writer: both, readers: None, group: None, bell });
        }
        // Each connection to a database in memory has one of its own.
        if !options.url.starts_with("sqlite:") || options.url.contains(":memory:") || options.url.contains("mode=memory") {
            return Err(OpenError::Url);
        }
        let writer = options.open_sqlite().await?;
        trusted(&sqlite_version(&writer).await?)?;
        let reader = sea_orm::Database::connect(options.connect_sqlite(options.connections, true)).await?;
        let group = Arc::new(Group::new(options.connect_session(false)?));
        let readers = Arc::new(Readers::new(options.connect_session(true)?, &options));
        Ok(Self { options, reader, writer, readers: Some(readers), group: Some(group), bell: Arc::new(Belfry::new()) })
    }

    /// Whether the database answers and has its schema.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<(), Breakage> {
        let statement = Statement::from_string(self.backend(), "SELECT 1 FROM workspaces LIMIT 1");
        self.reader.query_one_raw(statement).await.map(|_| ()).map_err(|error| Fault::from(error).into())
    }

    /// Whether row-level security does not hold for this role: a superuser's, or one that bypasses it. Never on SQLite, which
    /// has none.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn bypasses_tenancy(&self) -> Result<bool, Breakage> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(false);
        }
        let sql = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
        let row = self.reader.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.map_err(Fault::from)?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose().map_err(Fault::from)?.unwrap_or(false))
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }
}

async fn recent(postgres: &DatabaseConnection) -> Result<(), OpenError> {
    let sql = "SELECT current_setting('server_version_num')::integer, current_setting('server_version')";
    let row = postgres.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("server_version".to_owned()))?;
    let (number, name): (i32, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    if number >= OLDEST_POSTGRES { Ok(()) } else { Err(OpenError::TooOld { found: format!("PostgreSQL {name}") }) }
}

async fn sqlite_version(connection: &DatabaseConnection) -> Result<String, DbErr> {
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Sqlite, "SELECT sqlite_version()")).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("sqlite_version()".to_owned()))?.try_get_by_index(0)
}

fn trusted(version: &str) -> Result<(), OpenError> {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    if (next(), next(), next()) >= OLDEST_SQLITE { Ok(()) } else { Err(OpenError::TooOld { found: format!("SQLite {version}") }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_that_may_lose_commits_is_refused() {
        for old in ["3.51.2", "3.7.0", "3.50.9", "2.99.99", ""] {
            assert!(matches!(trusted(old), Err(OpenError::TooOld { found }) if found == format!("SQLite {old}")), "{old}");
        }
        for new in ["3.51.3", "3.52.0", "4.0.0"] {
            assert!(trusted(new).is_ok(), "{new}");
        }
    }
}
