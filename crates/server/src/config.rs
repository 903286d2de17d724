//! How the server is set up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::limits::Limits;
use crate::metrics::MetricsAccess;
use crate::serve_error::ServeError;

/// How the server is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one. What is not a loopback address needs `tls`, or
    /// `behind_proxy`.
    pub listen: SocketAddr,
    /// The server's certificate; without one it speaks HTTP in the clear.
    pub tls: Option<TlsFiles>,
    /// A proxy before the server speaks TLS with clients, and no one else reaches the server.
    pub behind_proxy: bool,
    /// Whose `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Request-Id` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long readiness says no before connections are no longer accepted, for load balancers
    /// that have to notice.
    pub shutdown_delay: Duration,
    /// Who may read the figures, besides callers who are known.
    pub metrics: MetricsAccess,
    /// Limits of everything that comes from outside.
    pub limits: Limits,
}

/// A certificate in files, which are read again when they change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those between it and its root, in PEM.
    pub cert: PathBuf,
    /// The certificate's private key, in PEM.
    pub key: PathBuf,
}

impl Config {
    /// Listening on `listen`, without TLS, and with the default limits.
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            tls: None,
            behind_proxy: false,
            trusted_proxies: Vec::new(),
            shutdown_delay: Duration::ZERO,
            metrics: MetricsAccess::default(),
            limits: Limits::default(),
        }
    }

    /// Credentials do not cross a network in the clear.
    pub(crate) fn expect_protection(&self) -> Result<(), ServeError> {
        let local = self.listen.ip().to_canonical().is_loopback();
        if local || self.tls.is_some() || self.behind_proxy {
            return Ok(());
        }
        Err(ServeError::Exposed {
            address: self.listen,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(listen: &str, change: impl FnOnce(&mut Config), refused: bool) {
        let mut config = Config::new(listen.parse().unwrap());
        change(&mut config);
        assert_eq!(config.expect_protection().is_err(), refused, "{listen}");
    }

    #[test]
    fn credentials_do_not_cross_a_network_in_the_clear() {
        for local in ["127.0.0.1:0", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
            check(local, |_| {}, false);
        }
        for open in ["0.0.0.0:0", "[::]:0", "10.0.0.1:0"] {
            check(open, |_| {}, true);
            check(open, |config| config.behind_proxy = true, false);
            let files = TlsFiles {
                cert: "cert".into(),
                key: "key".into(),
            };
            check(open, |config| config.tls = Some(files), false);
        }
    }
}
