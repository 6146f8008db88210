//! Where something may be sent.

use std::{net::IpAddr, sync::Arc};

use assets_domain::{Trouble, ports::Barred};
use ipnet::IpNet;
use url::{Host, Url};

use crate::{
    address::{is_public, normal},
    names::Names,
};

/// Where something may be sent: over TLS to one of the ports, where every address of the host is of the public Internet; and whither
/// ever, in whichever way, where every address is in a network that the operator allows.
#[derive(Clone)]
pub struct Guard {
    allowed: Arc<[IpNet]>,
    ports: Arc<[u16]>,
    names: Arc<dyn Names>,
}

/// How an address is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Over TLS, to one of the ports that are for everybody.
    Usual,
    /// In another way, which is for the networks alone that the operator allows.
    Inside,
}

/// The one thing that is said of an address that is refused for where it leads: whoever asks is to learn nothing about names and
/// machines behind the service.
const NOT_THERE: Barred = Barred("its host must have addresses, all of them of the public Internet");

impl Guard {
    /// The port of https, which webhooks go to unless others are named.
    pub const PORTS: [u16; 1] = [443];

    /// A guard that allows these networks besides the Internet, and there these ports.
    #[must_use]
    pub fn new(allowed: impl IntoIterator<Item = IpNet>, ports: impl IntoIterator<Item = u16>, names: Arc<dyn Names>) -> Self {
        Self { allowed: allowed.into_iter().collect(), ports: ports.into_iter().collect(), names }
    }

    /// Reads an address. Where its host is one itself, it is judged here; where it is a name, whoever connects asks
    /// [`Guard::addresses`].
    ///
    /// # Errors
    /// Nothing may be sent there, whatever a name stands for.
    pub fn read(&self, text: &str) -> Result<(Url, Way), Barred> {
        let url = Url::parse(text).map_err(|_| Barred("must be an address such as https://example.com/hooks"))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(Barred("must begin with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Barred("must not contain a name or a password"));
        }
        if url.fragment().is_some() {
            return Err(Barred("must not contain a fragment"));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let way = if url.scheme() == "https" && self.ports.contains(&port) { Way::Usual } else { Way::Inside };
        let literal = match url.host() {
            None | Some(Host::Domain("")) => return Err(Barred("must name a host")),
            Some(Host::Domain(_)) if way == Way::Inside && self.allowed.is_empty() => return Err(self.unusual(&url)),
            Some(Host::Domain(_)) => return Ok((url, way)),
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
        };
        if self.is_open(literal, way) {
            Ok((url, way))
        } else if way == Way::Inside && is_public(literal) {
            Err(self.unusual(&url))
        } else {
            Err(NOT_THERE)
        }
    }

    /// The addresses of a name, if something may be sent to every one of them: these are dialled, and no others.
    ///
    /// # Errors
    /// Nothing may be sent there; it has no address.
    pub async fn addresses(&self, name: &str, way: Way) -> Result<Vec<IpAddr>, Trouble> {
        let found = self.names.addresses(name).await.map_err(|_| Trouble::Unresolved)?;
        if found.is_empty() {
            return Err(Trouble::Unresolved);
        }
        if found.iter().all(|address| self.is_open(*address, way)) { Ok(found) } else { Err(Trouble::ForbiddenAddress) }
    }

    /// Whether something may be sent to an address as things are.
    ///
    /// # Errors
    /// It may not.
    pub async fn admit(&self, text: &str) -> Result<(), Barred> {
        let (url, way) = self.read(text)?;
        match url.host() {
            Some(Host::Domain(name)) => self.addresses(name, way).await.map(|_| ()).map_err(|_| match way {
                Way::Usual => NOT_THERE,
                Way::Inside => self.unusual(&url),
            }),
            _ => Ok(()),
        }
    }

    fn is_open(&self, address: IpAddr, way: Way) -> bool {
        let (plain, meant) = (address, normal(address));
        let is_allowed = self.allowed.iter().any(|network| network.contains(&plain) || network.contains(&meant));
        is_allowed || (way == Way::Usual && is_public(address))
    }

    /// What is said of a way that is not for everybody.
    fn unusual(&self, url: &Url) -> Barred {
        if url.scheme() == "https" {
            Barred("must name a port that webhooks may go to, which is 443 unless set otherwise")
        } else {
            Barred("must begin with https://")
        }
    }
}
