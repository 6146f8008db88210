//! Whose rows a statement may touch.
//!
//! Every statement names its tenant by itself. On PostgreSQL there is a second wall behind that: row-level security lets
//! a transaction see the rows of the tenant that it was begun for and no other, and a statement outside of such a
//! transaction fails. There, a statement that reads is a transaction of its own and says itself whose it is, so that it
//! costs one round trip. SQLite has no such wall.

use std::sync::Arc;

use assets_domain::WorkspaceId;
use assets_migrations::tenancy;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait, Values,
};

use crate::{Database, readers::Readers};

/// Whose rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One tenant's.
    Tenant(WorkspaceId),
    /// Everybody's, for the work of the installation itself. No request of a tenant comes here.
    Every,
}

impl Scope {
    /// What PostgreSQL is told.
    fn setting(self) -> String {
        match self {
            Self::Tenant(workspace) => workspace.as_uuid().to_string(),
            Self::Every => tenancy::EVERY.to_owned(),
        }
    }

    /// The statement that tells it to PostgreSQL, until the transaction ends. A UUID needs no quoting.
    fn statement(self) -> String {
        format!("SET LOCAL {} = '{}'", tenancy::SETTING, self.setting())
    }

    /// A query that tells it to PostgreSQL before it looks at any row, until it ends.
    ///
    /// The query proper is run for each row of `scope`, of which there is one, and not before it asked for that row's
    /// setting; row-level security asks for the setting later still. Were it asked too early, the query would fail.
    fn wall(self, Statement { sql, values, db_backend }: Statement) -> Statement {
        let Values(mut values) = values.unwrap_or_else(|| Values(Vec::new()));
        values.push(self.setting().into());
        let sql = format!(
            "SELECT walled.* FROM (SELECT set_config('{}', ${}, true) AS setting OFFSET 0) AS scope CROSS JOIN LATERAL \
             (SELECT unwalled.* FROM ({sql}) AS unwalled WHERE scope.setting IS NOT NULL OFFSET 0) AS walled",
            tenancy::SETTING,
            values.len(),
        );
        Statement { sql, values: Some(Values(values)), db_backend }
    }
}

/// What reads within a scope, on whatever connection is free.
pub(crate) struct Reader {
    connection: DatabaseConnection,
    /// On SQLite, whose connections are asked instead.
    readers: Option<Arc<Readers>>,
    scope: Scope,
}

impl Reader {
    fn walled(&self, query: Statement) -> Statement {
        match query.db_backend {
            DbBackend::Postgres => self.scope.wall(query),
            _ => query,
        }
    }
}

impl Database {
    /// Reads the rows of a scope. What is read is not of one moment, unless it is one statement.
    pub(crate) fn read(&self, scope: Scope) -> Reader {
        Reader { connection: self.reader.clone(), readers: self.readers.clone(), scope }
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
        self.connection.get_database_backend()
    }

    /// Changes nothing: on SQLite the connection refuses to, and on PostgreSQL the statement belongs to no scope.
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.connection.execute_raw(statement).await
    }

    /// As [`Self::execute_raw`].
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.connection.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, query: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.readers {
            Some(readers) => Ok(readers.query(query).await?.into_iter().next()),
            None => self.connection.query_one_raw(self.walled(query)).await,
        }
    }

    async fn query_all_raw(&self, query: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.readers {
            Some(readers) => readers.query(query).await,
            None => self.connection.query_all_raw(self.walled(query)).await,
        }
    }
}
