//! The people and things that tests are about, each made in one call. Whatever a test does not care for is filled in.

use assets_domain::{
    Act, Actor, Asset, AssetType, AuditActor, AuditEntry, ChangeText, Comment, Content, Details, Digest, Facts, Fingerprinter, KeyKind,
    KeyPrefix, KeyRecord, Label, NewAsset, Principal, Provenance, Scope, SearchText, Source, Tag, Tags, WorkspaceId, default_filename,
    ports::{Blob, BlobKey, ByteStream, NewBlob},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream;

/// A caller. Two calls with one kind and name make one and the same caller; another kind of that name has another key.
///
/// # Panics
/// The name is none that a key can have.
#[must_use]
pub fn principal(workspace: WorkspaceId, kind: KeyKind, name: &str, scopes: impl IntoIterator<Item = Scope>) -> Principal {
    let hex = Digest::of(format!("{}:{name}", kind.as_str()).as_bytes()).to_hex();
    let key_prefix = KeyPrefix::parse(&hex[..KeyPrefix::CHARS]).expect("hex digits");
    Principal {
        workspace,
        actor: Actor { key_prefix, name: name.parse().expect("the name of a key"), kind },
        scopes: scopes.into_iter().collect(),
        expires_at: None,
        request: None,
    }
}

/// Software that makes things: it reads and writes.
#[must_use]
pub fn agent(workspace: WorkspaceId, name: &str) -> Principal {
    principal(workspace, KeyKind::Agent, name, [Scope::Read, Scope::Write])
}

/// Somebody who reads, writes and decides.
#[must_use]
pub fn person(workspace: WorkspaceId, name: &str) -> Principal {
    principal(workspace, KeyKind::Person, name, [Scope::Read, Scope::Write, Scope::Approve])
}

/// Software that publishes: it sees what is approved, and nothing else.
#[must_use]
pub fn service(workspace: WorkspaceId, name: &str) -> Principal {
    principal(workspace, KeyKind::Service, name, [Scope::ReadApproved])
}

/// What the audit tells when the operator makes a key.
#[must_use]
pub fn key_creation(key: &KeyRecord) -> AuditEntry {
    let Actor { key_prefix: prefix, name, kind } = key.actor.clone();
    let act = Act::KeyCreated { prefix, name, kind, scopes: key.scopes.clone(), expires_at: key.expires_at };
    AuditEntry { workspace: key.workspace, at: key.created_at, by: AuditActor::Operator, request: None, act }
}

/// What the audit tells when the operator takes a key back.
#[must_use]
pub fn revocation(workspace: WorkspaceId, prefix: &KeyPrefix, at: DateTime<Utc>) -> AuditEntry {
    AuditEntry { workspace, at, by: AuditActor::Operator, request: None, act: Act::KeyRevoked { prefix: prefix.clone() } }
}

/// A label.
///
/// # Panics
/// The text is none.
#[must_use]
pub fn label(text: &str) -> Label {
    text.parse().expect("a label")
}

/// A tag.
///
/// # Panics
/// The text is none.
#[must_use]
pub fn tag(text: &str) -> Tag {
    Tag::parse(text).expect("a tag")
}

/// A comment.
///
/// # Panics
/// The text is none.
#[must_use]
pub fn comment(text: &str) -> Comment {
    text.parse().expect("a comment")
}

/// What is said about a place or a point.
///
/// # Panics
/// The text is none.
#[must_use]
pub fn said(text: &str) -> ChangeText {
    text.parse().expect("something said")
}

/// Details with nothing but a title.
///
/// # Panics
/// The text is no title.
#[must_use]
pub fn details(title: &str) -> Details {
    Details { title: title.parse().expect("a title"), description: None, tags: Tags::default() }
}

/// A provenance that names nothing but the agent.
#[must_use]
pub fn provenance(agent_slug: &str) -> Provenance {
    Provenance::by(label(agent_slug))
}

/// An asset with nothing but a type and a title, made by the agent `copywriter`.
#[must_use]
pub fn new_asset(asset_type: AssetType, title: &str) -> NewAsset {
    NewAsset { asset_type, details: details(title), provenance: provenance("copywriter") }
}

/// An image with everything filled in that an asset can have, made from another asset.
///
/// # Panics
/// Never: all of it is well-formed.
#[must_use]
pub fn full_asset(made_from: &Asset) -> NewAsset {
    let tags = ["brand:acme", "audience:CFO & friends", "channel:linkedin"].map(tag);
    NewAsset {
        asset_type: AssetType::Image,
        details: Details {
            title: "“Élan” — 春の新作 100% _sale_".parse().expect("a title"),
            description: Some("Two lines,\nwith 'quotes' and a \\ in them".parse().expect("a description")),
            tags: Tags::collect(tags).expect("three tags"),
        },
        provenance: Provenance {
            agent_slug: label("illustrator"),
            run_id: Some(label("run-7")),
            campaign_id: Some(label("spring")),
            brand_id: Some(label("acme")),
            brief_id: Some(label("brief-1")),
            model: Some(label("painter-2")),
            prompt_digest: Some(label("sha256:00ff")),
            derived_from: vec![Source { asset_id: made_from.id(), version: made_from.latest().number }],
        },
    }
}

/// Facts with everything measured that can be.
#[must_use]
pub const fn full_facts() -> Facts {
    Facts { width: Some(1920), height: Some(u32::MAX), pages: Some(12), duration_seconds: Some(12.5), words: Some(120_000) }
}

/// What a version holds whose bytes are these: of the first media type that the type of asset may have, not measured.
#[must_use]
pub fn content(asset_type: AssetType, bytes: &[u8]) -> Content {
    let media_type = asset_type.media_types()[0];
    Content {
        digest: Digest::of(bytes),
        size_bytes: size_bytes(bytes),
        media_type,
        filename: default_filename(asset_type, media_type),
        facts: Facts::default(),
    }
}

/// The row about bytes that lie under a key, with their words for search if they are text.
#[must_use]
pub fn blob(workspace: WorkspaceId, key: &str, bytes: &[u8], created_at: DateTime<Utc>) -> NewBlob {
    let mut fingerprinter = Fingerprinter::default();
    fingerprinter.update(bytes);
    let text = std::str::from_utf8(bytes).map(SearchText::of).unwrap_or_default();
    NewBlob { blob: Blob { workspace, key: BlobKey::new(key), fingerprint: fingerprinter.finish(), created_at }, text }
}

/// Bytes that arrive in pieces of so many bytes, the last one of what is left.
#[must_use]
pub fn in_pieces(bytes: &[u8], piece_bytes: usize) -> ByteStream {
    let pieces: Vec<_> = bytes.chunks(piece_bytes).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

/// Bytes that stop coming after the last of these.
#[must_use]
pub fn cut_off_after(bytes: &[u8]) -> ByteStream {
    let cut = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the sender is gone");
    Box::pin(stream::iter([Ok(Bytes::copy_from_slice(bytes)), Err(cut)]))
}

/// How many bytes these are.
#[must_use]
pub fn size_bytes(bytes: &[u8]) -> u64 {
    bytes.len().try_into().expect("less than the memory of the earth")
}
