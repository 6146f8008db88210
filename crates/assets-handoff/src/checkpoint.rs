//! Checkpoints: how far an audit went at a moment, signed, to be kept where nobody can change it. A compact JWS, as tickets are.

use assets_domain::{Checkpoint, Digest, WorkspaceId};
use chrono::DateTime;
use serde::{Deserialize, Serialize};

use crate::{PublicKeys, SigningKey, jws};

/// By what a checkpoint is told from every other token that the same key might sign.
const TYP: &str = "assets-audit-checkpoint+jwt";

/// Why a checkpoint is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is none.
    #[error("it is no checkpoint: {0}")]
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
    #[error("it is signed by {kid}, which is none of the keys of this installation")]
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
}

impl From<jws::Refused> for CheckpointError {
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
    workspace_id: WorkspaceId,
    sequence: u64,
    hash: Digest,
    iat: i64,
}

/// Signs a checkpoint, in the name of the service with this public address.
#[must_use]
pub fn sign_checkpoint(checkpoint: &Checkpoint, issuer: &str, key: &SigningKey) -> String {
    let Checkpoint { workspace, sequence, hash, at } = *checkpoint;
    jws::sign(TYP, &Claims { iss: issuer.to_owned(), workspace_id: workspace, sequence, hash, iat: at.timestamp() }, key)
}

/// Reads a checkpoint that is signed by one of these keys.
///
/// # Errors
/// It is no checkpoint; it is signed by somebody else, or was changed.
pub fn verify_checkpoint(text: &str, keys: &PublicKeys) -> Result<Checkpoint, CheckpointError> {
    let Claims { workspace_id: workspace, sequence, hash, iat, .. } = jws::open(text, TYP, keys)?;
    let at = DateTime::from_timestamp(iat, 0).ok_or(CheckpointError::Malformed("its moment is none"))?;
    Ok(Checkpoint { workspace, sequence, hash, at })
}

/// What looks like a signed checkpoint in a text of whatever kind: lines, JSON, a log.
pub fn find_checkpoints(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    // A header begins with `{"`, which is `eyJ` in base64.
    text.split(move |letter| !is_part(letter)).filter(|word| word.starts_with("eyJ") && word.split('.').count() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            workspace: "019b76da-a800-7000-8000-000000000003".parse().unwrap(),
            sequence: 7,
            hash: Digest::of(b"all of it"),
            at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        }
    }

    #[test]
    fn a_checkpoint_reads_back_and_is_nobody_elses() {
        let key = SigningKey::generate();
        let keys = PublicKeys::of([key.public()]);
        let text = sign_checkpoint(&checkpoint(), "https://assets.example", &key);
        assert_eq!(verify_checkpoint(&text, &keys), Ok(checkpoint()));
        let foreign = PublicKeys::of([SigningKey::generate().public()]);
        assert!(matches!(verify_checkpoint(&text, &foreign), Err(CheckpointError::Foreign { .. })));
        let (header, rest) = text.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let further = Claims { iss: String::new(), workspace_id: checkpoint().workspace, sequence: 8, hash: checkpoint().hash, iat: 0 };
        let changed = format!("{header}.{}.{signature}", jws::word(&further));
        assert!(matches!(verify_checkpoint(&changed, &keys), Err(CheckpointError::Broken { .. })));
        let other = jws::sign("assets-release+jwt", &further, &key);
        assert!(matches!(verify_checkpoint(&other, &keys), Err(CheckpointError::OtherKind { what: "typ", .. })));
    }

    #[test]
    fn checkpoints_are_found_in_lines_in_json_and_in_logs() {
        let text = sign_checkpoint(&checkpoint(), "https://assets.example", &SigningKey::generate());
        let file =
            format!("{text}\n{{\"items\": [{{\"signed\": \"{text}\", \"hash\": \"sha256:00\"}}]}}\nlevel=INFO signed={text} v1.2.3\n");
        assert_eq!(find_checkpoints(&file).collect::<Vec<_>>(), [&text; 3]);
    }
}
