//! One registry over HTTP: what all its operations share.

use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::Repository;
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

use crate::auth::Auth;
use crate::auth::scope::{Access, Scope};
use crate::failure::senseless;
use crate::known_manifests::KnownManifests;
use crate::known_ways::KnownWays;
use crate::options::Options;
use crate::transport::Transport;

/// A client of one registry (OCI distribution specification 1.1). A clone is the same client:
/// tokens, connections and what was learned about the registry are shared, and kept while one of
/// them lives. The repositories it is given must be of its host.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) transport: Arc<Transport>,
    pub(crate) auth: Arc<Auth>,
    pub(crate) known: Arc<Mutex<KnownManifests>>,
    pub(crate) ways: Arc<KnownWays>,
    pub(crate) locks_folder: Option<Arc<Path>>,
}

/// One request, before it is authorised.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) scope: Scope,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether it may be sent again when it is not known whether it arrived.
    pub(crate) idempotent: bool,
}

impl Client {
    /// A client of the registry at `host`, as references write it. Reads the certificates for
    /// it, and connects to nothing yet.
    pub fn new(host: &str, options: &Options) -> Result<Self, RegistryError> {
        Ok(Self {
            transport: Arc::new(Transport::new(host, options)?),
            auth: Arc::new(Auth::new(options.docker_config.clone())),
            known: Arc::default(),
            ways: Arc::default(),
            locks_folder: options.locks_folder.as_deref().map(Arc::from),
        })
    }

    /// Says that blobs will be mounted from one repository into another, so that one token is
    /// asked for both.
    pub(crate) fn expect_mounts(&self, into: &Repository, from: &Repository) {
        self.auth.expect(Scope::mount(into, from));
    }

    /// Says that a repository will be written to, so that what is only read before asks for the
    /// token that writes.
    pub(crate) fn expect_writes(&self, to: &Repository) {
        self.auth.expect(Scope::new(to, Access::Push));
    }

    /// The registry's host, as references write it.
    pub fn host(&self) -> &str {
        &self.transport.endpoint.host
    }

    /// A request to `/v2/<repository>/<rest>`.
    pub(crate) fn call(
        &self,
        method: Method,
        repository: &Repository,
        access: Access,
        rest: &str,
    ) -> Result<Call, RegistryError> {
        let path = format!("v2/{}/{rest}", repository.path());
        let url = self.transport.endpoint.base.join(&path);
        Ok(Call {
            idempotent: method != Method::POST,
            method,
            url: url.map_err(|error| senseless(self.host(), error.to_string()))?,
            scope: Scope::new(repository, access),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        })
    }
}
