//! `assets workspace`: tenants.

use std::process::ExitCode;

use assets_domain::{
    DraftRetention, DraftRetentionError, Quota,
    ports::{Usages, Workspace},
};

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
        WorkspaceCommand::Usage => {
            let installation = Installation::open(settings).await?;
            for workspace in installation.keyring.workspaces().await? {
                say_usage(&installation, &workspace).await?;
            }
        }
        WorkspaceCommand::Retention { name, drafts } => {
            let installation = Installation::open(settings).await?;
            let workspace = installation.workspace(&name).await?;
            let refused = |error: DraftRetentionError| Failure::Refused(format!("--drafts: {error}"));
            let days = |days: u64| DraftRetention::of_days(u16::try_from(days).unwrap_or(u16::MAX));
            let retention = drafts.0.map(days).transpose().map_err(refused)?;
            installation.database.set_draft_retention(workspace.id, retention).await?;
            log::say(match retention {
                Some(retention) => format!("{name}\tdrafts are kept for {} days", retention.days()),
                None => format!("{name}\tdrafts are kept for ever"),
            });
        }
        WorkspaceCommand::Quota { name, bytes, assets } => {
            let installation = Installation::open(settings).await?;
            let workspace = installation.workspace(&name).await?;
            let Quota { bytes: most_bytes, assets: most_assets } = installation.database.usage(workspace.id).await?.quota;
            let quota = Quota { bytes: bytes.map_or(most_bytes, |most| most.0), assets: assets.map_or(most_assets, |most| most.0) };
            installation.database.set_quota(workspace.id, quota).await?;
            say_usage(&installation, &workspace).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One line: the name, how many assets and bytes there are of how many, and how many bytes are on their way in.
async fn say_usage(installation: &Installation, workspace: &Workspace) -> Result<(), Failure> {
    let usage = installation.database.usage(workspace.id).await?;
    let of = |most: Option<u64>| most.map_or_else(String::new, |most| format!(" of {most}"));
    let (assets, bytes) = (of(usage.quota.assets), of(usage.quota.bytes));
    log::say(format!(
        "{}\t{}{assets} assets\t{}{bytes} bytes\t{} bytes in uploads",
        workspace.name, usage.assets, usage.bytes, usage.uploading_bytes
    ));
    Ok(())
}
