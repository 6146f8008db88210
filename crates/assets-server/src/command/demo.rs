//! `assets demo`: a spring campaign, with real assets of every type in every status.

use std::process::ExitCode;

use assets_domain::{
    AssetId, AssetType, Call, Description, Details, Filename, Grantor, Incoming, KeyKind, KeyName, Label, MediaType, NamedBytes, NewAsset,
    NewKey, Principal, Provenance, Scope, Status, Tags, Title, WorkspaceName,
};
use serde::Deserialize;

use crate::{failure::Failure, installation::Installation, log};

const MANIFEST: &str = include_str!("../../demo/manifest.json");

/// One sample: which file, what it is, and how far it got.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    file: String,
    #[serde(rename = "type")]
    asset_type: AssetType,
    media_type: MediaType,
    status: Status,
    title: Title,
    description: Description,
    tags: Tags,
    provenance: SampleProvenance,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleProvenance {
    agent_slug: Label,
    run_id: Label,
    campaign_id: Label,
    brand_id: Label,
    brief_id: Label,
    model: Label,
}

pub(super) async fn demo(installation: Installation, workspace: &WorkspaceName) -> Result<ExitCode, Failure> {
    let workspace = match installation.keyring.workspaces().await?.is_empty() {
        // Before the first start there is no workspace to fill.
        true => installation.keyring.create_workspace(workspace.clone()).await?,
        false => Some(installation.workspace(workspace).await?),
    };
    let workspace = workspace.ok_or_else(|| Failure::Refused("the workspace was just made by somebody else; try again".to_owned()))?;
    let grantor = Grantor::Operator(workspace.id);
    let agent = actor(&installation, grantor, "demo agent", KeyKind::Agent, &[Scope::Read, Scope::Write]).await?;
    let person = actor(&installation, grantor, "demo reviewer", KeyKind::Person, &[Scope::Read, Scope::Write, Scope::Approve]).await?;

    let samples: Vec<Sample> =
        serde_json::from_str(MANIFEST).map_err(|error| Failure::Refused(format!("the samples are broken: {error}")))?;
    let count = samples.len();
    for sample in samples {
        add(&installation, &Call::by(agent.clone()), &Call::by(person.clone()), sample).await?;
    }
    for principal in [&agent, &person] {
        installation.keyring.revoke(grantor, &principal.actor.key_prefix).await?;
    }
    log::say(format!("{count} assets added to the workspace \"{}\": every type in every status", workspace.name));
    Ok(ExitCode::SUCCESS)
}

/// Somebody to act in the demo. The key itself is thrown away, and revoked at the end.
async fn actor(
    installation: &Installation,
    grantor: Grantor<'_>,
    name: &str,
    kind: KeyKind,
    scopes: &[Scope],
) -> Result<Principal, Failure> {
    let new = NewKey { name: KeyName::parse(name)?, kind, scopes: scopes.iter().copied().collect(), expires_at: None };
    Ok(installation.keyring.create(grantor, new).await?.record.principal())
}

async fn add(installation: &Installation, agent: &Call, person: &Call, sample: Sample) -> Result<(), Failure> {
    let catalog = &installation.catalog;
    let bytes = file(&sample.file).ok_or_else(|| Failure::Refused(format!("the sample {} is missing", sample.file)))?;
    let incoming = Incoming::text(bytes, Some(sample.media_type), Some(Filename::parse(sample.file)?));
    let content = catalog.ingest(&agent.by, sample.asset_type, incoming).await?;
    let from = sample.provenance;
    let new = NewAsset {
        asset_type: sample.asset_type,
        details: Details { title: sample.title, description: Some(sample.description), tags: sample.tags },
        provenance: Provenance {
            run_id: Some(from.run_id),
            campaign_id: Some(from.campaign_id),
            brand_id: Some(from.brand_id),
            brief_id: Some(from.brief_id),
            model: Some(from.model),
            ..Provenance::by(from.agent_slug)
        },
    };
    let id: AssetId = catalog.create(agent, new, content).await?.id;
    let any = NamedBytes::default();
    match sample.status {
        Status::Draft => {}
        Status::PendingReview => {
            catalog.submit(agent, id, any, None).await?;
        }
        Status::Approved => {
            let digest = catalog.submit(agent, id, any, None).await?.latest.content.digest;
            catalog.approve(person, id, NamedBytes { digest: Some(digest), ..any }, None).await?;
        }
        Status::Archived => {
            catalog.archive(agent, id, any, None).await?;
        }
    }
    Ok(())
}

macro_rules! files {
    ($( $name:literal ),* $(,)?) => {
        /// A sample by its name.
        fn file(name: &str) -> Option<&'static [u8]> {
            match name {
                $( $name => Some(include_bytes!(concat!("../../demo/", $name))), )*
                _ => None,
            }
        }
    };
}

files!(
    "banners.zip",
    "deck.pdf",
    "deck.pptx",
    "first-warm-day.md",
    "headlines.json",
    "hero.png",
    "newsletter.txt",
    "north-side.html",
    "packet.svg",
    "seeds-that-wait.txt",
    "social.md",
    "story.webp",
    "teaser.mp4",
    "tulips.jpg",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_there_in_every_status_with_its_file() {
        let samples: Vec<Sample> = serde_json::from_str(MANIFEST).unwrap();
        for asset_type in AssetType::ALL {
            for status in Status::ALL {
                assert!(samples.iter().any(|sample| sample.asset_type == asset_type && sample.status == status), "{asset_type} {status:?}");
            }
        }
        assert!(samples.iter().all(|sample| file(&sample.file).is_some() && sample.asset_type.takes(sample.media_type)));
    }
}
