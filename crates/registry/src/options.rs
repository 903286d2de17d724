//! How registries are spoken to.

use std::path::PathBuf;
use std::time::Duration;

use crate::transport::proxies::Proxies;
use crate::transport::told::Telling;

/// Settings of all clients. Nothing is read from the environment here: the caller decides.
#[derive(Debug, Clone)]
pub struct Options {
    /// Hosts, as written in references, that are spoken to without TLS (what a user puts into
    /// `LIFTLOCK_PLAIN_HTTP`). Loopback hosts are, where there are no certificates for them.
    pub plain_http: Vec<String>,
    /// Docker's `config.json`. `None`, or a file that does not exist: no credentials.
    pub docker_config: Option<PathBuf>,
    /// Folders of certificates as docker's `/etc/docker/certs.d`: the first one that has a folder
    /// `HOST[:PORT]` is read, all `*.crt` in it as authorities beside the system's, and
    /// `NAME.cert` with `NAME.key` as what the client shows.
    pub certs_folders: Vec<PathBuf>,
    /// The proxies that requests go through.
    pub proxies: Proxies,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for an answer, for its next bytes, and for bytes that are uploaded to be
    /// taken.
    pub read_timeout: Duration,
    /// A folder of this user's for locks, which keep processes on this machine from overwriting
    /// each other's lists of attestations and referrers. `None`: only tasks of one process are
    /// kept apart.
    pub locks_folder: Option<PathBuf>,
    /// How failed requests are tried again.
    pub retry: Retry,
    /// Whom to tell of each request that was sent.
    pub telling: Telling,
}

/// How requests are tried again that failed in passing.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// How often after the first attempt.
    pub times: u32,
    /// The first delay; it doubles each time. Up to half of it is left out at random.
    pub delay: Duration,
    /// The longest `Retry-After` that is waited for; a longer one ends the attempts. Waiting
    /// takes up to two seconds longer, at random, and holds all requests to that host.
    pub retry_after_max: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            plain_http: Vec::new(),
            docker_config: None,
            certs_folders: Vec::new(),
            proxies: Proxies::default(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            locks_folder: None,
            retry: Retry::default(),
            telling: Telling::default(),
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            times: 3,
            delay: Duration::from_millis(250),
            retry_after_max: Duration::from_secs(30),
        }
    }
}
