//! `assets policy`: how many people must approve what.

use std::{io::Read, process::ExitCode};

use assets_domain::{FieldError, Grantor, KeyError, PathItem, Policy, PolicyPatch, PolicyRevision, ports::KeptPolicy};
use serde::Serialize;

use crate::{
    cli::{PolicyCommand, PolicySet},
    failure::Failure,
    installation::Installation,
    log,
};

/// What is read instead of an argument.
const STANDARD_INPUT: &str = "-";

/// A policy as it is printed; what it says can be sent back, but for the revision.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    policy: Policy,
    revision: PolicyRevision,
}

pub(super) async fn run(installation: Installation, command: PolicyCommand) -> Result<ExitCode, Failure> {
    let kept = match command {
        PolicyCommand::Show { workspace } => {
            let workspace = installation.workspace(&workspace).await?;
            installation.keyring.policy(Grantor::Operator(workspace.id)).await?
        }
        PolicyCommand::Set(arguments) => {
            let patch = patch(&arguments)?;
            let workspace = installation.workspace(&arguments.workspace).await?;
            let expected = arguments.if_revision.map(PolicyRevision::new);
            let changed = installation.keyring.update_policy(Grantor::Operator(workspace.id), expected, &patch).await;
            changed.map_err(|error| match error {
                KeyError::Invalid(errors) => Failure::Refused(errors.iter().map(said).collect::<Vec<_>>().join("; ")),
                KeyError::PolicyChanged { current } => {
                    Failure::Refused(format!("the policy is at revision {}; look at it again", current.get()))
                }
                other => other.into(),
            })?
        }
    };
    let KeptPolicy { policy, revision } = kept;
    log::say(serde_json::to_string_pretty(&Shown { policy, revision }).map_err(|error| Failure::Refused(error.to_string()))?);
    Ok(ExitCode::SUCCESS)
}

/// What is to change: of the JSON, and of the flags on top.
fn patch(arguments: &PolicySet) -> Result<PolicyPatch, Failure> {
    let text = match arguments.patch.as_deref() {
        None => "{}".to_owned(),
        Some(STANDARD_INPUT) => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|error| Failure::Refused(format!("standard input: {error}")))?;
            text
        }
        Some(text) => text.to_owned(),
    };
    let mut patch: PolicyPatch = serde_json::from_str(&text).map_err(|error| Failure::Refused(format!("the patch: {error}")))?;
    let PolicySet { required_approvals, allow_self_approval, require_digest, .. } = arguments;
    patch.required_approvals = required_approvals.map(Some).or(patch.required_approvals);
    patch.allow_self_approval = allow_self_approval.map(Some).or(patch.allow_self_approval);
    patch.require_digest = require_digest.map(Some).or(patch.require_digest);
    if patch == PolicyPatch::default() {
        return Err(Failure::Refused("say what is to change, as JSON or by flags; see assets policy set --help".to_owned()));
    }
    Ok(patch)
}

fn said(error: &FieldError) -> String {
    let path = error.path.iter().map(|item| match item {
        PathItem::Field(field) => (*field).to_owned(),
        PathItem::Index(place) => place.to_string(),
    });
    format!("{}: {}", path.collect::<Vec<_>>().join("."), error.message)
}
