//! The first start: a workspace, two keys, and what to do with them.

use std::time::Duration;

use assets_domain::{Grantor, KeyKind, KeyName, NewKey, Scope, Scopes, WorkspaceName, ports::Work};
use chrono::TimeDelta;

use crate::{failure::Failure, installation::Installation, rota::SWEEP_EVERY};

/// The workspace that the first start makes.
pub(crate) const DEFAULT_WORKSPACE: &str = "default";

/// How often it is looked whether another process that starts at the same moment has made the keys.
const GLANCE: Duration = Duration::from_millis(100);

/// Makes a person's key and an agent's, since nobody approves their own work, and the workspace for them. Answers what to
/// print, once; `None` if somebody can get in already: what is asked is whether any key is live, so that a start that was
/// cut off, or a demo, does not lock everybody out. Of processes that start at once, one makes the keys.
///
/// # Errors
/// Something broke.
pub(crate) async fn welcome(installation: &Installation, url: &str) -> Result<Option<String>, Failure> {
    loop {
        if is_open_to_somebody(installation).await? {
            return Ok(None);
        }
        let turn = installation.rota.turn(Work::FirstRun, TimeDelta::zero(), begin(installation, url));
        if let Some(said) = turn.await? {
            return Ok(said);
        }
        tokio::time::sleep(GLANCE).await;
    }
}

async fn is_open_to_somebody(installation: &Installation) -> Result<bool, Failure> {
    for workspace in installation.keyring.workspaces().await? {
        let keys = installation.keyring.list(Grantor::Operator(workspace.id)).await?;
        if keys.iter().any(|key| key.is_live(installation.clock.now())) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn begin(installation: &Installation, url: &str) -> Result<Option<String>, Failure> {
    // Another process may have had its turn since it was looked.
    if is_open_to_somebody(installation).await? {
        return Ok(None);
    }
    // In a new installation there is nothing to sweep yet.
    installation.rota.turn(Work::Sweep, SWEEP_EVERY, async { Ok::<_, Failure>(()) }).await?;
    let keyring = &installation.keyring;
    let name = WorkspaceName::parse(DEFAULT_WORKSPACE)?;
    if let Some(made) = keyring.create_workspace(name.clone()).await? {
        tracing::info!(workspace = %made.name, "the first workspace is made");
    }
    let workspace = installation.workspace(&name).await?;
    let make = async |name: &str, kind, scopes: &[Scope]| -> Result<String, Failure> {
        let scopes: Scopes = scopes.iter().copied().collect();
        let new = NewKey { name: KeyName::parse(name)?, kind, scopes, expires_at: None };
        Ok(keyring.create(Grantor::Operator(workspace.id), new).await?.key)
    };
    let person = make("first person", KeyKind::Person, &[Scope::All]).await?;
    let agent = make("first agent", KeyKind::Agent, &[Scope::Read, Scope::Write]).await?;
    Ok(Some(format!(
        r#"
Welcome to Assets. These two keys are shown this once: a person's, who may do everything,
and an agent's, who may read and write. Nobody approves their own work.

export BASE={url}
export PERSON={person}
export AGENT={agent}

Try them:

curl -s $BASE/api/v1/assets -H "Authorization: Bearer $AGENT" -H 'Content-Type: application/json' \
  -d '{{"type":"copy","title":"Hello","provenance":{{"agent_slug":"me"}},"content":{{"text":"Spring is in the details."}}}}'
curl -s $BASE/api/v1/assets -H "Authorization: Bearer $PERSON"

The documentation is at {url}/docs
"#
    )))
}
