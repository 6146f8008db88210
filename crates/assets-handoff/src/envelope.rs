//! Signed envelopes: DSSE v1, the form in which in-toto statements are signed.
//!
//! What is signed is not the payload alone but its type as well, each behind its length, so that a signature of one thing
//! is never one of another. See <https://github.com/secure-systems-lab/dsse/blob/master/protocol.md>.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};

use crate::{PublicKey, PublicKeys, SigningKey};

/// What the payload of every envelope is here: an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A payload and who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload: Vec<u8>,
    signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    kid: String,
    bytes: Vec<u8>,
}

/// Why something is no envelope.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// It is not in the form of one.
    #[error("it is no signed envelope: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Something in it is not in base64.
    #[error("its {0} is not in base64")]
    NoBase64(&'static str),
    /// There is something else in it.
    #[error("it holds {0:?} and not {PAYLOAD_TYPE}")]
    OtherPayload(String),
}

/// Why an envelope is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Nobody signed it.
    #[error("it is not signed")]
    Missing,
    /// None of those who signed it are known.
    #[error("it is signed by {kid}, which is none of the known keys")]
    Foreign {
        /// The first who signed it, as it says.
        kid: String,
    },
    /// A known key is said to have signed it and did not.
    #[error("its signature does not hold: the key {kid} did not sign this")]
    Broken {
        /// Which key.
        kid: String,
    },
}

impl Envelope {
    /// Signs a payload.
    #[must_use]
    pub fn seal(payload: Vec<u8>, key: &SigningKey) -> Self {
        let bytes = key.sign(&encoded(PAYLOAD_TYPE, &payload));
        Self { payload, signatures: vec![Signature { kid: key.public().kid(), bytes }] }
    }

    /// Reads an envelope. What is not known of it is passed over.
    ///
    /// # Errors
    /// It is no envelope, or one of something else.
    pub fn parse(text: &str) -> Result<Self, EnvelopeError> {
        let wire: Wire = serde_json::from_str(text)?;
        if wire.payload_type != PAYLOAD_TYPE {
            return Err(EnvelopeError::OtherPayload(wire.payload_type));
        }
        let read = |signature: WireSignature| {
            let bytes = BASE64.decode(signature.sig).map_err(|_| EnvelopeError::NoBase64("signature"))?;
            Ok(Signature { kid: signature.keyid, bytes })
        };
        let signatures = wire.signatures.into_iter().map(read).collect::<Result<_, EnvelopeError>>()?;
        let payload = BASE64.decode(wire.payload).map_err(|_| EnvelopeError::NoBase64("payload"))?;
        Ok(Self { payload, signatures })
    }

    /// The envelope on one line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        let signature = |signature: &Signature| WireSignature { keyid: signature.kid.clone(), sig: BASE64.encode(&signature.bytes) };
        let wire = Wire {
            payload: BASE64.encode(&self.payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: self.signatures.iter().map(signature).collect(),
        };
        serde_json::to_string(&wire).unwrap_or_else(|_| unreachable!("text is always written as JSON"))
    }

    /// What was signed, not yet to be believed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// How many signatures there are, whosoever they are.
    #[must_use]
    pub const fn signatures(&self) -> usize {
        self.signatures.len()
    }

    /// Which of these keys signed it. One is enough, whatever else there is.
    ///
    /// # Errors
    /// Nobody signed it; nobody who is known did; somebody who is known did not.
    pub fn verify<'k>(&self, keys: &'k PublicKeys) -> Result<&'k PublicKey, SignatureError> {
        let first = self.signatures.first().ok_or(SignatureError::Missing)?;
        let message = encoded(PAYLOAD_TYPE, &self.payload);
        let mut refused = SignatureError::Foreign { kid: first.kid.clone() };
        for signature in &self.signatures {
            match keys.find(&signature.kid) {
                Some(key) if key.verifies(&message, &signature.bytes) => return Ok(key),
                Some(_) => refused = SignatureError::Broken { kid: signature.kid.clone() },
                None => {}
            }
        }
        Err(refused)
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// What is signed: PAE, the pre-authentication encoding of the specification.
fn encoded(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_that_of_the_specification() {
        assert_eq!(encoded("http://example.com/HelloWorld", b"hello world"), b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        assert_eq!(encoded("", b""), b"DSSEv1 0  0 ");
    }

    #[test]
    fn an_envelope_reads_back_and_says_who_signed_it() {
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        let line = Envelope::seal(b"{}".to_vec(), &key).to_line();
        assert!(line.starts_with(r#"{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":""#), "{line}");
        let envelope = Envelope::parse(&line).unwrap();
        assert_eq!((envelope.to_line(), envelope.payload()), (line, &b"{}"[..]));
        assert_eq!(envelope.verify(&PublicKeys::of([other.public(), key.public()])), Ok(&key.public()));
        let kid = key.public().kid();
        assert_eq!(envelope.verify(&PublicKeys::of([other.public()])), Err(SignatureError::Foreign { kid }));
    }

    #[test]
    fn a_signature_of_something_else_does_not_hold() {
        let key = SigningKey::generate();
        let mut envelope = Envelope::seal(b"{}".to_vec(), &key);
        envelope.payload = b"{ }".to_vec();
        let keys = PublicKeys::of([key.public()]);
        assert_eq!(envelope.verify(&keys), Err(SignatureError::Broken { kid: key.public().kid() }));
        envelope.signatures.clear();
        assert_eq!(envelope.verify(&keys), Err(SignatureError::Missing));
    }

    #[test]
    fn what_is_no_envelope_is_refused_with_words() {
        let refused = |text: &str| Envelope::parse(text).unwrap_err().to_string();
        assert!(refused("{}").starts_with("it is no signed envelope"));
        assert_eq!(
            refused(r#"{"payload":"","payloadType":"text/plain","signatures":[]}"#),
            "it holds \"text/plain\" and not application/vnd.in-toto+json"
        );
        let with = |payload: &str, sig: &str| {
            format!(r#"{{"payload":"{payload}","payloadType":"{PAYLOAD_TYPE}","signatures":[{{"keyid":"","sig":"{sig}"}}]}}"#)
        };
        assert_eq!(refused(&with("e30", "")), "its payload is not in base64");
        assert_eq!(refused(&with("e30=", "-")), "its signature is not in base64");
    }
}
