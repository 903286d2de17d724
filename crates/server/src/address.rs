//! Where a request comes from, through proxies that are trusted and no others.

use std::net::IpAddr;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The most addresses of `X-Forwarded-For` that are looked at, from the last.
const HOPS_MAX: usize = 16;

/// The address of a request's client: a request extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

/// How a request came: a request extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via {
    /// Whether the client spoke TLS, with the server or with a proxy that is trusted.
    pub tls: bool,
    /// Whether a proxy that is trusted passed it on.
    pub trusted_proxy: bool,
}

/// Whether an address is one of `networks`.
pub(crate) fn is_trusted(address: IpAddr, networks: &[IpNet]) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

/// Where a request comes from whose connection is from `peer`.
pub(crate) fn client(
    peer: IpAddr,
    tls: bool,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> (ClientAddress, Via) {
    let mut client = peer.to_canonical();
    let trusted_proxy = is_trusted(client, trusted);
    if trusted_proxy {
        // From the last: each address was written by the one after it, which is believed as long
        // as it is one of ours.
        for hop in hops(headers) {
            let Some(hop) = hop else { break };
            client = hop;
            if !is_trusted(client, trusted) {
                break;
            }
        }
    }
    let by_proxy = || {
        let last = headers.get_all("x-forwarded-proto").iter().next_back();
        last.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"https"))
    };
    let via = Via {
        tls: tls || trusted_proxy && by_proxy(),
        trusted_proxy,
    };
    (ClientAddress(client), via)
}

/// The addresses of `X-Forwarded-For`, the last first; none in the place of what is no address.
fn hops(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    lines
        .flat_map(|line| line.to_str().unwrap_or("?").rsplit(','))
        .map(|hop| {
            hop.trim()
                .parse::<IpAddr>()
                .ok()
                .map(|hop| hop.to_canonical())
        })
        .take(HOPS_MAX)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn check(peer: &str, headers: &[(&'static str, &str)], client_is: &str, tls: bool) {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).unwrap();
            (HeaderName::from_static(name), value)
        });
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        let (found, via) = client(peer.parse().unwrap(), false, &map, &trusted);
        assert_eq!(found.0.to_string(), client_is, "{map:?}");
        assert_eq!(via.tls, tls, "{map:?}");
    }

    #[test]
    fn only_what_a_trusted_proxy_says_is_believed() {
        const FOR: &str = "x-forwarded-for";
        const PROTO: &str = "x-forwarded-proto";
        check("192.0.2.1", &[], "192.0.2.1", false);
        check(
            "192.0.2.1",
            &[(FOR, "198.51.100.1"), (PROTO, "https")],
            "192.0.2.1",
            false,
        );
        check(
            "10.0.0.1",
            &[(FOR, "198.51.100.1"), (PROTO, "https")],
            "198.51.100.1",
            true,
        );
        check("::1", &[(FOR, "198.51.100.1")], "198.51.100.1", false);
        // What the client wrote itself is to the left of what the proxy saw.
        check(
            "10.0.0.1",
            &[(FOR, "127.0.0.1, 198.51.100.1")],
            "198.51.100.1",
            false,
        );
        check(
            "10.0.0.1",
            &[(FOR, "127.0.0.1"), (FOR, "198.51.100.1, 10.0.0.2")],
            "198.51.100.1",
            false,
        );
        check(
            "10.0.0.1",
            &[(FOR, "127.0.0.1, unknown")],
            "10.0.0.1",
            false,
        );
        check(
            "10.0.0.1",
            &[(PROTO, "https"), (PROTO, "http")],
            "10.0.0.1",
            false,
        );
        check(
            "::ffff:10.0.0.1",
            &[(FOR, "2001:db8::1")],
            "2001:db8::1",
            false,
        );
    }
}
