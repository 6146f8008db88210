//! Sets of keys: those that the service holds, and those that it publishes as a JWK Set (RFC 7517, RFC 8037).

use serde::{Deserialize, Serialize};

use crate::{PublicKey, SigningKey};

/// The keys of an installation: the newest signs, and what any of them ever signed can be checked.
#[derive(Debug)]
pub struct Keys {
    newest: SigningKey,
    public: PublicKeys,
}

impl Keys {
    /// The key that signs from now on, and those that signed before it, newest first.
    #[must_use]
    pub fn new(newest: SigningKey, earlier: impl IntoIterator<Item = PublicKey>) -> Self {
        let public = PublicKeys::of([newest.public()].into_iter().chain(earlier));
        Self { newest, public }
    }

    /// The key that signs.
    #[must_use]
    pub const fn newest(&self) -> &SigningKey {
        &self.newest
    }

    /// All keys, the one that signs first.
    #[must_use]
    pub const fn public(&self) -> &PublicKeys {
        &self.public
    }
}

/// Public keys, each once, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicKeys(Vec<PublicKey>);

/// Why a set of keys cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PublicKeysError {
    /// It is no set of keys.
    #[error("it is no JWK Set: {0}")]
    Malformed(#[from] serde_json::Error),
    /// There is none in it.
    #[error("there is no key in it")]
    Empty,
    /// One of them is of another kind.
    #[error("key {place}: {what} is {found:?}, and only {expected} can be used here")]
    OtherKind {
        /// Which, from 1.
        place: usize,
        /// What is different.
        what: &'static str,
        /// What it says.
        found: String,
        /// What it should say.
        expected: &'static str,
    },
    /// One of them can sign: it should never have left the service.
    #[error("key {place} is a private key: it must be kept secret, and replaced now that it was not")]
    Private {
        /// Which, from 1.
        place: usize,
    },
    /// One of them is no key.
    #[error("key {place}: x must be 32 bytes in base64url without padding")]
    NoKey {
        /// Which, from 1.
        place: usize,
    },
    /// One of them is called like another key.
    #[error("key {place}: kid is {found:?}, and the thumbprint of the key is {expected}")]
    OtherName {
        /// Which, from 1.
        place: usize,
        /// What it is called.
        found: String,
        /// What it should be called.
        expected: String,
    },
}

impl PublicKeys {
    /// These keys, each once.
    #[must_use]
    pub fn of(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let mut once = Vec::new();
        for key in keys {
            if !once.contains(&key) {
                once.push(key);
            }
        }
        Self(once)
    }

    /// Reads a JWK Set. What is not known of a key is passed over.
    ///
    /// # Errors
    /// It is no JWK Set; a key in it is none of Ed25519 for signatures, is a private one, or is not called by its thumbprint.
    pub fn parse(text: &str) -> Result<Self, PublicKeysError> {
        let set: JwkSet = serde_json::from_str(text)?;
        let keys: Vec<PublicKey> = set.keys.iter().zip(1..).map(|(jwk, place)| jwk.key(place)).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(PublicKeysError::Empty) } else { Ok(Self::of(keys)) }
    }

    /// The JWK Set, on several lines, with one at its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let set = JwkSet { keys: self.0.iter().map(Jwk::of).collect() };
        let mut text = serde_json::to_string_pretty(&set).unwrap_or_else(|_| unreachable!("text is always written as JSON"));
        text.push('\n');
        text
    }

    /// The keys in their order.
    pub fn iter(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.iter()
    }

    /// The key that is known by a thumbprint.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.kid() == kid)
    }
}

#[derive(Serialize, Deserialize)]
struct JwkSet {
    keys: Vec<Jwk>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Jwk {
    kty: String,
    crv: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    x: String,
    #[serde(skip_serializing)]
    d: Option<serde::de::IgnoredAny>,
}

impl Jwk {
    const KTY: &str = "OKP";
    const CRV: &str = "Ed25519";
    const ALG: &str = "EdDSA";
    const USE: &str = "sig";

