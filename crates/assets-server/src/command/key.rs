//! `assets key`: API keys.

use std::process::ExitCode;

use assets_domain::{Grantor, KeyRecord, NewKey};
use chrono::{DateTime, Utc};

use crate::{
    cli::{KeyCommand, KeyCreate},
    failure::Failure,
    installation::Installation,
    log,
};

pub(super) async fn run(installation: Installation, command: KeyCommand) -> Result<ExitCode, Failure> {
    match command {
        KeyCommand::Create(KeyCreate { workspace, name, kind, scopes, expires_at }) => {
            let workspace = installation.workspace(&workspace).await?;
            let new = NewKey { name, kind, scopes: scopes.into_iter().collect(), expires_at };
            log::say(installation.keyring.create(Grantor::Operator(workspace.id), new).await?.key);
        }
        KeyCommand::List { workspace } => {
            let workspace = installation.workspace(&workspace).await?;
            let now = installation.clock.now();
            for key in installation.keyring.list(Grantor::Operator(workspace.id)).await? {
                log::say(line(&key, now));
            }
        }
        KeyCommand::Revoke { prefix } => {
            installation.keyring.revoke_anywhere(&prefix.0).await?;
            log::say(format!("{} is revoked", prefix.0));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(key: &KeyRecord, now: DateTime<Utc>) -> String {
    let scopes: Vec<_> = key.scopes.iter().map(assets_domain::Scope::as_str).collect();
    let state = match (key.revoked_at, key.is_live(now)) {
        (Some(_), _) => "revoked",
        (None, false) => "expired",
        (None, true) => "live",
    };
    format!("{}\t{state}\t{}\t{}\t{}", key.actor.key_prefix, key.actor.kind.as_str(), key.actor.name, scopes.join(","))
}
