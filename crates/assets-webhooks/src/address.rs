//! Which addresses are of the public Internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What of IPv4 is not for everybody: the address, and how many bits of it count.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),          // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),         // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),      // shared by carriers, and where one cloud has its metadata
    (Ipv4Addr::new(127, 0, 0, 0), 8),        // this machine
    (Ipv4Addr::new(168, 63, 129, 16), 32),   // metadata of one cloud
    (Ipv4Addr::new(169, 254, 0, 0), 16),     // this link, and where most clouds have their metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),      // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),       // protocols
    (Ipv4Addr::new(192, 0, 2, 0), 24),       // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),     // relays from IPv6
    (Ipv4Addr::new(192, 168, 0, 0), 16),     // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),      // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24),    // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),     // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),        // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),        // reserved
    (Ipv4Addr::new(255, 255, 255, 255), 32), // everybody here
];

/// What is not for everybody within 2000::/3, the only part of IPv6 that is given out.
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocols: Teredo, benchmarks, identifiers that are no addresses
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: leads to the IPv4 address that is in it
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// 2000::/3.
const GIVEN_OUT: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Where networks that have IPv6 alone reach IPv4.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// The address that is meant: an IPv4 address that is written within IPv6, as itself.
#[must_use]
pub(crate) fn normal(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if within_v6(v6, NAT64) => IpAddr::V4(last_four(v6)),
        other => other.to_canonical(),
    }
}

/// Whether an address is one of the public Internet, and of one machine there. One that carries an IPv4 address is judged by that.
///
/// ```
/// use assets_webhooks::is_public;
///
/// assert!(is_public("93.184.215.14".parse().unwrap()));
/// assert!(!is_public("169.254.169.254".parse().unwrap()));
/// assert!(!is_public("::ffff:10.0.0.1".parse().unwrap()));
/// ```
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match normal(address) {
        IpAddr::V4(v4) => !NOT_PUBLIC_V4.iter().any(|block| within_v4(v4, *block)),
        IpAddr::V6(v6) => within_v6(v6, GIVEN_OUT) && !NOT_PUBLIC_V6.iter().any(|block| within_v6(v6, *block)) && !is_isatap(v6),
    }
}

fn within_v4(address: Ipv4Addr, (network, bits): (Ipv4Addr, u32)) -> bool {
    let shift = 32_u32.saturating_sub(bits);
    address.to_bits().checked_shr(shift) == network.to_bits().checked_shr(shift)
}

fn within_v6(address: Ipv6Addr, (network, bits): (Ipv6Addr, u32)) -> bool {
    let shift = 128_u32.saturating_sub(bits);
    address.to_bits().checked_shr(shift) == network.to_bits().checked_shr(shift)
}

fn last_four(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}

/// Leads to the IPv4 address in its end, on machines that tunnel so.
const fn is_isatap(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [_, _, _, _, 0 | 0x200, 0x5efe, _, _])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_public_is_public() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.215.14",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "2001:200::1",
            "64:ff9b::8.8.8.8",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn what_is_not_is_not() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
            "2a00:1450:4001::5efe:a00:1",
            "2a00:1450:4001:0:200:5efe:a00:1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    proptest! {
        #[test]
        fn an_ipv4_address_is_judged_alike_however_it_is_wrapped(bits: u32) {
            let plain = Ipv4Addr::from_bits(bits);
            let wanted = is_public(IpAddr::V4(plain));
            prop_assert_eq!(is_public(IpAddr::V6(plain.to_ipv6_mapped())), wanted);
            prop_assert_eq!(is_public(IpAddr::V6(Ipv6Addr::from_bits(NAT64.0.to_bits() | u128::from(bits)))), wanted);
        }

        #[test]
        fn what_the_standard_library_knows_to_be_special_is_not_public(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            let special = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_broadcast()
                || address.is_documentation() || address.is_multicast() || address.is_unspecified();
            prop_assert!(!(special && is_public(IpAddr::V4(address))), "{}", address);
        }

        #[test]
        fn nothing_of_ipv6_is_public_that_is_not_given_out(bits: u128) {
            let address = Ipv6Addr::from_bits(bits);
            prop_assume!(normal(IpAddr::V6(address)).is_ipv6());
            let special = address.is_loopback() || address.is_unspecified() || address.is_multicast() || address.is_unique_local()
                || address.is_unicast_link_local() || bits >> 125 != 1;
            prop_assert!(!(special && is_public(IpAddr::V6(address))), "{}", address);
        }
    }
}
