//! One copy into a destination at a time. The lock goes with the process, however it ends.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use crate::Database;

use super::CopyError;

/// Held while it lives.
pub(super) enum Lock {
    /// The folder of a SQLite database. Not the file: closing it here would drop the locks that SQLite has on it.
    Folder(File),
    /// A session of PostgreSQL that does nothing else.
    Session(DatabaseConnection),
}

impl Lock {
    pub(super) async fn take(database: &Database) -> Result<Self, CopyError> {
        match database.backend() {
            DbBackend::Sqlite => Self::folder(database),
            _ => Self::session(database).await,
        }
    }

    /// Lets the next one in at once.
    pub(super) async fn release(self) {
        match self {
            Self::Folder(held) => drop(held),
            Self::Session(held) => {
                // Said in so many words: the server comes round to a session that was closed when it has time. One that does not
                // answer is gone, and its lock with it.
                let _gone = asked(&held, "pg_advisory_unlock").await;
                let _gone = held.close().await;
            }
        }
    }

    fn folder(database: &Database) -> Result<Self, CopyError> {
        let file = database.options.file().unwrap_or_default();
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let unusable = |error: std::io::Error| CopyError::writing(DbErr::Custom(format!("{}: {error}", folder.display())));
        let held = File::open(folder).map_err(unusable)?;
        match held.try_lock() {
            Ok(()) => Ok(Self::Folder(held)),
            Err(TryLockError::WouldBlock) => Err(CopyError::Busy),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    async fn session(database: &Database) -> Result<Self, CopyError> {
        let mut options = database.options.connect_postgres(1);
        options.max_lifetime(None);
        let held = sea_orm::Database::connect(options).await.map_err(CopyError::writing)?;
        let taken = asked(&held, "pg_try_advisory_lock").await.map_err(CopyError::writing)?;
        if taken { Ok(Self::Session(held)) } else { Err(CopyError::Busy) }
    }
}

/// What PostgreSQL answers about the lock.
async fn asked(session: &DatabaseConnection, function: &str) -> Result<bool, DbErr> {
    let sql = format!("SELECT {function}(hashtextextended('assets copy', 0))");
    let row = session.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()? == Some(true))
}
