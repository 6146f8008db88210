//! Everything that is derived from the one secret of an installation: keys, preview links, cursors, and the vault for other
//! secrets.
//!
//! Nothing here reads or writes anything but memory; the only thing taken from outside is the randomness of the
//! operating system, for new keys. Each use has a key of its own, derived by HKDF-SHA-256 under its own label, so
//! that what was sealed for one use is worthless for every other.
//!
//! ```
//! use assets_domain::ports::KeyMint;
//! use assets_seal::{Seal, Secret};
//!
//! let seal = Seal::new(&Secret::random());
//! let minted = seal.mint();
//! let presented = seal.read(&minted.key).expect("a fresh key is well formed");
//! assert!(seal.matches(Some(&minted.mac), &presented));
//! assert!(!seal.matches(None, &presented));
//! ```
//!
//! # Rules
//! - A MAC is checked over the bytes as they were received, in constant time, before anything in them is looked at.
//! - Whatever is refused is refused without a reason that would help to forge it.
//! - Times in what is sealed are whole numbers, so that equal claims give equal text.

mod base62;
mod claims;
mod cursor;
mod key;
mod link;
mod mac;
mod random;
mod secret;
mod vault;
mod webhook;

pub use cursor::{CursorClaims, InvalidCursor};
pub use link::{
    LinkError, PreviewLink, PreviewLinkClaims, StableLink,
    expiry::{DEFAULT_EXPIRY, MAX_EXPIRY, MIN_EXPIRY, expiry_window, link_window, windowed_expiry},
};
pub use secret::{Secret, SecretError};

use mac::{Label, MacKey};

/// Seals and opens whatever the service gives out and takes back.
pub struct Seal {
    api_keys: MacKey,
    preview_links: MacKey,
    stable_links: MacKey,
    cursors: MacKey,
    vault: vault::Vault,
}

impl Seal {
    /// Derives every key from the secret of the installation.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        let derive = |label| MacKey::derive(secret, label);
        Self {
            api_keys: derive(Label::ApiKey),
            preview_links: derive(Label::PreviewLink),
            stable_links: derive(Label::StableLink),
            cursors: derive(Label::Cursor),
            vault: vault::Vault::derive(secret),
        }
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}
