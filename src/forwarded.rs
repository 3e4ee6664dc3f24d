//! From which address a request comes.
//!
//! In: the connection, and what proxies in front wrote into `X-Forwarded-For`. Out: the address that limits
//! count and the trail names. Never: what a client claims for itself; only as many hops are believed as the
//! operator says there are proxies.

use axum::http::HeaderMap;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

/// How many proxies stand in front, each of which adds the address it was called from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proxies(usize);

impl FromStr for Proxies {
    type Err = String;

    /// `true` is one.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "false" => Ok(Proxies(0)),
            "true" => Ok(Proxies(1)),
            number => number.parse().ok().filter(|n| *n <= 16).map(Proxies).ok_or_else(|| {
                format!("{text:?} is neither true nor false nor the number of proxies, 0 to 16")
            }),
        }
    }
}

/// Why the address of a request is not known: the proxies' header is not what they were said to write.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// Fewer addresses than there are proxies.
    TooFew {
        hops: usize,
        proxies: usize,
    },
    NoAddress(String),
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unread::TooFew { hops, proxies } => {
                write!(f, "it has {hops} addresses, and BELLHOP_TRUST_PROXY says {proxies} proxies")
            }
            Unread::NoAddress(value) => write!(f, "{value:?} is no address"),
        }
    }
}

/// The address behind the proxies; behind none, or where they cannot be read, that of the connection.
pub fn address(connected: IpAddr, headers: &HeaderMap, proxies: Proxies) -> (IpAddr, Option<Unread>) {
    match forwarded(headers, proxies) {
        Ok(found) => (network(found.unwrap_or(connected)), None),
        Err(unread) => (network(connected), Some(unread)),
    }
}

fn forwarded(headers: &HeaderMap, Proxies(proxies): Proxies) -> Result<Option<IpAddr>, Unread> {
    let Some(before) = proxies.checked_sub(1) else { return Ok(None) };
    let lines = headers.get_all("x-forwarded-for").iter();
    let text = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect::<Vec<_>>().join(",");
    let hops: Vec<&str> = text.split(',').map(str::trim).filter(|hop| !hop.is_empty()).collect();
    // From the right: what stands further left a client may have written.
    match hops.iter().rev().nth(before) {
        Some(hop) => read(hop).map(Some).ok_or_else(|| Unread::NoAddress(hop.chars().take(60).collect())),
        None => Err(Unread::TooFew { hops: hops.len(), proxies }),
    }
}

/// An address as proxies write it: plain, in brackets, between quotes, with the port it was called from, or
/// with the zone of a link.
fn read(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim_matches('"');
    if let Ok(address) = hop.parse() {
        return Some(address);
    }
    if let Ok(with_port) = hop.parse::<SocketAddr>() {
        return Some(with_port.ip());
    }
    let inside =
        hop.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(hop, |(inside, _)| inside);
    inside.split('%').next()?.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// Whoever has one IPv6 address has a network of 2^64; limits count the network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & (u128::MAX << 64)).into()),
        v4 => v4,
    }
}

/// A connection nobody knows the other end of.
pub const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

    fn seen(lines: &[&str], proxies: &str) -> (String, Option<Unread>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let (address, unread) = address(PROXY, &headers, proxies.parse().unwrap());
        (address.to_string(), unread)
    }

    #[test]
    fn an_address_is_read_as_proxies_write_it() {
        for (hop, address) in [
            ("198.51.100.7", "198.51.100.7"),
            ("198.51.100.7:40001", "198.51.100.7"),
            ("\"198.51.100.7:40001\"", "198.51.100.7"),
            ("2001:db8:7:1::7", "2001:db8:7:1::"),
            ("[2001:db8:7:1::7]", "2001:db8:7:1::"),
            ("[2001:db8:7:1::7]:443", "2001:db8:7:1::"),
            ("\"[2001:db8:7:1::7]:443\"", "2001:db8:7:1::"),
            ("fe80::1%eth0", "fe80::"),
            ("[fe80::1%eth0]:80", "fe80::"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("[::ffff:198.51.100.7]:9", "198.51.100.7"),
        ] {
            assert_eq!(seen(&[hop], "true"), (address.to_owned(), None), "{hop}");
        }
    }

    #[test]
    fn only_the_hops_of_our_own_proxies_are_believed() {
        let chain = &["203.0.113.9, 198.51.100.7:1", "10.0.0.5"];
        assert_eq!(seen(chain, "false").0, PROXY.to_string());
        assert_eq!(seen(chain, "1").0, "10.0.0.5");
        assert_eq!(seen(chain, "2").0, "198.51.100.7");
        assert_eq!(seen(chain, "3").0, "203.0.113.9");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let proxy = PROXY.to_string();
        for hop in ["unknown", "_hidden", "198.51.100.7:port", "[2001:db8::7", "300.1.1.1"] {
            let said = Some(Unread::NoAddress(hop.to_owned()));
            assert_eq!(seen(&["198.51.100.7", hop], "true"), (proxy.clone(), said), "{hop}");
        }
        let few = Some(Unread::TooFew { hops: 1, proxies: 2 });
        assert_eq!(seen(&["198.51.100.7"], "2"), (proxy.clone(), few));
        assert_eq!(seen(&[], "true"), (proxy, Some(Unread::TooFew { hops: 0, proxies: 1 })));
    }

    #[test]
    fn the_number_of_proxies_is_a_number_or_a_word() {
        for (text, proxies) in [("", 0), ("false", 0), ("0", 0), ("TRUE", 1), ("1", 1), (" 2 ", 2)] {
            assert_eq!(text.parse(), Ok(Proxies(proxies)), "{text:?}");
        }
        for wrong in ["-1", "17", "yes", "10.0.0.1"] {
            assert!(wrong.parse::<Proxies>().is_err(), "{wrong}");
        }
    }
}
