//! Bringing the schema up to date, by one process at a time.

use assets_domain::ports::Breakage;
use assets_migrations::{Migrations, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};

use crate::{Database, error::Fault};

/// What processes that migrate one PostgreSQL database at once queue for: the first 8 bytes of "assets migrations" are as
/// good a number as any.
const LOCK: i64 = i64::from_be_bytes(*b"assets m");

impl Database {
    /// Brings the schema up to date. A schema that is up to date already is only read, so a role that may not change it will do.
    ///
    /// # Errors
    /// A step failed; those before it stay done. The database was migrated by a later release.
    pub async fn migrate(&self) -> Result<(), Breakage> {
        Ok(self.migrate_pending().await?)
    }

    /// Whether there is a schema at all, of whatever release.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn is_migrated(&self) -> Result<bool, Breakage> {
        let applied = Migrations::get_applied_migrations_read_only(&self.writer).await.map_err(Fault::from)?;
        Ok(!applied.is_empty())
    }

    async fn migrate_pending(&self) -> Result<(), Fault> {
        if Migrations::get_pending_migrations_read_only(&self.writer).await?.is_empty() {
            return Ok(());
        }
        match self.backend() {
            DbBackend::Sqlite => Migrations::up(&self.writer, None).await?,
            _ => self.migrate_alone().await?,
        }
        Ok(())
    }

    /// The lock belongs to a connection, so this has one of its own, on which no statement is too long.
    async fn migrate_alone(&self) -> Result<(), DbErr> {
        let mut options = self.options.connect_postgres(1);
        options.max_lifetime(None).map_sqlx_postgres_opts(|options| options.application_name("assets migrate"));
        let connection = sea_orm::Database::connect(options).await?;
        let migrated = up_locked(&connection).await;
        // With the connection goes the lock.
        connection.close().await?;
        migrated
    }
}

async fn up_locked(connection: &DatabaseConnection) -> Result<(), DbErr> {
    connection.execute_unprepared(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
    Migrations::up(connection, None).await
}
