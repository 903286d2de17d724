//! Free ports on loopback.

use std::net::TcpListener;

use super::trouble::Trouble;

/// As many different ones; taken together, so that none comes twice.
pub(crate) fn free<const N: usize>() -> Result<[u16; N], Trouble> {
    let mut held = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Trouble::network("a port"))?;
        let address = listener.local_addr().map_err(Trouble::network("a port"))?;
        *port = address.port();
        held.push(listener);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_different() {
        let [a, b, c] = free().unwrap();
        assert!(a != b && b != c && a != c && a != 0);
    }
}
