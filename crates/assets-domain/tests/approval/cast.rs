//! The people, the bytes and the asset that the tests are about.

use assets_domain::{
    Actor, AssetId, AssetType, Circumstances, Comment, Content, Details, Digest, Facts, KeyKind, KeyName, KeyPrefix, Label, MediaType,
    NewAsset, Policy, Principal, Provenance, Scope, Scopes, Tags, Title, WorkspaceId, default_filename,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::new(Uuid::from_u128(1));
pub(crate) const ASSET: AssetId = AssetId::new(Uuid::from_u128(2));

/// A caller. The prefix of the key is the name of the key, filled up.
pub(crate) fn principal(kind: KeyKind, key: &str, name: &str, scopes: impl IntoIterator<Item = Scope>) -> Principal {
    let actor = Actor { key_prefix: KeyPrefix::parse(format!("{key:0<8}")).unwrap(), name: KeyName::parse(name).unwrap(), kind };
    Principal { workspace: WORKSPACE, actor, scopes: Scopes::from_iter(scopes) }
}

/// A person who may do everything.
pub(crate) fn person(name: &str) -> Principal {
    principal(KeyKind::Person, name, name, [Scope::All])
}

/// An agent that may do everything a scope can grant.
pub(crate) fn agent(name: &str) -> Principal {
    principal(KeyKind::Agent, name, name, [Scope::All])
}

pub(crate) fn content(text: &str) -> Content {
    Content {
        digest: Digest::of(text.as_bytes()),
        size_bytes: text.len().try_into().unwrap(),
        media_type: MediaType::PlainText,
        filename: default_filename(AssetType::Copy, MediaType::PlainText),
        facts: Facts::default(),
    }
}

pub(crate) fn provenance() -> Provenance {
    Provenance::by(Label::parse("copywriter").unwrap())
}

pub(crate) fn details(title: &str) -> Details {
    Details { title: Title::parse(title).unwrap(), description: None, tags: Tags::default() }
}

pub(crate) fn new_asset() -> NewAsset {
    NewAsset { asset_type: AssetType::Copy, details: details("Spring sale"), provenance: provenance() }
}

pub(crate) fn comment(text: &str) -> Comment {
    Comment::parse(text).unwrap()
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// At noon, under the default policy.
pub(crate) fn circumstances(by: &Principal, by_author: bool) -> Circumstances<'_> {
    Circumstances { by, at: noon(), policy: Policy::default(), by_author }
}
