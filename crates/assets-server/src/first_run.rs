//! The first start: a workspace, two keys, and what to do with them.

use assets_domain::{Grantor, KeyKind, KeyName, NewKey, Scope, Scopes, WorkspaceName};

use crate::{failure::Failure, installation::Installation};

/// The workspace that the first start makes.
pub(crate) const DEFAULT_WORKSPACE: &str = "default";

/// Makes a person's key and an agent's, since nobody approves their own work, and the workspace for them. Answers what to
/// print, once; `None` if somebody can get in already: what is asked is whether any key is live, so that a start that was
/// cut off, or a demo, does not lock everybody out.
///
/// # Errors
/// Something broke.
pub(crate) async fn welcome(installation: &Installation, url: &str) -> Result<Option<String>, Failure> {
    let keyring = &installation.keyring;
    let workspaces = keyring.workspaces().await?;
    for workspace in &workspaces {
        let keys = keyring.list(Grantor::Operator(workspace.id)).await?;
        if keys.iter().any(|key| key.is_live(installation.clock.now())) {
            return Ok(None);
        }
    }
    let name = WorkspaceName::parse(DEFAULT_WORKSPACE)?;
    let workspace = match workspaces.into_iter().find(|workspace| workspace.name == name) {
        Some(workspace) => workspace,
        None => match keyring.create_workspace(name).await? {
            Some(workspace) => workspace,
            // Another process that starts at the same moment was faster, and prints the keys.
            None => return Ok(None),
        },
    };
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
