//! Requests to providers, with limits on everything that answers them.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};

use super::is_loopback;

/// The longest a request may take, with its answer.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// The longest a connection may take to be there.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Why a provider did not answer as it must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url} {why}")]
pub struct FetchError {
    /// What was asked.
    pub url: String,
    /// What is wrong with the answer.
    pub why: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Asks providers. It follows no redirect: what is configured or announced is what is asked.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    client: Client,
    /// For this machine, to which no proxy leads.
    beside: Client,
}

impl Fetcher {
    pub(crate) fn new() -> Result<Self, FetchError> {
        let built = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|e| FetchError {
                url: "https".to_owned(),
                why: format!("requests cannot be made: {}", why(&e)),
            })
        };
        let client = built(builder());
        // A machine without CA certificates can still ask itself over plain http.
        let client = client.or_else(|_| built(builder().tls_certs_only([])))?;
        let beside = built(builder().tls_certs_only([]).no_proxy())?;
        Ok(Self { client, beside })
    }

    /// Asks for `url`; anything but status 200 is an error.
    ///
    /// # Errors
    /// [`FetchError`].
    pub(crate) async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let fetched = self.ask(url, self.client(url).get(url.clone())).await?;
        if fetched.status != 200 {
            let why = format!("answered {}", fetched.status);
            return Err(failed(url, why));
        }
        Ok(fetched.body)
    }

    /// Sends a form, whichever status is answered.
    ///
    /// # Errors
    /// [`FetchError`].
    pub(crate) async fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<Fetched, FetchError> {
        let request = self.client(url).post(url.clone());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut request = request.body(encoded(form));
        if let Some((user, password)) = basic {
            // RFC 6749, section 2.3.1: each is encoded before the two are joined.
            let (user, password) = (encoded_one(user), encoded_one(password));
            request = request.basic_auth(user, Some(password));
        }
        self.ask(url, request).await
    }

    fn client(&self, url: &Url) -> &Client {
        if url.scheme() == "http" && is_loopback(url) {
            &self.beside
        } else {
            &self.client
        }
    }

    async fn ask(&self, url: &Url, request: RequestBuilder) -> Result<Fetched, FetchError> {
        let request = request.header(ACCEPT, "application/json");
        let mut response = request.send().await.map_err(|e| failed(url, why(&e)))?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        loop {
            let chunk = response.chunk().await.map_err(|e| failed(url, why(&e)))?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                let why = format!("answered more than {ANSWER_BYTES_MAX} bytes");
                return Err(failed(url, why));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Fetched { status, body })
    }
}

fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .user_agent(concat!("liftlock/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_WITHIN)
        .timeout(REQUEST_WITHIN)
}

/// A form's body (application/x-www-form-urlencoded, as the URL standard has it).
fn encoded(form: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("http://form/") else {
        return String::new();
    };
    url.query_pairs_mut().extend_pairs(form);
    url.query().unwrap_or_default().to_owned()
}

fn encoded_one(text: &str) -> String {
    let pair = encoded(&[("", text)]);
    pair.trim_start_matches('=').to_owned()
}

pub(super) fn failed(url: &Url, why: String) -> FetchError {
    let mut url = url.clone();
    url.set_query(None);
    let url = url.to_string();
    FetchError { url, why }
}

/// The innermost cause, which is what an operator can act on; never the URL.
fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "did not answer in time".to_owned();
    }
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    format!("cannot be asked: {innermost}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded() {
        assert_eq!(
            encoded(&[("a", "b c&d=é"), ("e", "")]),
            "a=b+c%26d%3D%C3%A9&e="
        );
        assert_eq!(encoded_one("=s:x%"), "%3Ds%3Ax%25");
    }
}