    fn of(key: &PublicKey) -> Self {
        let text = |text: &str| Some(text.to_owned());
        Self {
            kty: Self::KTY.to_owned(),
            crv: Self::CRV.to_owned(),
            alg: text(Self::ALG),
            purpose: text(Self::USE),
            kid: Some(key.kid()),
            x: key.x(),
            d: None,
        }
    }

    fn key(&self, place: usize) -> Result<PublicKey, PublicKeysError> {
        let stated = |text: &Option<String>, otherwise: &str| text.clone().unwrap_or_else(|| otherwise.to_owned());
        let kinds = [
            ("kty", self.kty.clone(), Self::KTY),
            ("crv", self.crv.clone(), Self::CRV),
            ("alg", stated(&self.alg, Self::ALG), Self::ALG),
            ("use", stated(&self.purpose, Self::USE), Self::USE),
        ];
        if let Some((what, found, expected)) = kinds.into_iter().find(|(_, found, expected)| found != expected) {
            return Err(PublicKeysError::OtherKind { place, what, found, expected });
        }
        if self.d.is_some() {
            return Err(PublicKeysError::Private { place });
        }
        let key = PublicKey::parse(&self.x).map_err(|_| PublicKeysError::NoKey { place })?;
        match &self.kid {
            Some(found) if *found != key.kid() => Err(PublicKeysError::OtherName { place, found: found.clone(), expected: key.kid() }),
            _ => Ok(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn a_set_reads_back_and_is_printed_for_people_and_programs() {
        let keys = PublicKeys::of([PublicKey::parse(X).unwrap()]);
        let text = keys.to_json();
        assert_eq!(
            text,
            format!(
                "{{\n  \"keys\": [\n    {{\n      \"kty\": \"OKP\",\n      \"crv\": \"Ed25519\",\n      \"alg\": \"EdDSA\",\n      \"use\": \"sig\",\n      \
                 \"kid\": \"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\",\n      \"x\": \"{X}\"\n    }}\n  ]\n}}\n"
            )
        );
        assert_eq!(PublicKeys::parse(&text).unwrap(), keys);
    }

    #[test]
    fn what_is_not_known_of_a_key_is_passed_over_and_a_key_twice_is_one() {
        let key = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}","key_ops":["verify"]}}"#);
        let keys = PublicKeys::parse(&format!(r#"{{"keys":[{key},{key}],"more":1}}"#)).unwrap();
        assert_eq!(keys.iter().count(), 1);
    }

    #[test]
    fn other_kinds_of_keys_are_refused_with_words() {
        let refused = |keys: &str| PublicKeys::parse(&format!(r#"{{"keys":[{keys}]}}"#)).unwrap_err().to_string();
        assert_eq!(refused(""), "there is no key in it");
        assert_eq!(refused(r#"{"kty":"RSA","n":"","e":""}"#), r#"key 1: kty is "RSA", and only OKP can be used here"#);
        assert_eq!(refused(r#"{"kty":"OKP","crv":"X25519","x":""}"#), r#"key 1: crv is "X25519", and only Ed25519 can be used here"#);
        assert_eq!(
            refused(&format!(r#"{{"kty":"OKP","crv":"Ed25519","use":"enc","x":"{X}"}}"#)),
            r#"key 1: use is "enc", and only sig can be used here"#
        );
        assert!(refused(&format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}","d":"{X}"}}"#)).starts_with("key 1 is a private key"));
        assert!(
            refused(&format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}"}},{{"kty":"OKP","crv":"Ed25519","x":"AA"}}"#))
                .starts_with("key 2: x must")
        );
        assert!(refused(&format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{X}","kid":"me"}}"#)).starts_with("key 1: kid is \"me\""));
        assert!(PublicKeys::parse("[]").unwrap_err().to_string().starts_with("it is no JWK Set"));
    }
}
