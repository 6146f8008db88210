//! `assets attestation-key`: the keys that sign approvals and exports.

use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{cli::AttestationKeyCommand, failure::Failure, installation::Installation, log};

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(super) async fn run(installation: Installation, command: AttestationKeyCommand) -> Result<ExitCode, Failure> {
    match command {
        AttestationKeyCommand::Rotate { now } => {
            let (key, signs_from) = installation.signing.rotate(now).await?;
            log::say(format!("{} signs from {} on", key.kid(), moment(signs_from)));
        }
        AttestationKeyCommand::List => {
            for (key, signs_from) in installation.signing.list().await? {
                log::say(format!("{} {}", key.kid(), moment(signs_from)));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
