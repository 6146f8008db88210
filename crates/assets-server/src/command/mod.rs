//! The commands, one module each.

mod backup;
mod demo;
mod gc;
mod key;
mod serve;
mod workspace;

use std::{path::Path, process::ExitCode};

use assets_domain::{CatalogError, KeyError, TextError, ports::Breakage};
use assets_seaorm::OpenError;

use crate::{
    cli::{Cli, Command},
    installation::Installation,
    log,
    settings::{Settings, SettingsError},
};

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
    /// Storage broke.
    #[error(transparent)]
    Storage(#[from] Breakage),
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

/// Runs the command that was asked for; without one, the service.
///
/// # Errors
/// It came to nothing.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let command = cli.command.unwrap_or(Command::Serve);
    if matches!(command, Command::Openapi) {
        let document = assets_http::document().to_pretty_json().map_err(|error| Failure::Refused(error.to_string()))?;
        log::say(document);
        return Ok(ExitCode::SUCCESS);
    }
    let mut settings = Settings::read(cli.settings, &cli.config)?;
    log::start(std::mem::take(&mut settings.log));
    match command {
        Command::Serve => serve::serve(settings).await,
        Command::Workspace(command) => workspace::run(Installation::open(settings).await?, command).await,
        Command::Key(command) => key::run(Installation::open(settings).await?, command).await,
        Command::Migrate => migrate(settings).await,
        Command::Gc(arguments) => gc::gc(Installation::open(settings).await?, arguments.older_than).await,
        Command::Fsck => gc::fsck(Installation::open(settings).await?).await,
        Command::Backup { directory } => backup::backup(settings, &directory).await,
        Command::Demo { workspace } => demo::demo(Installation::open(settings).await?, &workspace).await,
        Command::Openapi => Ok(ExitCode::SUCCESS),
    }
}

/// Opening an installation brings its schema up to date: there is nothing more to do.
async fn migrate(settings: Settings) -> Result<ExitCode, Failure> {
    Installation::open(settings).await?;
    log::say("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
