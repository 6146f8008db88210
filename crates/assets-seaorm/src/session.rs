//! A connection to SQLite that is not in a pool.
//!
//! A pool asks every connection that comes back to it whether it still works, which costs as much as a statement: the
//! question goes to the connection's thread and back. A file does not go away.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sea_orm::{
    DbErr, QueryResult, RuntimeErr,
    sea_query::Values,
    sqlx::{self, AssertSqlSafe, Connection, Either, Executor, SqliteConnection, sqlite::SqliteConnectOptions},
};
use sea_query_sqlx::SqlxValues;

/// One connection, for one caller at a time.
#[derive(Debug)]
pub(crate) struct Session(SqliteConnection);

impl Session {
    /// Opens a connection.
    pub(crate) async fn open(options: &SqliteConnectOptions) -> Result<Self, DbErr> {
        let opened = SqliteConnection::connect_with(options).await;
        opened.map(Self).map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
    }

    /// Runs one statement or several, in one round trip. After the first that fails none is run.
    pub(crate) async fn run(&mut self, sql: &str, values: Values) -> Answers {
        let mut answers = Answers { rows: Vec::new(), done: 0, failed: None };
        let mut stream = self.0.fetch_many(sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values)));
        loop {
            match stream.try_next().await {
                Ok(Some(Either::Right(row))) => answers.rows.push(row.into()),
                Ok(Some(Either::Left(_))) => answers.done += 1,
                Ok(None) => return answers,
                Err(error) => {
                    answers.failed = Some(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))));
                    return answers;
                }
            }
        }
    }

    /// Runs what has no values and answers nothing.
    pub(crate) async fn tell(&mut self, sql: &str) -> Result<(), DbErr> {
        self.run(sql, Values(Vec::new())).await.failed.map_or(Ok(()), Err)
    }
}

/// What statements answered that were sent together.
pub(crate) struct Answers {
    /// The rows of all of them.
    pub(crate) rows: Vec<QueryResult>,
    /// How many of them were run to their end.
    pub(crate) done: usize,
    /// What ended the run before all were.
    pub(crate) failed: Option<DbErr>,
}
