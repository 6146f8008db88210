//! Tickets: the signed proof, for whoever publishes them, that bytes may be published. A compact JWS (RFC 7515, RFC 8037).

use assets_domain::{AssetId, Channel, Digest, Market, Release, ReleaseId, VersionNumber, WorkspaceId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{PublicKeys, SigningKey, jws};

/// By what a ticket is told from every other token that the same key might sign.
const TYP: &str = "assets-release+jwt";
/// By how much the clock of the service may be ahead of the publisher's.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// What a ticket says: these bytes may be published in this channel, until then.
///
/// ```no_run
/// use assets_handoff::{PublicKeys, Ticket};
/// # fn publish(keys: &str, header: &str, now: chrono::DateTime<chrono::Utc>, body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let keys = PublicKeys::parse(keys)?;
/// let ticket = Ticket::verify(header, &keys, now)?;
/// if ticket.channel.as_str() != "linkedin" || ticket.digest != assets_domain::Digest::of(body) {
///     return Err("the ticket is for something else".into());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The public address of the service that gave it out.
    pub issuer: String,
    /// Under which id it is on record there.
    pub release: ReleaseId,
    /// Of which asset.
    pub asset: AssetId,
    /// In which tenant.
    pub workspace: WorkspaceId,
    /// Which version.
    pub version: VersionNumber,
    /// Which bytes. Nothing else may be published with this ticket.
    pub digest: Digest,
    /// In which channel.
    pub channel: Channel,
    /// For which market, if for one alone.
    pub market: Option<Market>,
    /// When it was given out, in whole seconds.
    pub issued_at: DateTime<Utc>,
    /// From when on it is worth nothing, in whole seconds.
    pub expires_at: DateTime<Utc>,
}

/// Why a ticket is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It is no ticket.
    #[error("it is no ticket: {0}")]
    Malformed(&'static str),
    /// It is a token for something else, or signed in another way.
    #[error("it is a token for something else: {what} is {found:?} and not {expected}")]
    OtherKind {
        /// What is different.
        what: &'static str,
        /// What it says.
        found: String,
        /// What it should say.
        expected: &'static str,
    },
    /// It was signed by a key that is not known.
    #[error("it is signed by {kid}, which is none of the known keys")]
    Foreign {
        /// Which key, as it says.
        kid: String,
    },
    /// It was changed, or never signed by that key.
    #[error("its signature does not hold: the key {kid} did not sign this")]
    Broken {
        /// Which key, as it says.
        kid: String,
    },
    /// It is good from later on, by the clock here.
    #[error("it was given out at {issued_at}, which is still to come")]
    Early {
        /// When it was given out.
        issued_at: DateTime<Utc>,
    },
    /// It is not good any more.
    #[error("it was good until {expires_at}")]
    Expired {
        /// Until when it was.
        expires_at: DateTime<Utc>,
    },
}

impl Ticket {
    /// The ticket of a release.
    pub(crate) fn of(release: &Release, issuer: &str) -> Self {
        let whole = |moment: DateTime<Utc>| DateTime::from_timestamp(moment.timestamp(), 0).unwrap_or(moment);
        Self {
            issuer: issuer.to_owned(),
            release: release.id,
            asset: release.asset,
            workspace: release.workspace,
            version: release.version,
            digest: release.digest,
            channel: release.channel.clone(),
            market: release.market.clone(),
            issued_at: whole(release.at),
            expires_at: whole(release.expires_at),
        }
    }

    /// The ticket as it is handed out: three words of base64url with dots between them.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        jws::sign(TYP, &Claims::of(self), key)
    }

    /// Reads a ticket that is signed by one of these keys and good at a moment.
    ///
    /// Whoever publishes still has to look whether it is for these bytes, this channel and this market.
    ///
    /// # Errors
    /// It is no ticket; it is signed by somebody else, or was changed; it is too early or too late.
    pub fn verify(text: &str, keys: &PublicKeys, now: DateTime<Utc>) -> Result<Self, TicketError> {
        let claims: Claims = jws::open(text, TYP, keys)?;
        let ticket = claims.ticket().ok_or(TicketError::Malformed("its moments are none"))?;
        ticket.is_good_at(now).map(|()| ticket)
    }

    fn is_good_at(&self, now: DateTime<Utc>) -> Result<(), TicketError> {
        let Self { issued_at, expires_at, .. } = *self;
        if now >= expires_at {
            return Err(TicketError::Expired { expires_at });
        }
        if issued_at - LEEWAY > now { Err(TicketError::Early { issued_at }) } else { Ok(()) }
    }
}

