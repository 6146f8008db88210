//! Why a command came to nothing: one line for people, on standard error.

use std::path::Path;

use assets_domain::{CatalogError, KeyError, TextError, ports::Breakage};
use assets_seaorm::{CopyError, OpenError};

use crate::settings::SettingsError;

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A setting makes no sense.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// What was asked for cannot be done.
    #[error("{0}")]
    Refused(String),
    /// A file or folder cannot be used.
    #[error("failed to use {path}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("failed to open the database")]
    Database(#[from] OpenError),
    /// The content store refuses.
    #[error("ASSETS_STORE_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: the store refuses to be used")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Storage broke.
    #[error(transparent)]
    Storage(#[from] Breakage),
    /// A copy came to nothing.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// A use case failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A key was refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A text that is built in is wrong.
    #[error("failed to accept a name")]
    Text(#[from] TextError),
    /// The network cannot be used.
    #[error("failed to serve")]
    Network(#[source] std::io::Error),
}

impl Failure {
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), source }
    }
}
