//! How a registry is set up.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::auth::AuthOptions;
use crate::faults::Faults;
use crate::limits::Limits;
use crate::observer::Observer;
use crate::serve_error::ServeError;
use crate::tls::TlsOptions;

/// How a registry is set up.
#[derive(Clone)]
pub struct ServerOptions {
    /// The folder that holds the repositories. It is made where it is missing.
    pub root: PathBuf,
    /// Where to listen; port 0 takes a free one. What is not a loopback address needs `tls` and
    /// `auth`, or clients' certificates in place of `auth`.
    pub address: SocketAddr,
    /// Listens on any address without TLS and authentication, where something else protects it.
    pub insecure: bool,
    /// Users; without it anyone may do anything.
    pub auth: Option<AuthOptions>,
    /// TLS; without it HTTP is plain.
    pub tls: Option<TlsOptions>,
    /// Called for every answered request.
    pub observer: Option<Observer>,
    /// What is taken at most.
    pub limits: Limits,
    /// Whether a mount that names no repository finds the blob in any of them. Off by default:
    /// each such mount looks into all repositories.
    pub automatic_mount: bool,
    /// What goes wrong on purpose; nothing by default. Keep a clone to change it while the
    /// registry runs.
    pub faults: Faults,
}

impl ServerOptions {
    /// Open to anyone who reaches the address, without faults, with the limits of
    /// [`Limits::default`].
    pub fn new(root: impl Into<PathBuf>, address: SocketAddr) -> Self {
        Self {
            root: root.into(),
            address,
            insecure: false,
            auth: None,
            tls: None,
            observer: None,
            limits: Limits::default(),
            automatic_mount: false,
            faults: Faults::default(),
        }
    }

    /// Fails where others could reach a registry that does not know them, or read passwords on
    /// their way.
    pub(crate) fn expect_protection(&self) -> Result<(), ServeError> {
        let is_local = self.address.ip().to_canonical().is_loopback();
        let knows_clients = self.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        let missing = match (&self.tls, &self.auth) {
            _ if is_local || self.insecure => return Ok(()),
            (None, None) => "TLS and no authentication",
            (None, Some(_)) => "TLS",
            (Some(_), None) if !knows_clients => "authentication",
            (Some(_), _) => return Ok(()),
        };
        let address = self.address;
        Err(ServeError::Exposed { address, missing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, change: impl FnOnce(&mut ServerOptions), expected: Option<&str>) {
        let mut options = ServerOptions::new("x", address.parse().unwrap());
        change(&mut options);
        let missing = match options.expect_protection() {
            Err(ServeError::Exposed { missing, .. }) => Some(missing),
            _ => None,
        };
        assert_eq!(missing, expected, "{address}");
    }

    fn tls(client_ca: Option<&str>) -> Option<TlsOptions> {
        Some(TlsOptions {
            cert: "cert".into(),
            key: "key".into(),
            client_ca: client_ca.map(PathBuf::from),
        })
    }

    #[test]
    fn others_reach_only_what_knows_them() {
        let auth = || Some(AuthOptions::new("users"));
        for local in [
            "127.0.0.1:0",
            "127.1.2.3:0",
            "[::1]:0",
            "[::ffff:127.0.0.1]:0",
        ] {
            check(local, |_| {}, None);
        }
        for open in [
            "0.0.0.0:0",
            "192.168.1.2:0",
            "[::]:0",
            "[::ffff:10.0.0.1]:0",
        ] {
            check(open, |_| {}, Some("TLS and no authentication"));
            check(open, |o| o.auth = auth(), Some("TLS"));
            check(open, |o| o.tls = tls(None), Some("authentication"));
            check(open, |o| (o.tls, o.auth) = (tls(None), auth()), None);
            check(open, |o| o.tls = tls(Some("ca")), None);
            check(open, |o| o.insecure = true, None);
        }
    }
}
