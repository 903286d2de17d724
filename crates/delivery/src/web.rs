//! GET requests, with limits on everything that answers them.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use liftlock_core::policy::SecretFrom;
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Response, Url};

use crate::local::LocalDelivery;
use crate::secret::Secret;

/// The most that is read of a body, in bytes; the rest is not looked at.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The most redirects that are followed.
const REDIRECTS_MAX: usize = 5;

/// What answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body's first [`BODY_BYTES_MAX`] bytes.
    pub(crate) body: Vec<u8>,
    /// Where the answer redirects to.
    pub(crate) not_followed: Option<Url>,
}

/// A URL, and a client for it.
#[derive(Debug)]
pub(crate) struct Site {
    client: reqwest::Client,
    url: Url,
    token: Option<Secret>,
}

impl Site {
    /// A client for `url`. It follows redirects on its host alone; none where `follows` is not
    /// given, and none with a token, which is sent over https or to this machine only.
    ///
    /// # Errors
    /// One line on what cannot be used.
    pub(crate) async fn open(
        local: &LocalDelivery,
        url: &str,
        (ca, token): (Option<&str>, Option<&SecretFrom>),
        follows: bool,
    ) -> Result<Self, String> {
        let url: Url = url
            .parse()
            .map_err(|e| format!("the URL cannot be used: {e}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            let scheme = url.scheme();
            return Err(format!("the URL is {scheme}, expected http or https"));
        }
        if token.is_some() && url.scheme() != "https" && !is_loopback(&url) {
            return Err("a token is sent over https only, or to this machine".to_owned());
        }
        let roots = match ca {
            Some(file) => Some(certificates(local, file).await?),
            None => None,
        };
        let follows = follows && token.is_none();
        let client =
            client(&url, follows, roots).map_err(|e| format!("requests cannot be made: {e}"))?;
        let token = match token {
            Some(from) => Some(Secret::read(local, from).await?),
            None => None,
        };
        Ok(Self { client, url, token })
    }

    /// The URL.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Asks for the URL itself.
    ///
    /// # Errors
    /// As [`Site::ask`].
    pub(crate) async fn get(&self, within: Duration) -> Result<Answer, String> {
        self.ask(&self.url, within).await
    }

    /// Asks once; the body must have come within `within` too.
    ///
    /// # Errors
    /// One line that says why there is no whole answer.
    pub(crate) async fn ask(&self, url: &Url, within: Duration) -> Result<Answer, String> {
        let mut request = self.client.get(url.clone()).timeout(within);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        let mut response = request.send().await.map_err(why)?;
        let status = response.status().as_u16();
        let not_followed = redirect(&response);
        let headers = response.headers().clone();
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
            headers,
            body,
            not_followed,
        })
    }
}

/// The certificates in a file that the policy names.
async fn certificates(local: &LocalDelivery, file: &str) -> Result<Vec<Certificate>, String> {
    let pem = tokio::fs::read(local.base_dir().join(file)).await;
    let pem = pem.map_err(|e| format!("{file} cannot be read: {e}"))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        Ok(_) => Err(format!("{file} has no certificate in it")),
        Err(error) => Err(format!("{file} cannot be used: {}", why(error))),
    }
}

fn client(
    url: &Url,
    follows: bool,
    roots: Option<Vec<Certificate>>,
) -> Result<reqwest::Client, String> {
    let builder = || {
        let policy = if follows { same_host() } else { Policy::none() };
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
    if let Some(roots) = roots {
        return builder().tls_certs_only(roots).build().map_err(why);
    }
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
        .map_err(why)
}

/// The URL without what may be secret in it.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for a URL without a host, which has no user either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
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
