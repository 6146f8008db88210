//! `assets workspace`: tenants.

use std::process::ExitCode;

use crate::{cli::WorkspaceCommand, failure::Failure, installation::Installation, log};

pub(super) async fn run(installation: Installation, command: WorkspaceCommand) -> Result<ExitCode, Failure> {
    match command {
        WorkspaceCommand::Create { name } => match installation.keyring.create_workspace(name.clone()).await? {
            Some(workspace) => log::say(format!("{}\t{}", workspace.id, workspace.name)),
            None => return Err(Failure::Refused(format!("there is a workspace \"{name}\" already"))),
        },
        WorkspaceCommand::List => {
            for workspace in installation.keyring.workspaces().await? {
                log::say(format!("{}\t{}", workspace.id, workspace.name));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
