//! Why the server does not run.

use std::io;
use std::net::SocketAddr;

use liftlock_registry_server::TlsError;

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another address or port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Tokens and sessions would cross a network in the clear.
    #[error(
        "{address} is not a loopback address, and the server has no TLS: tokens could be read on \
         their way; give it a certificate, or say that it is behind a proxy which has one"
    )]
    Exposed {
        /// The address.
        address: SocketAddr,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system has no random numbers.
    #[error("the system has no random numbers for request ids")]
    Random,
}
