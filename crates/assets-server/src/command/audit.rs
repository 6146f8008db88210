//! `assets fsck --audit` and `assets audit checkpoint`.

use std::{path::PathBuf, process::ExitCode};

use assets_domain::{AuditFinding, Checkpoint, SignedCheckpoint, ports::AuditTrail};
use assets_handoff::{find_checkpoints, verify_checkpoint};

use crate::{failure::Failure, installation::Installation, log};

/// Walks along the audit of every workspace.
pub(super) async fn fsck(installation: Installation, files: &[PathBuf]) -> Result<ExitCode, Failure> {
    let keys = installation.signing.own_keys().await?;
    let mut sound = true;
    let mut elsewhere: Vec<Checkpoint> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, error))?;
        let mut found = 0_usize;
        for signed in find_checkpoints(&text) {
            found += 1;
            match verify_checkpoint(signed, &keys) {
                Ok(checkpoint) => elsewhere.push(checkpoint),
                Err(error) => {
                    sound = false;
                    log::say(format!("{}: a checkpoint is not to be believed: {error}", file.display()));
                }
            }
        }
        if found == 0 {
            return Err(Failure::Refused(format!("{}: there is no checkpoint in it", file.display())));
        }
    }
    let believed = |signed: &SignedCheckpoint| verify_checkpoint(&signed.signed, &keys).map_err(|error| error.to_string());
    let workspaces = installation.keyring.workspaces().await?;
    for checkpoint in &elsewhere {
        if workspaces.iter().all(|workspace| workspace.id != checkpoint.workspace) {
            sound = false;
            log::say(format!("the workspace {}, of which there is a checkpoint, is missing", checkpoint.workspace));
        }
    }
    for workspace in workspaces {
        let name = workspace.name.clone();
        let mut tell = |finding: AuditFinding| log::say(format!("{name}: {finding}"));
        let report = installation.auditor.check(workspace.id, elsewhere.clone(), &believed, &mut tell).await?;
        sound &= report.findings == 0;
        let before = match report.before {
            0 => String::new(),
            before => format!("; {before} decisions are older than the audit"),
        };
        log::say(format!(
            "{}: {} entries, {} of them not sealed yet, and {} checkpoints looked at, {} findings{before}",
            workspace.name, report.entries, report.unsealed, report.checkpoints, report.findings
        ));
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Seals what is open, and prints the newest checkpoint of every workspace.
pub(super) async fn checkpoint(installation: Installation) -> Result<ExitCode, Failure> {
    installation.auditor.seal(true).await?;
    for workspace in installation.keyring.workspaces().await? {
        for noted in AuditTrail::checkpoints(&installation.database, workspace.id, None, 1).await? {
            log::say(noted.signed);
        }
    }
    Ok(ExitCode::SUCCESS)
}
