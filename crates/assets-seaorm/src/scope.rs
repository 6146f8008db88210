//! Whose rows a statement may touch.
//!
//! Every statement names its tenant by itself. On PostgreSQL there is a second wall behind that: row-level security lets
//! a transaction see the rows of the tenant that it was begun for and no other, and a statement outside of such a
//! transaction fails. SQLite has no such wall, and its readers need no transaction.

use assets_domain::WorkspaceId;
use assets_migrations::tenancy;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

use crate::Database;

/// Whose rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One tenant's.
    Tenant(WorkspaceId),
    /// Everybody's, for the work of the installation itself. No request of a tenant comes here.
    Every,
}

impl Scope {
    /// The statement that tells it to PostgreSQL, until the transaction ends. A UUID needs no quoting.
    fn statement(self) -> String {
        let whose = match self {
            Self::Tenant(workspace) => workspace.as_uuid().to_string(),
            Self::Every => tenancy::EVERY.to_owned(),
        };
        format!("SET LOCAL {} = '{whose}'", tenancy::SETTING)
    }
}

/// What reads within a scope.
pub(crate) enum Reader {
    /// Whatever connection is free.
    Pool(DatabaseConnection),
    /// A transaction that is never committed.
    Walled(DatabaseTransaction),
}

impl Database {
    /// Begins to read the rows of a scope. What is read is not of one moment, unless it is one statement.
    pub(crate) async fn read(&self, scope: Scope) -> Result<Reader, DbErr> {
        match self.backend() {
            DbBackend::Sqlite => Ok(Reader::Pool(self.reader.clone())),
            _ => Ok(Reader::Walled(begin(&self.reader, scope, TransactionOptions::default()).await?)),
        }
    }

    /// Begins to write rows of a scope. A transaction has the right to write from the start: on SQLite, one that reads
    /// first and writes later may find that it cannot.
    pub(crate) async fn write(&self, scope: Scope) -> Result<DatabaseTransaction, DbErr> {
        let mode = (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
        begin(&self.writer, scope, TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() }).await
    }
}

/// The one place where a transaction begins.
pub(crate) async fn begin(
    connection: &DatabaseConnection,
    scope: Scope,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, DbErr> {
    let transaction = connection.begin_with_options(options).await?;
    if ConnectionTrait::get_database_backend(&transaction) == DbBackend::Postgres {
        transaction.execute_unprepared(&scope.statement()).await?;
    }
    Ok(transaction)
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Pool(connection) => connection.get_database_backend(),
            Self::Walled(transaction) => ConnectionTrait::get_database_backend(transaction),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(connection) => connection.execute_raw(statement).await,
            Self::Walled(transaction) => transaction.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(connection) => connection.execute_unprepared(sql).await,
            Self::Walled(transaction) => transaction.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Pool(connection) => connection.query_one_raw(statement).await,
            Self::Walled(transaction) => transaction.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Pool(connection) => connection.query_all_raw(statement).await,
            Self::Walled(transaction) => transaction.query_all_raw(statement).await,
        }
    }
}
