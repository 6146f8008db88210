//! HMAC-SHA-256 with one key for each use.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::Secret;

/// How many bytes a MAC has.
pub(crate) const MAC_BYTES: usize = 32;

/// What a key is for. The text is part of the derivation: to change one is to void all that it sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    ApiKey,
    PreviewLink,
    StableLink,
    Cursor,
    Vault,
}

impl Label {
    const fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::ApiKey => b"assets/api-key/v1",
            Self::PreviewLink => b"assets/preview-link/v1",
            Self::StableLink => b"assets/stable-link/v1",
            Self::Cursor => b"assets/cursor/v1",
            Self::Vault => b"assets/vault/v1",
        }
    }
}

/// A key for MACs of one use.
pub(crate) struct MacKey(SecretBox<[u8; MAC_BYTES]>);

/// The key of one use, which says nothing of that of another.
pub(crate) fn derived(secret: &Secret, label: Label) -> SecretBox<[u8; MAC_BYTES]> {
    let hkdf = Hkdf::<Sha256>::new(None, secret.bytes());
    SecretBox::init_with_mut(|key: &mut [u8; MAC_BYTES]| {
        hkdf.expand(label.as_bytes(), key).unwrap_or_else(|_| unreachable!("one block of the 255 there are"));
    })
}

impl MacKey {
    pub(crate) fn derive(secret: &Secret, label: Label) -> Self {
        Self(derived(secret, label))
    }

    /// The MAC over pieces, one behind the other.
    pub(crate) fn mac(&self, pieces: &[&[u8]]) -> [u8; MAC_BYTES] {
        let mut hmac =
            Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        for piece in pieces {
            hmac.update(piece);
        }
        hmac.finalize().into_bytes().into()
    }

    /// Whether a MAC is the one over these pieces; takes as long whichever byte differs.
    pub(crate) fn verifies(&self, pieces: &[&[u8]], mac: &[u8; MAC_BYTES]) -> bool {
        self.mac(pieces).ct_eq(mac).into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_use_has_its_own_key() {
        let secret = Secret::from_hex(&"5a".repeat(32)).unwrap();
        let labels = [Label::ApiKey, Label::PreviewLink, Label::StableLink, Label::Cursor, Label::Vault];
        let macs: BTreeSet<_> = labels.map(|label| MacKey::derive(&secret, label).mac(&[b"same"])).into();
        assert_eq!(macs.len(), labels.len());
    }

    #[test]
    fn each_installation_has_its_own_keys() {
        let mac = |digits: &str| MacKey::derive(&Secret::from_hex(digits).unwrap(), Label::Cursor).mac(&[b"same"]);
        assert_ne!(mac(&"00".repeat(32)), mac(&"01".repeat(32)));
    }

    /// Computed with another implementation: HKDF-SHA-256 without salt, then HMAC-SHA-256.
    #[test]
    fn the_derivation_stays_as_it_is() {
        let secret = Secret::from_hex(&"5a".repeat(32)).unwrap();
        let mac = MacKey::derive(&secret, Label::Cursor).mac(&[b"one", b"two"]);
        assert_eq!(hex::encode(mac), "3c975138a6cf1a679946eda45fd0d681c05c75bb1ba9206e9d769a75c710633d");
    }
}
