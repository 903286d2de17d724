//! Requests to the server.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode, Url, redirect};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use liftlock_engine::ports::StoreError;

/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// How long an answer may take, besides what it waits for.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// The most bytes of an answer: a page of the largest entries, written as JSON text.
const ANSWER_BYTES_MAX: usize = 96 << 20;

/// A server, as an agent asks it. Clones share its connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    address: Url,
    token: Zeroizing<String>,
    is_silent: AtomicBool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It cannot be reached, or the answer broke off.
    #[error("{server} cannot be reached: {message}")]
    Unreachable {
        /// Its address.
        server: String,
        /// Why.
        message: String,
    },
    /// It says no.
    #[error("{server} refuses it: {message}")]
    Refused {
        /// Its address.
        server: String,
        /// The HTTP status.
        status: u16,
        /// A stable word.
        code: String,
        /// Why, for people.
        message: String,
    },
    /// Its answer makes no sense.
    #[error("the answer of {server} cannot be read")]
    Strange {
        /// Its address.
        server: String,
    },
}

/// What is sent beside the address.
pub(crate) enum Body<'a> {
    None,
    Bytes(&'a [u8]),
}

#[derive(Deserialize)]
struct Problem {
    error: Described,
}

#[derive(Deserialize)]
struct Described {
    code: String,
    message: String,
}

impl Client {
    /// The server at an address, asked with a token. Whether the token may be sent there is for
    /// the caller to see.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(address: Url, token: Zeroizing<String>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("liftlock-agent/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_MAX)
            .build()?;
        Ok(Self(Arc::new(Inner {
            http,
            address,
            token,
            is_silent: AtomicBool::new(false),
        })))
    }

    /// Asks with a document; `wait` is how long the server may wait itself.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        parts: &[&str],
        document: &impl Serialize,
    ) -> Result<T, AskError> {
        let bytes = serde_json::to_vec(document).map_err(|_| self.strange())?;
        let json = Some("application/json");
        self.ask((Method::POST, json), (parts, &[]), Body::Bytes(&bytes))
            .await
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        parts: &[&str],
        query: &[(&str, String)],
    ) -> Result<T, AskError> {
        self.ask((Method::GET, None), (parts, query), Body::None)
            .await
    }

    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        (method, kind): (Method, Option<&str>),
        (parts, query): (&[&str], &[(&str, String)]),
        body: Body<'_>,
    ) -> Result<T, AskError> {
        let asked = self.asked((method, kind), (parts, query), body).await;
        let silent = matches!(asked, Err(AskError::Unreachable { .. }));
        // It is said once, and again when it is over.
        match (self.0.is_silent.swap(silent, Ordering::Relaxed), &asked) {
            (false, Err(error @ AskError::Unreachable { .. })) => {
                tracing::warn!(%error, "the server is tried again until it answers");
            }
            (true, Ok(_) | Err(AskError::Refused { .. } | AskError::Strange { .. })) => {
                tracing::info!(server = %self, "the server answers again");
            }
            _ => {}
        }
        asked
    }

    async fn asked<T: DeserializeOwned>(
        &self,
        (method, kind): (Method, Option<&str>),
        (parts, query): (&[&str], &[(&str, String)]),
        body: Body<'_>,
    ) -> Result<T, AskError> {
        let mut url = self.0.address.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(["api", "v1", "work"])
                .extend(parts);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let wait = query.iter().find(|(name, _)| *name == "wait");
        let wait = wait.and_then(|(_, seconds)| seconds.parse().ok());
        let wait = Duration::from_secs(wait.unwrap_or_default());
        let request = self.0.http.request(method, url);
        let request = request
            .bearer_auth(self.0.token.as_str())
            .timeout(ANSWER_MAX + wait);
        let request = match kind {
            Some(kind) => request.header("content-type", kind),
            None => request,
        };
        let request = match body {
            Body::None => request,
            Body::Bytes(bytes) => request.body(bytes.to_vec()),
        };
        let mut answer = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| self.unreachable(&error))?
        {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                return Err(self.strange());
            }
        }
        if status.is_success() {
            let empty = bytes.is_empty();
            let bytes = if empty { b"null" } else { bytes.as_slice() };
            return serde_json::from_slice(bytes).map_err(|_| self.strange());
        }
        Err(self.refused(status, &bytes))
    }

    /// A server or proxy that is not well is one that cannot be reached.
    fn refused(&self, status: StatusCode, bytes: &[u8]) -> AskError {
        let server = self.to_string();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            let message = format!("it answers {status}");
            return AskError::Unreachable { server, message };
        }
        let problem = serde_json::from_slice::<Problem>(bytes);
        let described = problem.map_or_else(
            |_| Described {
                code: String::new(),
                message: format!("it answers {status}"),
            },
            |problem| problem.error,
        );
        AskError::Refused {
            server,
            status: status.as_u16(),
            code: described.code,
            message: described.message,
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> AskError {
        let mut innermost: &dyn std::error::Error = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        AskError::Unreachable {
            server: self.to_string(),
            message: innermost.to_string(),
        }
    }

    fn strange(&self) -> AskError {
        AskError::Strange {
            server: self.to_string(),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.address.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.to_string()).finish()
    }
}

impl AskError {
    /// Whether the answer has this code.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }
}

impl From<AskError> for StoreError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Unreachable { server, message } => Self::Silent {
                path: server,
                message,
            },
            AskError::Refused {
                server, message, ..
            } => Self::Remote {
                path: server,
                message,
            },
            AskError::Strange { server } => Self::Remote {
                path: server,
                message: "its answer cannot be read".to_owned(),
            },
        }
    }
}
