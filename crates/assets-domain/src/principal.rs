//! Who is asking: keys, kinds and scopes.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Denied, KeyName, RequestId, WorkspaceId};

/// The public part of a key, by which it is looked up and named: 8 of `0-9A-Za-z`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyPrefix([u8; Self::CHARS]);

/// Not the prefix of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 8 letters or digits")]
pub struct KeyPrefixError;

impl KeyPrefix {
    /// How many characters.
    pub const CHARS: usize = 8;

    /// Accepts 8 ASCII letters or digits.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, KeyPrefixError> {
        let chars: [u8; Self::CHARS] = text.as_ref().as_bytes().try_into().map_err(|_| KeyPrefixError)?;
        if chars.iter().all(u8::is_ascii_alphanumeric) { Ok(Self(chars)) } else { Err(KeyPrefixError) }
    }

    /// The 8 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Letters and digits are ASCII, so there is nothing else that it could be.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl TryFrom<String> for KeyPrefix {
    type Error = KeyPrefixError;
    fn try_from(text: String) -> Result<Self, KeyPrefixError> {
        Self::parse(text)
    }
}

impl From<KeyPrefix> for String {
    fn from(prefix: KeyPrefix) -> Self {
        prefix.as_str().to_owned()
    }
}

impl std::fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for KeyPrefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KeyPrefix").field(&self.as_str()).finish()
    }
}

/// What holds a key. Only a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Software that makes things.
    Agent,
    /// Somebody who can answer for a decision.
    Person,
    /// Software that publishes or runs things.
    Service,
}

impl KeyKind {
    /// Every kind there is.
    pub const ALL: [Self; 3] = [Self::Agent, Self::Person, Self::Service];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Person => "person",
            Self::Service => "service",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// See everything in the workspace.
    #[serde(rename = "assets:read")]
    Read,
    /// See what is approved, and nothing else.
    #[serde(rename = "assets:read:approved")]
    ReadApproved,
    /// Create, add versions, update, submit, withdraw, roll back, archive, restore, delete.
    #[serde(rename = "assets:write")]
    Write,
    /// Approve, request changes, revoke, carry an approval, archive what is approved. Of use to a person only.
    #[serde(rename = "assets:approve")]
    Approve,
    /// Manage the keys of the workspace.
    #[serde(rename = "admin")]
    Admin,
    /// Everything, whatever may come.
    #[serde(rename = "*")]
    All,
}

impl Scope {
    /// Every scope there is.
    pub const ALL: [Self; 6] = [Self::Read, Self::ReadApproved, Self::Write, Self::Approve, Self::Admin, Self::All];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "assets:read",
            Self::ReadApproved => "assets:read:approved",
            Self::Write => "assets:write",
            Self::Approve => "assets:approve",
            Self::Admin => "admin",
            Self::All => "*",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// The scopes of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Whether these scopes cover another: `*` covers all, `assets:read` covers `assets:read:approved`.
    #[must_use]
    pub fn allow(&self, wanted: Scope) -> bool {
        self.0.contains(&Scope::All) || self.0.contains(&wanted) || (wanted == Scope::ReadApproved && self.0.contains(&Scope::Read))
    }

    /// Asks for a scope.
    ///
    /// # Errors
    /// It is not covered.
    pub fn require(&self, wanted: Scope) -> Result<(), Denied> {
        if self.allow(wanted) { Ok(()) } else { Err(Denied::MissingScope(wanted)) }
    }

    /// Whether every scope of another set is covered: no key grants what it has not.
    #[must_use]
    pub fn cover(&self, others: &Self) -> bool {
        others.0.iter().all(|scope| self.allow(*scope))
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().collect())
    }
}

/// Who did something, as every record of it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Which key.
    pub key_prefix: KeyPrefix,
    /// What the key was called.
    pub name: KeyName,
    /// What held it.
    pub kind: KeyKind,
}

impl Actor {
    /// Whoever runs the installation, at the command line. That a key is made with this prefix is one chance in 218 trillion.
    #[must_use]
    pub fn operator() -> Self {
        const NAME: &str = "operator";
        let unreachable = |_| unreachable!("it is the prefix and the name of a key");
        Self { key_prefix: KeyPrefix(*b"operator"), name: KeyName::parse(NAME).unwrap_or_else(unreachable), kind: KeyKind::Person }
    }

    /// Whether two actors are one and the same: by key, or by key name (case and accents ignored).
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.key_prefix == other.key_prefix || self.name.folded() == other.name.folded()
    }
}

/// A caller who was recognised by a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The tenant. It comes from the key and from nowhere else.
    pub workspace: WorkspaceId,
    /// Who, for the record.
    pub actor: Actor,
    /// What the key may do.
    pub scopes: Scopes,
    /// Until when. No key that it makes lives longer.
    pub expires_at: Option<DateTime<Utc>>,
    /// The request by which it asks, if it came by one.
    pub request: Option<RequestId>,
}

/// How much of the workspace a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Everything, as it is being worked on.
    Working,
    /// The publisher's: each asset as if its approved version were the only one.
    Published,
}

impl Principal {
    /// What the caller may see, if anything.
    #[must_use]
    pub fn view(&self) -> Option<View> {
        if self.scopes.allow(Scope::Read) {
            Some(View::Working)
        } else if self.scopes.allow(Scope::ReadApproved) {
            Some(View::Published)
        } else {
            None
        }
    }

    /// Whether the caller may decide on what is published: a person, with the scope.
    #[must_use]
    pub fn may_decide(&self) -> bool {
        self.actor.kind == KeyKind::Person && self.scopes.allow(Scope::Approve)
    }
}

/// A key as it is kept: never the key itself, but its MAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Prefix, name and kind.
    pub actor: Actor,
    /// What it may do.
    pub scopes: Scopes,
    /// HMAC-SHA-256 of the full key under the installation's pepper.
    pub mac: [u8; 32],
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is refused.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl KeyRecord {
    /// Whether the key opens anything at this moment.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// The caller that this key stands for.
    #[must_use]
    pub fn principal(&self) -> Principal {
        Principal {
            workspace: self.workspace,
            actor: self.actor.clone(),
            scopes: self.scopes.clone(),
            expires_at: self.expires_at,
            request: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_covers_read_approved_and_not_the_other_way() {
        let read = Scopes::from_iter([Scope::Read]);
        let approved = Scopes::from_iter([Scope::ReadApproved]);
        assert!(read.cover(&approved) && !approved.cover(&read));
        assert!(Scopes::from_iter([Scope::All]).cover(&Scopes::from_iter(Scope::ALL)));
        assert!(!Scopes::from_iter([Scope::Admin]).allow(Scope::Read));
    }

    #[test]
    fn names_on_the_wire_read_back() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        for kind in KeyKind::ALL {
            assert_eq!(KeyKind::parse(kind.as_str()), Some(kind));
        }
    }
}
