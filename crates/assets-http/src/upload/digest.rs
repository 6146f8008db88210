//! The digest that a caller announces (RFC 9530).

use actix_web::http::header::HeaderMap;
use assets_domain::Digest;
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::problem::{FieldProblem, Problem};

const REPR_DIGEST: &str = "Repr-Digest";

/// The SHA-256 that `Repr-Digest` announces; other algorithms are passed over.
pub(super) fn announced(headers: &HeaderMap) -> Result<Option<Digest>, Problem> {
    let mut found = None;
    for value in headers.get_all(REPR_DIGEST) {
        let members = value.to_str().map_err(|_| malformed())?;
        for member in members.split(',') {
            let (algorithm, digest) = member.trim().split_once('=').ok_or_else(malformed)?;
            let encoded = digest.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).ok_or_else(malformed)?;
            let bytes = STANDARD.decode(encoded).map_err(|_| malformed())?;
            if algorithm == "sha-256" {
                found = Some(Digest::from_bytes(bytes.try_into().map_err(|_| malformed())?));
            }
        }
    }
    Ok(found)
}

fn malformed() -> Problem {
    Problem::invalid(vec![FieldProblem::at(&["header", REPR_DIGEST], "malformed", "must be as in \"sha-256=:<base64 of 32 bytes>:\"")])
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn read(values: &[&str]) -> Result<Option<Digest>, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HeaderName::from_static("repr-digest"), HeaderValue::from_str(value).unwrap());
        }
        announced(&headers)
    }

    #[test]
    fn sha_256_is_read_and_other_algorithms_are_passed_over() {
        let expected = Some(Digest::of(b"abc"));
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&["sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"]).unwrap(), expected);
        assert_eq!(read(&["md5=:AAAA:, sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"]).unwrap(), expected);
        assert_eq!(read(&["md5=:AAAA:", "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"]).unwrap(), expected);
        assert_eq!(read(&["sha-512=:AAAA:"]).unwrap(), None);
    }

    #[test]
    fn an_announcement_that_cannot_be_read_is_refused() {
        for bad in ["", "sha-256", "sha-256=abc", "sha-256=:abc:", "sha-256=:AAAA:", "sha-256=:AAAA"] {
            assert!(read(&[bad]).is_err(), "{bad}");
        }
    }
}
