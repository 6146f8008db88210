//! The people, the bytes and the asset that the tests without a repository are about.

use assets_domain::{AssetId, AssetType, Circumstances, Content, KeyKind, NewAsset, Policy, Principal, Provenance, Scope, WorkspaceId};
use assets_testkit::fixtures;
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(crate) use assets_testkit::fixtures::{comment, details};

pub(crate) const ASSET: AssetId = AssetId::new(Uuid::from_u128(2));
const WORKSPACE: WorkspaceId = WorkspaceId::new(Uuid::from_u128(1));

pub(crate) fn person(name: &str) -> Principal {
    fixtures::person(WORKSPACE, name)
}

/// An agent that may do all that a scope can grant.
pub(crate) fn agent(name: &str) -> Principal {
    fixtures::principal(WORKSPACE, KeyKind::Agent, name, [Scope::All])
}

pub(crate) fn content(text: &str) -> Content {
    fixtures::content(AssetType::Copy, text.as_bytes())
}

pub(crate) fn provenance() -> Provenance {
    fixtures::provenance("copywriter")
}

pub(crate) fn new_asset() -> NewAsset {
    fixtures::new_asset(AssetType::Copy, "Spring launch")
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// At noon, under the default policy.
pub(crate) fn circumstances(by: &Principal, by_author: bool) -> Circumstances<'_> {
    Circumstances { by, at: noon(), policy: Policy::default(), by_author, revoked: Vec::new() }
}