impl From<jws::Refused> for TicketError {
    fn from(refused: jws::Refused) -> Self {
        match refused {
            jws::Refused::Malformed(why) => Self::Malformed(why),
            jws::Refused::OtherKind { what, found, expected } => Self::OtherKind { what, found, expected },
            jws::Refused::Foreign { kid } => Self::Foreign { kid },
            jws::Refused::Broken { kid } => Self::Broken { kid },
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    jti: ReleaseId,
    sub: AssetId,
    workspace_id: WorkspaceId,
    version: VersionNumber,
    digest: Digest,
    channel: Channel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    market: Option<Market>,
    iat: i64,
    exp: i64,
}

impl Claims {
    fn of(ticket: &Ticket) -> Self {
        Self {
            iss: ticket.issuer.clone(),
            jti: ticket.release,
            sub: ticket.asset,
            workspace_id: ticket.workspace,
            version: ticket.version,
            digest: ticket.digest,
            channel: ticket.channel.clone(),
            market: ticket.market.clone(),
            iat: ticket.issued_at.timestamp(),
            exp: ticket.expires_at.timestamp(),
        }
    }

    fn ticket(self) -> Option<Ticket> {
        Some(Ticket {
            issuer: self.iss,
            release: self.jti,
            asset: self.sub,
            workspace: self.workspace_id,
            version: self.version,
            digest: self.digest,
            channel: self.channel,
            market: self.market,
            issued_at: DateTime::from_timestamp(self.iat, 0).filter(|moment| moment.timestamp() > 0)?,
            expires_at: DateTime::from_timestamp(self.exp, 0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL};

    use super::*;
    use crate::jws::{ALG, word};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn ticket() -> Ticket {
        Ticket {
            issuer: "https://assets.example".to_owned(),
            release: "019b76da-a800-7000-8000-000000000001".parse().unwrap(),
            asset: "019b76da-a800-7000-8000-000000000002".parse().unwrap(),
            workspace: "019b76da-a800-7000-8000-000000000003".parse().unwrap(),
            version: VersionNumber::new(3).unwrap(),
            digest: Digest::of(b"bytes"),
            channel: Channel::parse("linkedin").unwrap(),
            market: None,
            issued_at: at(0),
            expires_at: at(900),
        }
    }

    fn refused(text: &str, key: &SigningKey) -> String {
        Ticket::verify(text, &PublicKeys::of([key.public()]), at(1)).unwrap_err().to_string()
    }

    #[test]
    fn a_ticket_reads_back_until_it_expires() {
        let key = SigningKey::generate();
        let keys = PublicKeys::of([key.public()]);
        let text = ticket().sign(&key);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{text}");
        assert_eq!(Ticket::verify(&text, &keys, at(0)), Ok(ticket()));
        assert_eq!(Ticket::verify(&text, &keys, at(899)), Ok(ticket()));
        assert_eq!(Ticket::verify(&text, &keys, at(900)), Err(TicketError::Expired { expires_at: at(900) }));
        assert_eq!(Ticket::verify(&text, &keys, at(-60)), Ok(ticket()));
        assert_eq!(Ticket::verify(&text, &keys, at(-61)), Err(TicketError::Early { issued_at: at(0) }));
        let for_one = Ticket { market: Some(Market::parse("DE").unwrap()), ..ticket() };
        assert_eq!(Ticket::verify(&for_one.sign(&key), &keys, at(1)), Ok(for_one));
    }

    #[test]
    fn the_words_are_those_of_the_standard() {
        let key = SigningKey::generate();
        let text = ticket().sign(&key);
        let words: Vec<String> = text.split('.').take(2).map(|word| String::from_utf8(BASE64_URL.decode(word).unwrap()).unwrap()).collect();
        assert_eq!(words[0], format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"assets-release+jwt"}}"#, key.public().kid()));
        assert_eq!(
            words[1],
            format!(
                r#"{{"iss":"https://assets.example","jti":"019b76da-a800-7000-8000-000000000001","sub":"019b76da-a800-7000-8000-000000000002","workspace_id":"019b76da-a800-7000-8000-000000000003","version":3,"digest":"{}","channel":"linkedin","iat":1800000000,"exp":1800000900}}"#,
                Digest::of(b"bytes")
            )
        );
    }

    #[test]
    fn what_was_changed_or_signed_by_somebody_else_is_refused() {
        let key = SigningKey::generate();
        let text = ticket().sign(&key);
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let longer = word(&Claims { exp: 2_000_000_000, ..Claims::of(&ticket()) });
        assert!(refused(&format!("{header}.{longer}.{signature}"), &key).starts_with("its signature does not hold"));
        assert!(refused(&text, &SigningKey::generate()).contains("none of the known keys"));
        let signed_as = |header: &serde_json::Value| {
            let signed = format!("{}.{longer}", word(header));
            format!("{signed}.{}", BASE64_URL.encode(key.sign(signed.as_bytes())))
        };
        let kid = key.public().kid();
        let none = signed_as(&serde_json::json!({"alg": "none", "kid": kid, "typ": TYP}));
        assert_eq!(refused(&none, &key), "it is a token for something else: alg is \"none\" and not EdDSA");
        let other = signed_as(&serde_json::json!({"alg": ALG, "kid": kid, "typ": "JWT"}));
        assert_eq!(refused(&other, &key), "it is a token for something else: typ is \"JWT\" and not assets-release+jwt");
        let critical = signed_as(&serde_json::json!({"alg": ALG, "kid": kid, "typ": TYP, "crit": ["x"], "x": 1}));
        assert_eq!(refused(&critical, &key), "it is no ticket: its header cannot be read");
    }

    #[test]
    fn what_is_no_ticket_is_refused_with_words() {
        let key = SigningKey::generate();
        for bad in ["", "a", "a.b", "a.b.c.d", "..", "é.é.é"] {
            assert!(refused(bad, &key).starts_with("it is no ticket"), "{bad:?}");
        }
        assert_eq!(refused(&"a".repeat(9000), &key), "it is no ticket: it is too long");
    }

    proptest::proptest! {
        #[test]
        fn no_change_of_a_ticket_is_taken(at_byte in 0..400_usize, bit in 0..8_u8) {
            let key = SigningKey::generate();
            let mut bytes = ticket().sign(&key).into_bytes();
            let at_byte = at_byte % bytes.len();
            bytes[at_byte] ^= 1 << bit;
            if let Ok(text) = String::from_utf8(bytes) {
                proptest::prop_assert!(Ticket::verify(&text, &PublicKeys::of([key.public()]), at(1)).is_err());
            }
        }
    }
}
