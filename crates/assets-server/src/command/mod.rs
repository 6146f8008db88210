//! The commands, one module each.

mod attestation_key;
mod audit;
mod backup;
mod copy;
mod demo;
mod gc;
mod key;
mod mcp;
mod policy;
mod serve;
mod verify;
mod workspace;

use std::process::ExitCode;

use crate::{
    cli::{AuditCommand, Cli, Command},
    failure::Failure,
    installation::Installation,
    log,
    settings::Settings,
};

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
    if let Command::Verify { file, keys } = &command {
        return verify::verify(file, keys.as_deref());
    }
    if let Command::Mcp = command {
        return mcp::mcp().await;
    }
    let mut settings = Settings::read(cli.settings, &cli.config)?;
    log::start(std::mem::take(&mut settings.log));
    match command {
        Command::Serve => serve::serve(settings).await,
        Command::Workspace(command) => workspace::run(settings, command).await,
        Command::Key(command) => key::run(Installation::open(settings).await?, command).await,
        Command::Policy(command) => policy::run(Installation::open(settings).await?, command).await,
        Command::Migrate => migrate(settings).await,
        Command::Gc(arguments) => gc::gc(Installation::open(settings).await?, arguments.older_than).await,
        Command::Fsck(arguments) if arguments.audit => audit::fsck(Installation::open(settings).await?, &arguments.checkpoint).await,
        Command::Fsck(_) => gc::fsck(Installation::open(settings).await?).await,
        Command::Audit(AuditCommand::Checkpoint) => audit::checkpoint(Installation::open(settings).await?).await,
        Command::Backup { directory } => backup::backup(settings, &directory).await,
        Command::Copy(arguments) => copy::copy(settings, arguments).await,
        Command::Demo { workspace } => demo::demo(Installation::open_or_make(settings).await?, &workspace).await,
        Command::AttestationKey(command) => attestation_key::run(Installation::open(settings).await?, command).await,
        Command::Openapi | Command::Verify { .. } | Command::Mcp => Ok(ExitCode::SUCCESS),
    }
}

/// Opening an installation brings its schema up to date: there is nothing more to do.
async fn migrate(settings: Settings) -> Result<ExitCode, Failure> {
    Installation::open_or_make(settings).await?;
    log::say("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
