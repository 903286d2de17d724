//! Requests over HTTP.

use std::error::Error;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode};

use super::pace::retry_after;
use super::target::PublicOnly;
use super::{Endpoint, Transport, Tried};
use crate::outgoing::Outgoing;
use crate::words::words;

/// The most that is read of an answer, in bytes.
const ANSWER_BYTES_MAX: usize = 4096;

/// Sends over HTTP: no redirect is followed, no proxy is asked, and names must lead to addresses
/// that are everyone's unless the endpoint is internal.
#[derive(Debug, Clone, Default)]
pub struct Http;

impl Transport for Http {
    async fn send(&self, endpoint: &Endpoint, request: &Outgoing, timestamp: i64) -> Tried {
        match attempt(endpoint, request, timestamp).await {
            Ok(response) => read(endpoint, response, timestamp).await,
            Err(error) => failed(why(error), None, false),
        }
    }
}

fn failed(reason: String, retry_after: Option<Duration>, refused: bool) -> Tried {
    Tried::Failed {
        reason,
        retry_after,
        refused,
    }
}

async fn attempt(
    endpoint: &Endpoint,
    request: &Outgoing,
    timestamp: i64,
) -> Result<Response, reqwest::Error> {
    let mut builder = client(endpoint)?
        .post(endpoint.target.url.clone())
        .body(request.body.clone());
    for (name, value) in &request.headers {
        builder = builder.header(*name, value);
    }
    for (name, value) in request.signed(&endpoint.keys, timestamp) {
        builder = builder.header(name, value);
    }
    if let Some(token) = &endpoint.token {
        builder = builder.bearer_auth(token.expose());
    }
    builder.send().await
}

/// A client for one try: addresses are looked up and looked at anew each time.
fn client(endpoint: &Endpoint) -> Result<Client, reqwest::Error> {
    let mut builder = Client::builder()
        .user_agent(concat!("liftlock/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .no_proxy()
        .timeout(endpoint.within)
        .pool_max_idle_per_host(0);
    if !endpoint.target.internal && !endpoint.target.is_this_machine() {
        builder = builder.dns_resolver(PublicOnly);
    }
    builder = match &endpoint.ca {
        Some(pem) => builder.tls_certs_only(Certificate::from_pem_bundle(pem)?),
        // A machine without certificates can still ask a URL that needs none.
        None if endpoint.target.url.scheme() == "http" => builder.tls_certs_only([]),
        None => builder,
    };
    builder.build()
}

async fn read(endpoint: &Endpoint, mut response: Response, now: i64) -> Tried {
    let status = response.status();
    if status.is_success() {
        return Tried::Delivered;
    }
    let asked = response.headers().get(RETRY_AFTER);
    let asked = asked.and_then(|asked| retry_after(asked.to_str().ok()?, now));
    let mut said = Vec::new();
    while said.len() < ANSWER_BYTES_MAX {
        let Ok(Some(chunk)) = response.chunk().await else {
            break;
        };
        let room = ANSWER_BYTES_MAX - said.len();
        said.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    let said = String::from_utf8_lossy(&said);
    let said = match said.trim() {
        "" => String::new(),
        // What sends our secrets back is not told.
        said if endpoint.is_secret_in(said) => ": (not shown: a secret is in it)".to_owned(),
        said => format!(": {}", words(said)),
    };
    let redirect = if status.is_redirection() {
        ", a redirect, which is not followed"
    } else {
        ""
    };
    let refused = matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::GONE
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY
    );
    failed(
        format!("status {}{redirect}{said}", status.as_u16()),
        asked,
        refused,
    )
}

/// The innermost cause, which is what can be acted on; never the URL.
fn why(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    words(&innermost.to_string())
}
