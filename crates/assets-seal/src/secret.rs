//! The one secret of an installation.

use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::random;

/// The 32 bytes from which everything else is derived. Never printed, and wiped from memory when dropped.
pub struct Secret(SecretBox<[u8; Secret::BYTES]>);

/// Not a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 64 hex digits")]
pub struct SecretError;

impl Secret {
    /// How many bytes it has.
    pub const BYTES: usize = 32;

    /// Reads 64 hex digits.
    ///
    /// # Errors
    /// Anything else.
    pub fn from_hex(digits: &str) -> Result<Self, SecretError> {
        let mut read = Err(SecretError);
        let secret = SecretBox::init_with_mut(|bytes: &mut [u8; Self::BYTES]| {
            read = hex::decode_to_slice(digits, bytes).map_err(|_| SecretError);
        });
        read.map(|()| Self(secret))
    }

    /// Makes a new one from the randomness of the operating system.
    #[must_use]
    pub fn random() -> Self {
        Self(SecretBox::init_with_mut(|bytes: &mut [u8; Self::BYTES]| random::fill(bytes)))
    }

    /// The 64 lower-case hex digits, to be kept where only the service can read them.
    #[must_use]
    pub fn to_hex(&self) -> SecretString {
        hex::encode(self.bytes()).into()
    }

    pub(crate) fn bytes(&self) -> &[u8; Self::BYTES] {
        self.0.expose_secret()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_reads_back_and_is_never_printed() {
        let secret = Secret::random();
        let digits = secret.to_hex();
        let again = Secret::from_hex(digits.expose_secret()).unwrap();
        assert_eq!(again.bytes(), secret.bytes());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn a_secret_is_64_hex_digits_and_nothing_else() {
        for bad in ["", "00", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &format!(" {}", "0".repeat(64))] {
            assert_eq!(Secret::from_hex(bad).unwrap_err(), SecretError, "{bad:?}");
        }
        assert!(Secret::from_hex(&"0A".repeat(32)).is_ok());
    }
}
