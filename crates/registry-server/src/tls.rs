//! TLS: certificates from files, and the handshake.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// HTTP/2, as ALPN names it.
const HTTP_2: &[u8] = b"h2";

/// The certificates of a registry. The files are read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsOptions {
    /// The registry's certificate and those between it and its root, in PEM.
    pub cert: PathBuf,
    /// The certificate's private key, in PEM.
    pub key: PathBuf,
    /// Roots of clients' certificates, in PEM: without such a certificate nobody connects.
    pub client_ca: Option<PathBuf>,
}

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file does not hold what it is to hold.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: pem::Error,
    },
    /// A file holds no certificate.
    #[error("{path} holds no certificate in PEM")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The certificates or the key cannot be used, or do not belong together.
    #[error("the certificate {path} and its key cannot be used: {source}")]
    Pair {
        /// The certificate's file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rustls::Error,
    },
    /// A root of clients' certificates cannot be used.
    #[error("the clients' root {path} cannot be used: {source}")]
    ClientCa {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rustls::Error,
    },
    /// Clients cannot be verified against these roots.
    #[error("clients cannot be verified against {path}: {source}")]
    Verifier {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: VerifierBuilderError,
    },
}

/// What makes a connection one with TLS.
#[derive(Clone)]
pub(crate) struct Tls(TlsAcceptor);

impl Tls {
    /// Reads the files.
    pub(crate) fn open(options: &TlsOptions) -> Result<Self, TlsError> {
        let config = server_config(options)?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// The handshake; with it, whether the client chose HTTP/2.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<(TlsStream<TcpStream>, bool)> {
        let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, self.0.accept(stream));
        let stream = handshake.await.map_err(io::Error::other)??;
        let is_http_2 = stream.get_ref().1.alpn_protocol() == Some(HTTP_2);
        Ok((stream, is_http_2))
    }
}

/// What a server of these certificates does in a handshake: TLS 1.2 and 1.3, HTTP/2 and 1.1.
///
/// # Errors
/// [`TlsError`] where the files cannot be used.
pub fn server_config(options: &TlsOptions) -> Result<ServerConfig, TlsError> {
    let certificates = certificates(&options.cert)?;
    let key = PrivateKeyDer::from_pem_file(&options.key);
    let key = key.map_err(|source| file_error(&options.key, source))?;
    let pair = |source| TlsError::Pair {
        path: options.cert.clone(),
        source,
    };
    let provider = Arc::new(default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(pair)?;
    let config = match &options.client_ca {
        None => config.with_no_client_auth(),
        Some(path) => {
            let roots = Arc::new(roots(path)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            let verifier = verifier.build().map_err(|source| TlsError::Verifier {
                path: path.clone(),
                source,
            })?;
            config.with_client_cert_verifier(verifier)
        }
    };
    let mut config = config.with_single_cert(certificates, key).map_err(pair)?;
    config.alpn_protocols = vec![HTTP_2.to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let file = CertificateDer::pem_file_iter(path);
    let all: Result<Vec<_>, _> = file.and_then(Iterator::collect);
    let all = all.map_err(|source| file_error(path, source))?;
    if all.is_empty() {
        let path = path.to_owned();
        return Err(TlsError::Empty { path });
    }
    Ok(all)
}

fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let added = roots.add(certificate);
        added.map_err(|source| TlsError::ClientCa {
            path: path.to_owned(),
            source,
        })?;
    }
    Ok(roots)
}

fn file_error(path: &Path, source: pem::Error) -> TlsError {
    TlsError::File {
        path: path.to_owned(),
        source,
    }
}
