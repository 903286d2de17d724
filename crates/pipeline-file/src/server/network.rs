//! Addresses and networks.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address and a port: `127.0.0.1:8080`, `[::1]:8080`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// The address.
    pub ip: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected an address and a port, such as 127.0.0.1:8080 or [::]:8443";
        let (ip, port) = text.rsplit_once(':').ok_or(expected)?;
        let in_brackets = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']'));
        let ip = match in_brackets {
            Some(ip) => ip.parse().map(IpAddr::V6),
            None => ip.parse().map(IpAddr::V4),
        };
        let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        let port = port.parse().ok().filter(|_| digits);
        Ok(Self {
            ip: ip.map_err(|_| expected)?,
            port: port.ok_or(expected)?,
        })
    }
}

/// A network, or one address: `10.0.0.0/8`, `192.0.2.1`, `2001:db8::/32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// An address in it.
    pub ip: IpAddr,
    /// How many bits of it all its addresses share.
    pub prefix: u8,
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected an address, or a network such as 10.0.0.0/8";
        let (ip, prefix) = match text.split_once('/') {
            Some((ip, prefix)) => (ip, Some(prefix)),
            None => (text, None),
        };
        let ip: IpAddr = ip.parse().map_err(|_| expected)?;
        let bits = if ip.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(prefix) => prefix.parse().map_err(|_| expected)?,
        };
        if prefix > bits {
            return Err(expected);
        }
        Ok(Self { ip, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ip, self.prefix)
    }
}
