//! Connections that read a SQLite file.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sea_orm::{ConnAcquireErr, DbErr, QueryResult, Statement, sea_query::Values, sqlx::sqlite::SqliteConnectOptions};
use tokio::{sync::Semaphore, time::timeout};

use crate::{connect::DatabaseOptions, session::Session};

/// Connections for whoever reads, one statement each at a time, opened when they are first needed.
#[derive(Debug)]
pub(crate) struct Readers {
    options: SqliteConnectOptions,
    free: Mutex<Vec<Session>>,
    places: Semaphore,
    patience: Duration,
}

impl Readers {
    pub(crate) fn new(options: SqliteConnectOptions, DatabaseOptions { connections, patience, .. }: &DatabaseOptions) -> Self {
        let places = Semaphore::new(usize::try_from(*connections).unwrap_or(Semaphore::MAX_PERMITS));
        Self { options, free: Mutex::default(), places, patience: *patience }
    }

    /// All rows of a statement. A connection whose statement failed, or was not waited for, is not used again.
    pub(crate) async fn query(&self, Statement { sql, values, .. }: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let place = timeout(self.patience, self.places.acquire()).await;
        let _place = place.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let kept = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut session = match kept {
            Some(session) => session,
            None => Session::open(&self.options).await?,
        };
        let answers = session.run(&prepared_once(&sql), values.unwrap_or_else(|| Values(Vec::new()))).await;
        if let Some(error) = answers.failed {
            return Err(error);
        }
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        Ok(answers.rows)
    }
}

/// SQLite plans by the number that limits a statement: it prepares the statement anew whenever that is bound. By a sum it
/// does not.
fn prepared_once(sql: &str) -> String {
    sql.replace(" LIMIT ?", " LIMIT 0 + ?")
}
