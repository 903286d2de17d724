//! Requests with bounded retries.

use std::time::Duration;

use liftlock_engine::ports::RegistryError;
use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, Response, StatusCode, redirect};

use crate::endpoint::Endpoint;
use crate::failure::{senseless, unreachable};
use crate::options::{Options, Retry};

const USER_AGENT: &str = concat!("liftlock/", env!("CARGO_PKG_VERSION"));

/// The connections to one registry.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) endpoint: Endpoint,
    pub(crate) retry: Retry,
}

impl Transport {
    pub(crate) fn new(endpoint: Endpoint, options: &Options) -> Result<Self, RegistryError> {
        let builder = || {
            let builder = reqwest::Client::builder()
                .user_agent(USER_AGENT)
                .redirect(redirect::Policy::none())
                .referer(false)
                .connect_timeout(options.connect_timeout)
                .read_timeout(options.read_timeout);
            if endpoint.is_loopback() {
                builder.no_proxy()
            } else {
                builder
            }
        };
        // A machine without CA certificates can still speak to a registry that needs none.
        let plain = endpoint.base.scheme() == "http";
        let http = builder()
            .build()
            .or_else(|error| {
                if plain {
                    builder().tls_certs_only([]).build()
                } else {
                    Err(error)
                }
            })
            .map_err(|error| unreachable(&endpoint.host, error))?;
        Ok(Self {
            http,
            endpoint,
            retry: options.retry,
        })
    }

    /// Sends a request, again where it may be: after a failed connection or 429 always, after a
    /// broken connection or 502, 503, 504 where the request is idempotent. The last answer is
    /// returned, whatever its status.
    pub(crate) async fn send_retrying(
        &self,
        request: &RequestBuilder,
        idempotent: bool,
    ) -> Result<Response, RegistryError> {
        let host = &self.endpoint.host;
        let mut attempt = 0;
        loop {
            let request = request
                .try_clone()
                .ok_or_else(|| senseless(host, "the request cannot be sent twice"))?;
            let result = request.send().await;
            let delay = match &result {
                Ok(response) if may_retry(response.status(), idempotent) => {
                    self.retry.delay(attempt, retry_after(response))
                }
                Err(error) if may_reconnect(error, idempotent) => self.retry.delay(attempt, None),
                _ => None,
            };
            match delay {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return result.map_err(|error| unreachable(host, error)),
            }
            attempt += 1;
        }
    }
}

/// A registry that fell silent in mid-answer was waited for long enough.
fn may_reconnect(error: &reqwest::Error, idempotent: bool) -> bool {
    error.is_connect() || (idempotent && !error.is_timeout())
}

fn may_retry(status: StatusCode, idempotent: bool) -> bool {
    match status {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            idempotent
        }
        _ => false,
    }
}

/// `Retry-After` in seconds; the date form is rare among registries and is not waited for.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}
