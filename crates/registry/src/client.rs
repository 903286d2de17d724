//! One registry over HTTP: what all its operations share.

use std::sync::Mutex;

use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::Repository;
use reqwest::header::{AUTHORIZATION, HeaderMap, LOCATION};
use reqwest::{Method, Response, StatusCode, Url};

use crate::auth::Auth;
use crate::endpoint::Endpoint;
use crate::failure::senseless;
use crate::known_manifests::KnownManifests;
use crate::options::Options;
use crate::scope::{Access, Scope};
use crate::transport::Transport;

/// The most redirects that are followed for one request.
const REDIRECTS_MAX: usize = 5;

/// A client of one registry (OCI distribution specification 1.1). Cheap to share; tokens and
/// connections are kept while it lives. The repositories it is given must be of its host.
#[derive(Debug)]
pub struct Client {
    pub(crate) transport: Transport,
    auth: Auth,
    pub(crate) known: Mutex<KnownManifests>,
}

/// One request, before it is authorised.
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
    /// A client of the registry at `host`, as references write it. Connects to nothing yet.
    pub fn new(host: &str, options: &Options) -> Result<Self, RegistryError> {
        let endpoint = Endpoint::new(host, &options.plain_http)?;
        Ok(Self {
            transport: Transport::new(endpoint, options)?,
            auth: Auth::new(options.docker_config.clone()),
            known: Mutex::default(),
        })
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

    /// Sends a request and returns the answer, whatever its status. Redirects of GET and HEAD
    /// are followed.
    pub(crate) async fn send(&self, call: &Call) -> Result<Response, RegistryError> {
        let mut url = call.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let response = self.send_authorised(call, &url).await?;
            let follows = call.method == Method::GET || call.method == Method::HEAD;
            if !follows || !is_redirect(response.status()) {
                return Ok(response);
            }
            url = self.location(&response, &url)?;
        }
        let message = format!("more than {REDIRECTS_MAX} redirects");
        Err(senseless(self.host(), message))
    }

    /// Authorization goes to the registry itself and to nowhere it redirects to.
    async fn send_authorised(&self, call: &Call, url: &Url) -> Result<Response, RegistryError> {
        let home = self.transport.endpoint.is_home(url);
        let mut first = true;
        loop {
            let header = if home {
                self.auth.header(&self.transport, Some(&call.scope)).await?
            } else {
                None
            };
            let mut request = self
                .transport
                .http
                .request(call.method.clone(), url.clone())
                .headers(call.headers.clone());
            if call.method == Method::POST || call.method == Method::PUT {
                request = request.body(call.body.clone());
            }
            if let Some(value) = &header {
                request = request.header(AUTHORIZATION, value.clone());
            }
            let response = self
                .transport
                .send_retrying(&request, call.idempotent)
                .await?;
            let again = first && home && response.status() == StatusCode::UNAUTHORIZED;
            if !again || !self.auth.challenged(&response, header.as_ref()).await {
                return Ok(response);
            }
            first = false;
        }
    }

    /// The answer's `Location`, resolved against the request's address.
    pub(crate) fn location(&self, response: &Response, from: &Url) -> Result<Url, RegistryError> {
        let status = response.status().as_u16();
        let Some(target) = response.headers().get(LOCATION) else {
            let message = format!("it answered {status} without the Location header it must send");
            return Err(senseless(self.host(), message));
        };
        let url = target
            .to_str()
            .ok()
            .and_then(|target| self.transport.endpoint.resolve(from, target));
        url.ok_or_else(|| {
            let message = format!("it answered {status} with a Location that may not be followed");
            senseless(self.host(), message)
        })
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}
