//! Users and TLS of `liftlock registry serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use liftlock_registry_server::{AuthOptions, ServerOptions, TlsOptions};

/// Who gets in, and how.
#[derive(Debug, Args)]
pub(super) struct Protection {
    /// Let only users in; their names and passwords' hashes are in FILE, as `htpasswd -B` writes it
    #[arg(long, value_name = "FILE")]
    htpasswd: Option<PathBuf>,
    /// Let anyone pull; with bearer tokens, which docker needs for that
    #[arg(long, requires = "htpasswd")]
    anonymous_pull: bool,
    /// Ask clients for bearer tokens, which are given at /token
    #[arg(long, requires = "htpasswd")]
    tokens: bool,
    /// Serve HTTPS with this certificate, and those between it and its root
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Let only clients in whose certificate one of these roots signed
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
    /// Listen anywhere without TLS and users, where something else protects the registry
    #[arg(long)]
    insecure: bool,
}

impl Protection {
    /// What is to be said before the registry listens.
    pub(super) fn warning(&self, address: SocketAddr) -> Option<String> {
        let is_local = address.ip().to_canonical().is_loopback();
        let without_tls = "the registry has no TLS: passwords and content can be read on their way";
        let without_users = "the registry has no users: whoever reaches it can change all it has";
        match (&self.tls_cert, &self.htpasswd, &self.tls_client_ca) {
            _ if is_local || !self.insecure => None,
            (Some(_), None, None) => Some(without_users.to_owned()),
            (Some(_), _, _) => None,
            (None, Some(_), _) => Some(without_tls.to_owned()),
            (None, None, _) => Some(format!("{without_tls}; {without_users}")),
        }
    }

    pub(super) fn apply(self, options: &mut ServerOptions) {
        options.insecure = self.insecure;
        options.auth = self.htpasswd.map(|file| AuthOptions {
            anonymous_pull: self.anonymous_pull,
            tokens: self.tokens || self.anonymous_pull,
            ..AuthOptions::new(file)
        });
        let pair = self.tls_cert.zip(self.tls_key);
        options.tls = pair.map(|(cert, key)| TlsOptions {
            cert,
            key,
            client_ca: self.tls_client_ca,
        });
    }
}
