//! The secrets of webhooks: `whsec_` and 32 random bytes in base64, as Standard Webhooks has them.

use assets_domain::{
    SealedSecret, WebhookId,
    ports::{MintedSecret, WebhookVault},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, zeroize::Zeroizing};
use sha2::Sha256;

use crate::{Seal, random};

/// What every secret begins with, so that scanners for leaked secrets find it.
const BRAND: &str = "whsec_";
const SECRET_BYTES: usize = 32;

/// The name under which a secret is sealed: it opens for its webhook alone.
fn name(webhook: WebhookId) -> String {
    format!("webhook {webhook}")
}

impl WebhookVault for Seal {
    fn mint(&self, webhook: WebhookId) -> MintedSecret {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        random::fill(bytes.as_mut());
        let secret = format!("{BRAND}{}", BASE64_STANDARD.encode(bytes.as_ref()));
        MintedSecret { secret, sealed: SealedSecret(self.wrap(&name(webhook), bytes.as_ref())) }
    }

    fn mac(&self, webhook: WebhookId, secret: &SealedSecret, message: &[u8]) -> Option<[u8; 32]> {
        let secret = self.unwrap(&name(webhook), &secret.0)?;
        let mut hmac = Hmac::<Sha256>::new_from_slice(secret.expose_secret()).ok()?;
        hmac.update(message);
        Some(hmac.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Secret;

    fn seal(digits: &str) -> Seal {
        Seal::new(&Secret::from_hex(&digits.repeat(32)).unwrap())
    }

    #[test]
    fn what_is_signed_is_signed_by_the_secret_that_was_shown() {
        let id = WebhookId::new(Uuid::from_u128(1));
        let minted = WebhookVault::mint(&seal("5a"), id);
        let bytes = BASE64_STANDARD.decode(minted.secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!(bytes.len(), 32);
        let mut hmac = Hmac::<Sha256>::new_from_slice(&bytes).unwrap();
        hmac.update(b"evt_1.2.{}");
        let wanted: [u8; 32] = hmac.finalize().into_bytes().into();
        assert_eq!(seal("5a").mac(id, &minted.sealed, b"evt_1.2.{}"), Some(wanted));
        assert!(!minted.sealed.0.windows(8).any(|kept| bytes.windows(8).any(|shown| kept == shown)), "nobody reads it where it is kept");
    }

    #[test]
    fn nobody_signs_for_another_webhook_or_with_the_secret_of_another_installation() {
        let [one, other] = [1, 2].map(|number| WebhookId::new(Uuid::from_u128(number)));
        let minted = WebhookVault::mint(&seal("5a"), one);
        assert_eq!(seal("5a").mac(other, &minted.sealed, b"x"), None);
        assert_eq!(seal("5b").mac(one, &minted.sealed, b"x"), None);
        assert_ne!(minted.secret, WebhookVault::mint(&seal("5a"), one).secret);
    }
}
