//! The floor's rows, on whichever database they are.

use std::path::PathBuf;

use super::{postgres, query::Asked, sqlite};
use crate::Failure;

/// Where they are.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// A file.
    Sqlite(PathBuf),
    /// A URL.
    Postgres(String),
}

impl std::str::FromStr for Rows {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text.starts_with("postgres") { Self::Postgres(text.to_owned()) } else { Self::Sqlite(text.into()) })
    }
}

/// An answer, unless there is nothing to answer about.
type Answer = Result<Option<Vec<u8>>, Failure>;

impl Rows {
    /// A page of a list.
    pub(crate) async fn page(&self, asked: &Asked) -> Answer {
        match self {
            Self::Sqlite(file) => sqlite::page(file, asked).map(Some),
            Self::Postgres(url) => postgres::page(url, asked).await.map(Some),
        }
    }

    /// An item with its versions and decisions.
    pub(crate) async fn history(&self, id: &str) -> Answer {
        match self {
            Self::Sqlite(file) => sqlite::history(file, id),
            Self::Postgres(url) => postgres::history(url, id).await,
        }
    }

    /// A change of status with its record, durable; answers the item as it is then, unless it was not in that status.
    pub(crate) async fn transition(&self, id: &str, from: &str, to: &str, at: &str) -> Answer {
        match self {
            Self::Sqlite(file) => sqlite::transition(file, id, from, to, at),
            Self::Postgres(url) => postgres::transition(url, id, from, to, at).await,
        }
    }

    /// Makes an upload known, durably; answers an item, as the service does.
    pub(crate) async fn add(&self, name: &str, digest: &str, size_bytes: usize, like: &str) -> Answer {
        match self {
            Self::Sqlite(file) => sqlite::add(file, name, digest, size_bytes, like),
            Self::Postgres(url) => postgres::add(url, name, digest, size_bytes, like).await,
        }
    }

    /// The digest of an item's bytes, by which its file is called.
    pub(crate) async fn digest(&self, id: &str) -> Result<Option<String>, Failure> {
        match self {
            Self::Sqlite(file) => sqlite::digest(file, id),
            Self::Postgres(url) => postgres::digest(url, id).await,
        }
    }
}
