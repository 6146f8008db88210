//! Secrets that are kept in the database: nobody reads them there without the secret of the installation.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use secrecy::{ExposeSecret, SecretBox, SecretSlice, zeroize::Zeroizing};

use crate::{
    Seal, Secret,
    mac::{Label, derived},
    random,
};

/// The form of what is sealed: goes up whenever it changes.
const FORM: u8 = 1;
const NONCE_BYTES: usize = 12;

/// ChaCha20-Poly1305 under a key of its own.
pub(crate) struct Vault(LessSafeKey);

impl Vault {
    pub(crate) fn derive(secret: &Secret) -> Self {
        let key = derived(secret, Label::Vault);
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.expose_secret())
            .unwrap_or_else(|_| unreachable!("the key is as long as the algorithm asks"));
        Self(LessSafeKey::new(key))
    }
}

impl Seal {
    /// Seals a secret of the service, to be kept under a name: it opens again under that name alone.
    #[must_use]
    pub fn wrap(&self, name: &str, secret: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        random::fill(&mut nonce);
        let mut sealed = secret.to_vec();
        self.vault
            .0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name.as_bytes()), &mut sealed)
            .unwrap_or_else(|_| unreachable!("a secret is shorter than 256 GiB"));
        [&[FORM], nonce.as_slice(), &sealed].concat()
    }

    /// Opens what was sealed under a name; `None` if that was under another name or another secret of the installation, or if
    /// it was altered.
    #[must_use]
    pub fn unwrap(&self, name: &str, sealed: &[u8]) -> Option<SecretSlice<u8>> {
        let (form, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
        if *form != FORM {
            return None;
        }
        let mut open = Zeroizing::new(sealed.to_vec());
        let secret = self.vault.0.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(name.as_bytes()), &mut open).ok()?;
        Some(SecretBox::new(Box::from(&*secret)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(digits: &str) -> Seal {
        Seal::new(&Secret::from_hex(&digits.repeat(32)).unwrap())
    }

    #[test]
    fn a_secret_opens_under_its_name_and_no_other() {
        let sealed = seal("5a").wrap("signing key 1", b"a seed");
        assert_eq!(seal("5a").unwrap("signing key 1", &sealed).unwrap().expose_secret(), b"a seed");
        assert!(seal("5a").unwrap("signing key 2", &sealed).is_none());
        assert!(seal("5b").unwrap("signing key 1", &sealed).is_none());
    }

    #[test]
    fn what_was_altered_or_cut_does_not_open() {
        let sealed = seal("5a").wrap("name", b"a seed");
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert!(seal("5a").unwrap("name", &altered).is_none(), "byte {place}");
            assert!(seal("5a").unwrap("name", &sealed[..place]).is_none(), "cut at {place}");
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        assert_ne!(seal("5a").wrap("name", b"a seed"), seal("5a").wrap("name", b"a seed"));
    }
}
