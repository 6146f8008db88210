//! Compact tokens: three words of base64url with dots between them (RFC 7515), signed by Ed25519 (RFC 8037).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{PublicKeys, SigningKey};

pub(crate) const ALG: &str = "EdDSA";
/// The longest text that is looked at. A token has less than a thousand characters, and an issuer.
const MAX_CHARS: usize = 8192;

/// Nothing else may stand in it: what is critical and not known must not be passed over.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// Why a token is not taken.
pub(crate) enum Refused {
    /// It is none.
    Malformed(&'static str),
    /// It is one for something else, or signed in another way.
    OtherKind { what: &'static str, found: String, expected: &'static str },
    /// It was signed by a key that is not known.
    Foreign { kid: String },
    /// It was changed, or never signed by that key.
    Broken { kid: String },
}

/// A token of a type.
pub(crate) fn sign(typ: &'static str, claims: &impl Serialize, key: &SigningKey) -> String {
    let header = Header { alg: ALG.to_owned(), kid: key.public().kid(), typ: typ.to_owned() };
    let signed = format!("{}.{}", word(&header), word(claims));
    let signature = BASE64_URL.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// What a token of a type says, if one of these keys signed it.
pub(crate) fn open<T: DeserializeOwned>(text: &str, typ: &'static str, keys: &PublicKeys) -> Result<T, Refused> {
    if text.len() > MAX_CHARS {
        return Err(Refused::Malformed("it is too long"));
    }
    let not_three = || Refused::Malformed("it is not three words with dots between them");
    let (signed, signature) = text.rsplit_once('.').ok_or_else(not_three)?;
    let (header, claims) = signed.split_once('.').filter(|(_, claims)| !claims.contains('.')).ok_or_else(not_three)?;
    let header: Header = read(header, "its header cannot be read")?;
    for (what, found, expected) in [("alg", header.alg, ALG), ("typ", header.typ, typ)] {
        if found != expected {
            return Err(Refused::OtherKind { what, found, expected });
        }
    }
    let kid = header.kid;
    let Some(key) = keys.find(&kid) else { return Err(Refused::Foreign { kid }) };
    let signature = BASE64_URL.decode(signature).map_err(|_| Refused::Malformed("its signature is not in base64url"))?;
    if !key.verifies(signed.as_bytes(), &signature) {
        return Err(Refused::Broken { kid });
    }
    read(claims, "its claims cannot be read")
}

pub(crate) fn word(part: &impl Serialize) -> String {
    BASE64_URL.encode(serde_json::to_vec(part).unwrap_or_else(|_| unreachable!("text and numbers are always written as JSON")))
}

fn read<T: DeserializeOwned>(word: &str, otherwise: &'static str) -> Result<T, Refused> {
    let json = BASE64_URL.decode(word).map_err(|_| Refused::Malformed(otherwise))?;
    serde_json::from_slice(&json).map_err(|_| Refused::Malformed(otherwise))
}
