//! What a fault of the database means to those who asked.

use assets_domain::{
    Quantity,
    ports::{Breakage, CommitError},
};
use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// Something went wrong while rows were read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Database(#[from] DbErr),
    #[error("a row does not read back")]
    Row(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Fault {
    /// A row that does not hold what was written into it.
    pub(crate) fn row(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Row(source.into())
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::row(error)
    }
}

impl From<assets_domain::Corrupt> for Fault {
    fn from(corrupt: assets_domain::Corrupt) -> Self {
        Self::row(corrupt)
    }
}

impl From<Fault> for Breakage {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Database(error) => broken(error),
            Fault::Row(source) => Self::Damaged(source),
        }
    }
}

impl From<Fault> for CommitError {
    fn from(fault: Fault) -> Self {
        Self::Breakage(fault.into())
    }
}

/// Whether a row was refused because another has its place.
pub(crate) fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether a row was refused because what it refers to is not there.
pub(crate) fn is_dangling(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_)))
}

/// Of what there would have been too much, if a trigger refused a row for that.
pub(crate) fn over_quota(error: &DbErr) -> Option<Quantity> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else { return None };
    let said = error.as_database_error()?.message();
    Quantity::ALL.into_iter().find(|quantity| said.contains(&assets_migrations::over_quota(quantity.as_str())))
}

/// Whether SQLite could not be opened because somebody else is just opening it.
pub(crate) fn is_busy(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else { return false };
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| code & 0xff == 5)
}

fn broken(error: DbErr) -> Breakage {
    let runtime = match &error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => return Breakage::Unavailable(Box::new(error)),
        DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => return Breakage::Damaged(Box::new(error)),
        DbErr::Exec(RuntimeErr::SqlxError(runtime)) | DbErr::Query(RuntimeErr::SqlxError(runtime)) => runtime,
        _ => return Breakage::Failed(Box::new(error)),
    };
    match runtime.as_ref() {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Breakage::Unavailable(Box::new(error))
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Breakage::Damaged(Box::new(error)),
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default().into_owned();
            by_code(&code, error)
        }
        _ => Breakage::Failed(Box::new(error)),
    }
}

/// SQLite's extended result codes are decimal numbers, PostgreSQL's SQLSTATEs five characters.
fn by_code(code: &str, error: DbErr) -> Breakage {
    let source = Box::new(error);
    if let (Ok(code), true) = (code.parse::<i32>(), code.len() < 5) {
        return match code & 0xff {
            5 | 6 | 15 => Breakage::Unavailable(source),
            13 => Breakage::Full(source),
            11 | 26 => Breakage::Damaged(source),
            _ => Breakage::Failed(source),
        };
    }
    match code {
        "53100" => Breakage::Full(source),
        "XX001" | "XX002" => Breakage::Damaged(source),
        "25006" | "25P03" | "40001" | "40P01" | "57P01" | "57P02" | "57P03" | "57014" | "55P03" => Breakage::Unavailable(source),
        _ if code.starts_with("08") || code.starts_with("53") => Breakage::Unavailable(source),
        _ => Breakage::Failed(source),
    }
}
