//! `assets workspace`: tenants.

use std::process::ExitCode;

use crate::{cli::WorkspaceCommand, failure::Failure, installation::Installation, log, settings::Settings};

pub(super) async fn run(settings: Settings, command: WorkspaceCommand) -> Result<ExitCode, Failure> {
    match command {
        WorkspaceCommand::Create { name } => {
            match Installation::open_or_make(settings).await?.keyring.create_workspace(name.clone()).await? {
                Some(workspace) => log::say(format!("{}\t{}", workspace.id, workspace.name)),
                None => return Err(Failure::Refused(format!("there is a workspace \"{name}\" already"))),
            }
        }
        WorkspaceCommand::List => {
            for workspace in Installation::open(settings).await?.keyring.workspaces().await? {
                log::say(format!("{}\t{}", workspace.id, workspace.name));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
