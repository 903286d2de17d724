//! Certificates, as docker keeps them: a folder for each registry, `certs.d/HOST[:PORT]/`, with
//! `*.crt` for certificate authorities, and `NAME.cert` with `NAME.key` for the client itself
//! (docker's documentation, "Verify repository client with certificates").

use std::error::Error as StdError;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use liftlock_engine::ports::RegistryError;
use reqwest::tls::{Certificate, Identity};
use reqwest::{Client, ClientBuilder};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::failure::content;

/// The largest certificate file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The most files that one registry's folder may hold.
const FILES_MAX: usize = 100;

/// How an objection of the other side reads.
const ALERT: &str = "received fatal alert";

/// How it reads where the other side misses the client's certificate.
const NO_CERTIFICATE: &str = "received fatal alert: CertificateRequired";

/// What is trusted beside the system's certificate authorities, and what the client shows.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    authorities: Vec<Certificate>,
    identity: Option<Identity>,
}

impl Tls {
    /// Reads the folder of `host` in the first of these folders that has one.
    pub(crate) fn read(folders: &[PathBuf], host: &str) -> Result<Option<Self>, RegistryError> {
        for folder in folders {
            let folder = folder.join(host);
            match std::fs::read_dir(&folder) {
                Ok(entries) => return Self::from_files(files(&folder, entries)?).map(Some),
                Err(error) if is_no_folder(&error) => {}
                Err(error) => return Err(unusable(&folder, error)),
            }
        }
        Ok(None)
    }

    fn from_files(files: Vec<PathBuf>) -> Result<Self, RegistryError> {
        let mut tls = Self::default();
        let with = |extension: &'static str| {
            let has = move |file: &&PathBuf| file.extension().is_some_and(|e| e == extension);
            files.iter().filter(has)
        };
        for file in with("crt") {
            tls.authorities.extend(authorities(file)?);
        }
        for key in with("key") {
            if !key.with_extension("cert").exists() {
                return Err(unusable(
                    key,
                    "the certificate for it, NAME.cert, is missing",
                ));
            }
        }
        let mut certs = with("cert");
        if let Some(cert) = certs.next() {
            tls.identity = Some(identity(cert)?);
        }
        match certs.next() {
            Some(second) => Err(unusable(
                second,
                "one client certificate is allowed, not two",
            )),
            None => Ok(tls),
        }
    }

    /// Completes a client that speaks TLS.
    pub(crate) fn build(&self, builder: ClientBuilder) -> reqwest::Result<Client> {
        let builder = match &self.identity {
            Some(identity) => builder.identity(identity.clone()),
            None => builder,
        };
        builder.tls_certs_merge(self.authorities.clone()).build()
    }
}

// Keys are in there.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("authorities", &self.authorities.len())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

/// Whether a connection failed over certificates or the protocol itself: what was not accepted
/// once will not be accepted when it is tried again.
pub(crate) fn is_about_tls(error: &(dyn StdError + 'static)) -> bool {
    reason(error).is_some() || says(error, ALERT)
}

/// What to do about a failed TLS connection to `host`.
pub(crate) fn advice(host: &str, error: &(dyn StdError + 'static)) -> Option<String> {
    if says(error, NO_CERTIFICATE) {
        return Some(format!(
            "put your certificate and key into /etc/docker/certs.d/{host}/client.cert and \
             client.key"
        ));
    }
    match reason(error)? {
        // A renewed authority may have the name of the one that is known.
        rustls::Error::InvalidCertificate(
            rustls::CertificateError::UnknownIssuer | rustls::CertificateError::BadSignature,
        ) => Some(format!(
            "put the certificate of its authority into /etc/docker/certs.d/{host}/ca.crt"
        )),
        rustls::Error::InvalidMessage(_) => Some(format!(
            "if it speaks plain HTTP, allow that with LIFTLOCK_PLAIN_HTTP={host}"
        )),
        _ => None,
    }
}

/// Whether an error or one of its sources says this. Over HTTP/2, what the other side objects to
/// is passed on as text alone.
fn says(error: &(dyn StdError + 'static), text: &str) -> bool {
    error.to_string().contains(text) || error.source().is_some_and(|source| says(source, text))
}

fn reason<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    if let Some(found) = error.downcast_ref::<rustls::Error>() {
        return Some(found);
    }
    // An IO error gives the source of what it holds as its own, and not what it holds.
    let io = error.downcast_ref::<std::io::Error>();
    match io.and_then(std::io::Error::get_ref) {
        Some(held) => reason(held),
        None => reason(error.source()?),
    }
}

fn files(folder: &Path, entries: std::fs::ReadDir) -> Result<Vec<PathBuf>, RegistryError> {
    let mut files = Vec::new();
    for entry in entries {
        files.push(entry.map_err(|error| unusable(folder, error))?.path());
        if files.len() > FILES_MAX {
            return Err(unusable(folder, format!("more than {FILES_MAX} files")));
        }
    }
    files.sort();
    Ok(files)
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, RegistryError> {
    let bytes = read(file)?;
    let mut found = Vec::new();
    for der in CertificateDer::pem_slice_iter(&bytes) {
        let der = der.map_err(|error| unusable(file, format!("not a certificate: {error}")))?;
        // Read here, where it is known which file it is from.
        let added = rustls::RootCertStore::empty().add(der.clone());
        added.map_err(|error| unusable(file, format!("not an authority: {error}")))?;
        found.push(Certificate::from_der(&der).map_err(|error| unusable(file, error))?);
    }
    match found.is_empty() {
        true => Err(unusable(file, "there is no certificate in it (PEM)")),
        false => Ok(found),
    }
}

fn identity(cert: &Path) -> Result<Identity, RegistryError> {
    let key = cert.with_extension("key");
    if !key.exists() {
        return Err(unusable(cert, "the key for it, NAME.key, is missing"));
    }
    let mut pem = read(cert)?;
    pem.push(b'\n');
    pem.extend(read(&key)?);
    let usable = Identity::from_pem(&pem).and_then(|identity| {
        let builder = Client::builder().tls_certs_only([]);
        builder.identity(identity.clone()).build()?;
        Ok(identity)
    });
    // What went wrong is not shown: it might quote the key.
    usable.map_err(|_| {
        let message = format!(
            "it is not a certificate with its key {} (PEM)",
            key.display()
        );
        unusable(cert, message)
    })
}

fn read(file: &Path) -> Result<Vec<u8>, RegistryError> {
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(|error| unusable(file, error))?;
    let read = opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| unusable(file, error))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(unusable(file, format!("more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

fn is_no_folder(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}

fn unusable(path: &Path, reason: impl ToString) -> RegistryError {
    content(path.display().to_string(), reason.to_string())
}
