//! Who is calling.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{HttpMessage, HttpRequest, http::header};
use assets_domain::{Principal, Unauthenticated};
use ipnet::IpNet;

use crate::{api::Api, observe::Recognised, problem::Problem};

/// The caller behind the request's key. Its workspace comes from nowhere else.
///
/// # Errors
/// No key, more than one, or one that opens nothing; too many requests.
pub(crate) async fn caller(api: &Api, request: &HttpRequest) -> Result<Principal, Problem> {
    let peer = peer(request, &api.settings.trusted_proxies);
    let recognised = match bearer(request) {
        Some(key) => api.keyring.authenticate(key).await?,
        None => Err(Unauthenticated),
    };
    match recognised {
        Ok(principal) => {
            let key = principal.actor.key_prefix.clone();
            let checked = api.rate_limits.check(&key);
            let allowance = checked.as_ref().map_or_else(|_| api.rate_limits.spent(), Clone::clone);
            request.extensions_mut().insert(Recognised { key, allowance });
            checked.map(|_| principal)
        }
        Err(unauthenticated) => {
            tracing::warn!(request_id = crate::observe::request_id(), %peer, "authentication failed");
            api.rate_limits.check_failure(peer)?;
            Err(unauthenticated.into())
        }
    }
}

/// The address of the caller: of the connection, unless a proxy that is trusted says for whom it asks.
///
/// `X-Forwarded-For` is read from its end: what stands before the first address that is no trusted proxy, anybody may have
/// written.
pub(crate) fn peer(request: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let connected = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    if !is_trusted(&connected) {
        return connected;
    }
    let forwarded = request.headers().get_all(header::X_FORWARDED_FOR).filter_map(|value| value.to_str().ok());
    let mut addresses: Vec<IpAddr> = forwarded.flat_map(|value| value.split(',')).map_while(|one| one.trim().parse().ok()).collect();
    while let Some(address) = addresses.pop() {
        if !is_trusted(&address) {
            return address;
        }
    }
    connected
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
