//! Why the registry does not run.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::auth::HtpasswdError;
use crate::tls::TlsError;

/// Why the registry does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The folder cannot be used.
    #[error("the registry's folder cannot be used: {path}: {source}")]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Another process serves this folder.
    #[error("{root} is served by {holder}; stop it, or choose another folder")]
    InUse {
        /// The folder.
        root: PathBuf,
        /// The process, as far as it is known.
        holder: String,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another address or port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Others than this machine could reach the registry, and read or change all it has.
    #[error(
        "{address} is not a loopback address, and the registry has no {missing}: whoever reaches \
         it could read and change all it has"
    )]
    Exposed {
        /// The address.
        address: SocketAddr,
        /// What it has not.
        missing: &'static str,
    },
    /// The users' file cannot be used.
    #[error(transparent)]
    Htpasswd(#[from] HtpasswdError),
    /// The certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system has no randomness for keys.
    #[error("the system has no random numbers for the registry's keys")]
    Random,
}

impl ServeError {
    pub(crate) fn in_use(root: &Path, process: Option<u32>) -> Self {
        Self::InUse {
            root: root.to_owned(),
            holder: match process {
                Some(id) => format!("another registry (process {id})"),
                None => "another registry".to_owned(),
            },
        }
    }
}
