//! A consistent copy of a live database.

use std::path::Path;

use assets_domain::ports::Breakage;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Database, error::Fault};

impl Database {
    /// Writes a copy of a SQLite database, as of one moment, into a file that must not exist yet. Readers and writers go on.
    ///
    /// # Errors
    /// The file is there already or cannot be written; the database is PostgreSQL, whose own `pg_dump` does this.
    pub async fn backup_into(&self, file: &Path) -> Result<(), Breakage> {
        if self.backend() != DbBackend::Sqlite {
            return Err(Breakage::Failed("PostgreSQL is backed up by pg_dump".into()));
        }
        let Some(file) = file.to_str() else {
            return Err(Breakage::Failed("the name of the backup must be UTF-8".into()));
        };
        // A connection of its own: readers may not write, and the writer has other things to do.
        let connection = sea_orm::Database::connect(self.options.connect_sqlite(1, false)).await.map_err(Fault::from)?;
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [file.into()]);
        let outcome = connection.execute_raw(statement).await;
        connection.close().await.map_err(Fault::from)?;
        outcome.map(|_| ()).map_err(|error| Fault::from(error).into())
    }
}
