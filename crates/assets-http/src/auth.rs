//! Who is calling.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{HttpMessage, HttpRequest, http::header};
use assets_domain::{Principal, Unauthenticated};

use crate::{api::Api, observe::Recognised, problem::Problem};

/// The caller behind the request's key. Its workspace comes from nowhere else.
///
/// # Errors
/// No key, more than one, or one that opens nothing; too many requests.
pub(crate) async fn caller(api: &Api, request: &HttpRequest) -> Result<Principal, Problem> {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let recognised = match bearer(request) {
        Some(key) => api.keyring.authenticate(key).await?,
        None => Err(Unauthenticated),
    };
    match recognised {
        Ok(principal) => {
            let key = principal.actor.key_prefix.clone();
            let allowance = api.rate_limits.check(&key)?;
            request.extensions_mut().insert(Recognised { key, allowance });
            Ok(principal)
        }
        Err(unauthenticated) => {
            tracing::warn!(request_id = crate::observe::request_id(), %peer, "authentication failed");
            api.rate_limits.check_failure(peer)?;
            Err(unauthenticated.into())
        }
    }
}

/// The key in exactly one `Authorization: Bearer` header.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let (only, None) = (headers.next()?, headers.next()) else {
        return None;
    };
    let (scheme, key) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}
