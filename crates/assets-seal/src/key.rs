//! API keys: `tnx_`, 8 digits that name the key, `_`, 32 digits that are the secret, 6 digits of checksum.

use assets_domain::{
    KeyPrefix,
    ports::{KeyMint, MintedKey, PresentedKey},
};
use subtle::ConstantTimeEq;

use crate::{Seal, base62, mac::MAC_BYTES};

/// What every key begins with, so that scanners for leaked secrets find it.
const BRAND: &str = "tnx_";
const SECRET_DIGITS: usize = 32;
const CHECKSUM_DIGITS: usize = 6;

/// What is compared when nothing is kept: the work is the same, the answer is no whatever comes out.
const NOTHING_KEPT: [u8; MAC_BYTES] = [0; MAC_BYTES];

impl KeyMint for Seal {
    fn mint(&self) -> MintedKey {
        let prefix = KeyPrefix::parse(base62::random_digits(KeyPrefix::CHARS))
            .unwrap_or_else(|_| unreachable!("base62 digits are letters and digits"));
        let mut key = format!("{BRAND}{prefix}_{}", base62::random_digits(SECRET_DIGITS));
        key.push_str(&checksum(&key));
        let mac = self.api_keys.mac(&[key.as_bytes()]);
        MintedKey { prefix, key, mac }
    }

    fn read(&self, presented: &str) -> Option<PresentedKey> {
        let (prefix, rest) = presented.strip_prefix(BRAND)?.split_at_checked(KeyPrefix::CHARS)?;
        let prefix = KeyPrefix::parse(prefix).ok()?;
        let digits = rest.strip_prefix('_')?;
        if digits.len() != SECRET_DIGITS + CHECKSUM_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let (body, end) = presented.split_at_checked(presented.len() - CHECKSUM_DIGITS)?;
        (end == checksum(body)).then(|| PresentedKey { prefix, mac: self.api_keys.mac(&[presented.as_bytes()]) })
    }

    fn matches(&self, kept: Option<&[u8; MAC_BYTES]>, presented: &PresentedKey) -> bool {
        let equal = bool::from(kept.unwrap_or(&NOTHING_KEPT).ct_eq(&presented.mac));
        kept.is_some() & equal
    }
}

/// Finds typing errors without a look-up; it is no secret.
fn checksum(body: &str) -> String {
    base62::six_digits(crc32fast::hash(body.as_bytes()))
}
