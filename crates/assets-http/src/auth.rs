//! Who is calling.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::{HttpMessage, HttpRequest, http::header};
use assets_domain::{Action, AssetId, AssetType, Principal, RequestId, Unauthenticated};
use ipnet::IpNet;

use crate::{
    api::Api,
    inside, links,
    observe::{self, Recognised},
    parameters::asset_id,
    problem::Problem,
};

/// The caller behind the request's key. Its workspace comes from nowhere else.
///
/// # Errors
/// No key, more than one, or one that opens nothing; too many requests.
pub(crate) async fn caller(api: &Api, request: &HttpRequest) -> Result<Principal, Problem> {
    if let Some(principal) = inside::caller(request) {
        return Ok(principal);
    }
    let peer = peer(request, &api.settings.trusted_proxies);
    let recognised = match bearer(request) {
        Some(key) => api.keyring.authenticate(key).await?,
        None => Err(Unauthenticated),
    };
    match recognised {
        Ok(principal) => {
            let checked = api.rate_limits.check(&principal.actor.key_prefix);
            let allowance = checked.as_ref().map_or_else(|_| api.rate_limits.spent(), Clone::clone);
            request.extensions_mut().insert(Recognised::counted(&principal, allowance));
            let named = Some(RequestId::new(observe::request_uuid()));
            checked.map(|_| Principal { request: named, ..principal })
        }
        Err(unauthenticated) => {
            tracing::warn!(request_id = crate::observe::request_id(), %peer, "authentication failed");
            api.rate_limits.check_failure(peer)?;
            Err(unauthenticated.into())
        }
    }
}

/// The asset that the path names, if the caller may do this to some asset at all.
///
/// # Errors
/// In this order: the caller may not, whatever the asset; the path names none.
pub(crate) fn permitted(api: &Api, by: &Principal, request: &HttpRequest, action: Action) -> Result<AssetId, Problem> {
    let id = asset_id(request);
    let review = || id.as_ref().map_or_else(|_| links::reviews(api), |id| links::review(api, *id));
    action.admit(by).map_err(|denied| Problem::from(denied).with_review_url(review()))?;
    id
}

/// The same, and its type, once it is known that the caller may do this to it. A handler asks this before it reads a body.
///
/// # Errors
/// Those of [`permitted`], and then: there is no such asset; the caller may not do it to this one.
pub(crate) async fn admitted(api: &Api, by: &Principal, request: &HttpRequest, action: Action) -> Result<(AssetId, AssetType), Problem> {
    let id = permitted(api, by, request, action)?;
    let admitted = api.catalog.admit(by, action, id).await;
    admitted.map(|asset_type| (id, asset_type)).map_err(|error| Problem::from(error).with_review_url(links::review(api, id)))
}

/// The address of the caller: of the connection, unless a proxy that is trusted says for whom it asks.
///
/// `X-Forwarded-For` is walked from its end, as long as who wrote an item is trusted: what stands before, anybody may have
/// written. An item that is no address ends the walk as well.
pub(crate) fn peer(request: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
    let headers = request.headers().get_all(header::X_FORWARDED_FOR);
    let said: Vec<&str> = headers.flat_map(|value| value.to_str().unwrap_or_default().split(',')).collect();
    for item in said.into_iter().rev() {
        match address(item.trim()).filter(|_| is_trusted(&nearest)) {
            Some(further) => nearest = further,
            None => break,
        }
    }
    nearest
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn address(item: &str) -> Option<IpAddr> {
    let bare = item.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(item);
    let address = bare.parse().or_else(|_| item.parse().map(|with_port: SocketAddr| with_port.ip())).ok()?;
    Some(address.to_canonical())
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

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(connected: &str, forwarded: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(connected.parse().unwrap());
        for value in forwarded {
            request = request.append_header((header::X_FORWARDED_FOR, *value));
        }
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        peer(&request.to_http_request(), &trusted).to_string()
    }

    #[test]
    fn a_trusted_proxy_says_for_whom_it_asks() {
        assert_eq!(seen("10.0.0.1:9", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(seen("10.0.0.1:9", &["203.0.113.7, 10.0.0.3", "10.0.0.2"]), "203.0.113.7");
        assert_eq!(seen("10.0.0.1:9", &["203.0.113.7:4711"]), "203.0.113.7");
        assert_eq!(seen("10.0.0.1:9", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(seen("10.0.0.1:9", &["2001:db8::7, [fd00::1]"]), "2001:db8::7");
        assert_eq!(seen("[::ffff:10.0.0.1]:9", &["203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn nobody_chooses_their_own_address() {
        assert_eq!(seen("198.51.100.1:9", &["203.0.113.7"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1:9", &["192.0.2.1, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(seen("10.0.0.1:9", &["192.0.2.1, nonsense, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(seen("10.0.0.1:9", &["192.0.2.1, unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(seen("10.0.0.1:9", &["192.0.2.1", "\u{fc}"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1:9", &["192.0.2.1,"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1:9", &[]), "10.0.0.1");
    }
}
