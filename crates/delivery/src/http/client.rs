//! One GET request, with limits on everything that answers it.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Response, Url};

/// The most that is read of a body, in bytes; the rest is not looked at.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The most redirects that are followed.
const REDIRECTS_MAX: usize = 5;

/// What answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The body's first [`BODY_BYTES_MAX`] bytes.
    pub(super) body: Vec<u8>,
    /// Where the answer redirects to.
    pub(super) not_followed: Option<Url>,
}

/// A client for one URL.
#[derive(Debug)]
pub(super) struct Client(reqwest::Client);

impl Client {
    /// A client for `url`, which follows redirects on its host alone, and none where the
    /// redirect itself is what is wanted.
    pub(super) fn new(url: &Url, redirect_wanted: bool) -> Result<Self, String> {
        let builder = || {
            let policy = if redirect_wanted {
                Policy::none()
            } else {
                same_host()
            };
            let builder = reqwest::Client::builder()
                .user_agent(concat!("liftlock/", env!("CARGO_PKG_VERSION")))
                .redirect(policy)
                // Each try asks anew, as a new user would.
                .pool_max_idle_per_host(0);
            if is_loopback(url) {
                builder.no_proxy()
            } else {
                builder
            }
        };
        // A machine without CA certificates can still ask a URL that needs none.
        let plain = url.scheme() == "http";
        builder()
            .build()
            .or_else(|error| {
                if plain {
                    builder().tls_certs_only([]).build()
                } else {
                    Err(error)
                }
            })
            .map(Self)
            .map_err(why)
    }

    /// Asks once; the body must have come within `within` too.
    ///
    /// # Errors
    /// One line that says why there is no whole answer.
    pub(super) async fn get(&self, url: &Url, within: Duration) -> Result<Answer, String> {
        let request = self.0.get(url.clone()).timeout(within);
        let mut response = request.send().await.map_err(why)?;
        let status = response.status().as_u16();
        let not_followed = redirect(&response);
        let mut body = Vec::new();
        while body.len() < BODY_BYTES_MAX {
            let chunk = response.chunk().await;
            let chunk = chunk.map_err(|e| format!("status {status}, then {}", why(e)))?;
            let Some(chunk) = chunk else { break };
            let room = BODY_BYTES_MAX - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        Ok(Answer {
            status,
            body,
            not_followed,
        })
    }
}

/// Stops, with the redirect as the answer, before another host and after [`REDIRECTS_MAX`].
fn same_host() -> Policy {
    Policy::custom(|attempt| {
        let first = attempt.previous().first();
        let same = first.is_some_and(|first| first.host() == attempt.url().host());
        if same && attempt.previous().len() <= REDIRECTS_MAX {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

fn redirect(response: &Response) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let to = response.headers().get(LOCATION)?.to_str().ok()?;
    response.url().join(to).ok()
}

/// Whether the host is this machine by its name or address: a proxy means another.
fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    let name = host.trim_end_matches('.');
    address.is_ok_and(|a| a.is_loopback()) || name == "localhost" || name.ends_with(".localhost")
}

/// The error's innermost cause, which is what a user can act on; never the URL.
fn why(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_by_name_and_address() {
        for url in [
            "http://localhost/",
            "http://a.localhost:80/",
            "http://127.0.0.1/",
            "http://127.9.9.9/",
            "http://[::1]:8080/",
        ] {
            assert!(is_loopback(&url.parse().unwrap()), "{url}");
        }
        for url in [
            "http://example.com/",
            "http://localhost.example.com/",
            "http://10.0.0.1/",
        ] {
            assert!(!is_loopback(&url.parse().unwrap()), "{url}");
        }
    }
}
