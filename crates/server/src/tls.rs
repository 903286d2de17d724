//! TLS with certificates that are read again when their files change.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use liftlock_registry_server::{TlsError, TlsOptions, server_config};
use tokio_rustls::rustls::ServerConfig;

use crate::config::TlsFiles;

/// How long the files are not looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A certificate, as its files say now.
#[derive(Clone)]
pub(crate) struct Tls(Arc<Mutex<Loaded>>);

struct Loaded {
    options: TlsOptions,
    config: Arc<ServerConfig>,
    seen: Seen,
    looked: Instant,
}

/// What tells one content of the two files from another.
type Seen = [Option<(SystemTime, u64)>; 2];

impl Tls {
    /// Reads the files.
    pub(crate) fn open(files: &TlsFiles) -> Result<Self, TlsError> {
        let options = TlsOptions {
            cert: files.cert.clone(),
            key: files.key.clone(),
            client_ca: None,
        };
        // Looked at before they are read: a change in between is seen the next time.
        let seen = look(&options);
        let loaded = Loaded {
            config: Arc::new(server_config(&options)?),
            options,
            seen,
            looked: Instant::now(),
        };
        Ok(Self(Arc::new(Mutex::new(loaded))))
    }

    /// For the next handshake. Files that cannot be used, as while they are replaced, change
    /// nothing: the certificate from before stays.
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.looked.elapsed() >= LOOK_AGAIN {
            loaded.refresh();
        }
        Arc::clone(&loaded.config)
    }
}

impl Loaded {
    fn refresh(&mut self) {
        self.looked = Instant::now();
        let seen = look(&self.options);
        if seen == self.seen {
            return;
        }
        match server_config(&self.options) {
            Ok(config) => {
                self.config = Arc::new(config);
                tracing::info!("the certificate was read again");
            }
            Err(error) => {
                tracing::warn!(%error, "the changed certificate cannot be used; the one before stays");
            }
        }
        self.seen = seen;
    }
}

fn look(options: &TlsOptions) -> Seen {
    [&options.cert, &options.key].map(|path| look_at(path))
}

fn look_at(path: &Path) -> Option<(SystemTime, u64)> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}
