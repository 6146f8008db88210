//! The keys that sign, and those that check: Ed25519 (RFC 8032).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL};
use ring::{
    rand::{SecureRandom as _, SystemRandom},
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::{Digest as _, Sha256};

/// The 32 bytes that a [`SigningKey`] is made of. Never printed, and wiped from memory when dropped.
pub type Seed = SecretBox<[u8; SigningKey::SEED_BYTES]>;

/// A key that signs.
///
/// The seed is wiped when this is dropped. What `ring` works out from it is not: that library has no way to.
pub struct SigningKey {
    seed: Seed,
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// How many bytes a seed has.
    pub const SEED_BYTES: usize = 32;
    /// How many bytes a signature has.
    pub const SIGNATURE_BYTES: usize = 64;

    /// Makes a new one from the randomness of the operating system.
    ///
    /// # Panics
    /// The operating system has none to give.
    #[must_use]
    #[expect(clippy::panic, reason = "without randomness there is no key, and no state to fall back to")]
    pub fn generate() -> Self {
        Self::from_seed(SecretBox::init_with_mut(|bytes: &mut [u8; Self::SEED_BYTES]| {
            SystemRandom::new().fill(bytes).unwrap_or_else(|_| panic!("no randomness from the operating system"));
        }))
    }

    /// The key of a seed: the same each time.
    #[must_use]
    pub fn from_seed(seed: Seed) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose_secret())
            .unwrap_or_else(|_| unreachable!("any 32 bytes are a seed of Ed25519"));
        Self { seed, pair }
    }

    /// What the key is made of, to be kept where only the service can read it.
    #[must_use]
    pub const fn seed(&self) -> &Seed {
        &self.seed
    }

    /// The key by which its signatures are checked.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::from_slice(self.pair.public_key().as_ref()).unwrap_or_else(|_| unreachable!("public keys of Ed25519 have 32 bytes"))
    }

    /// Signs a message: the same for the same message.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public().kid())
    }
}

/// A key that checks signatures.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; Self::BYTES]);

/// Not a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 32 bytes in base64url without padding")]
pub struct PublicKeyError;

impl PublicKey {
    /// How many bytes it has.
    pub const BYTES: usize = 32;

    /// The key whose 32 bytes these are. Bytes that are no point of the curve make a key that nothing was signed by.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads the member `x` of a JWK.
    ///
    /// # Errors
    /// Anything but 32 bytes in base64url without padding.
    pub fn parse(x: &str) -> Result<Self, PublicKeyError> {
        Self::from_slice(&BASE64_URL.decode(x).map_err(|_| PublicKeyError)?)
    }

    fn from_slice(bytes: &[u8]) -> Result<Self, PublicKeyError> {
        bytes.try_into().map(Self).map_err(|_| PublicKeyError)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The 32 bytes in base64url, as in the member `x` of a JWK.
    #[must_use]
    pub fn x(&self) -> String {
        BASE64_URL.encode(self.0)
    }

    /// What the key is known by: its thumbprint (RFC 7638, SHA-256) in base64url, 43 characters.
    ///
    /// ```
    /// // The example of RFC 8037, appendix A.3.
    /// let key = assets_handoff::PublicKey::parse("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")?;
    /// assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    /// # Ok::<_, assets_handoff::PublicKeyError>(())
    /// ```
    #[must_use]
    pub fn kid(&self) -> String {
        // The members that a thumbprint is made of, in their order, without white space.
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        BASE64_URL.encode(Sha256::digest(members.as_bytes()))
    }

    /// Whether a signature is this key's, of this message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", self.kid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: &str) -> SigningKey {
        let mut bytes = [0; 32];
        hex::decode_to_slice(seed, &mut bytes).unwrap();
        SigningKey::from_seed(SecretBox::new(Box::new(bytes)))
    }

    #[test]
    fn signatures_are_those_of_rfc_8032() {
        // Section 7.1, test 2.
        let key = key("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        assert_eq!(hex::encode(key.public().as_bytes()), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = key.sign(&[0x72]);
        assert_eq!(
            hex::encode(&signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
        assert!(key.public().verifies(&[0x72], &signature));
        assert!(!key.public().verifies(&[0x73], &signature));
        assert!(!key.public().verifies(&[0x72], &signature[..63]));
    }

    #[test]
    fn a_seed_gives_its_key_back_and_is_never_printed() {
        let key = SigningKey::generate();
        let again = SigningKey::from_seed(SecretBox::new(Box::new(*key.seed().expose_secret())));
        assert_eq!(again.public(), key.public());
        assert_ne!(SigningKey::generate().public(), key.public());
        let printed = format!("{key:?} {:?}", key.seed());
        assert!(!printed.contains(&hex::encode(key.seed().expose_secret())), "{printed}");
        assert!(printed.starts_with(&format!("SigningKey({})", key.public().kid())), "{printed}");
    }

    #[test]
    fn a_public_key_is_32_bytes_and_nothing_else() {
        for bad in [
            "",
            "AA",
            &"A".repeat(42),
            &"A".repeat(44),
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
            "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        ] {
            assert_eq!(PublicKey::parse(bad), Err(PublicKeyError), "{bad:?}");
        }
    }
}
