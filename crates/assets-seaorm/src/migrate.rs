//! Bringing the schema up to date, by one process at a time.

use assets_domain::ports::Breakage;
use assets_migrations::{Migrations, MigratorTrait, SchemaManager};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{Database, error::Fault, scope::Scope};

/// What processes that migrate one PostgreSQL database at once queue for: the first 8 bytes of "assets migrations" are as
/// good a number as any.
const LOCK: i64 = i64::from_be_bytes(*b"assets m");

impl Database {
    /// Brings the schema up to date. A schema that is up to date already is only read, so a role that may not change it will do.
    ///
    /// # Errors
    /// A step failed; on PostgreSQL those before it stay done. The database was migrated by a later release.
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
        if self.pending().await? == 0 {
            return Ok(());
        }
        match self.backend() {
            DbBackend::Sqlite => Ok(self.migrate_at_once().await?),
            _ => Ok(self.migrate_alone().await?),
        }
    }

    /// How many steps are missing.
    async fn pending(&self) -> Result<usize, Fault> {
        if let Some(unknown) = self.unknown_step().await? {
            return Err(Fault::row(format!("the schema is that of a later release: this one does not know {unknown}")));
        }
        Ok(Migrations::get_pending_migrations_read_only(&self.writer).await?.len())
    }

    /// A step that was done and that this release does not have.
    async fn unknown_step(&self) -> Result<Option<String>, DbErr> {
        let table = Migrations::migration_table_name();
        if !SchemaManager::new(&self.writer).has_table(table.to_string()).await? {
            return Ok(None);
        }
        let known: Vec<_> = Migrations::migrations().iter().map(|step| step.name().to_owned()).collect();
        let done = Query::select().column("version").from(table).and_where(Expr::col("version").is_not_in(known)).to_owned();
        self.writer.query_one(&done).await?.map(|row| row.try_get_by_index(0)).transpose()
    }

    /// On SQLite those who write queue. All that is missing is one transaction: it waits for the disk once, and whoever comes
    /// second finds nothing left to do.
    async fn migrate_at_once(&self) -> Result<(), DbErr> {
        let transaction = self.write(Scope::Every).await?;
        Migrations::up(&transaction, None).await?;
        transaction.commit().await
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
    // The role may have time-outs of its own.
    connection.execute_unprepared("SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0").await?;
    connection.execute_unprepared(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
    Migrations::up(connection, None).await
}
