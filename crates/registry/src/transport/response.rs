//! Answers whose silence ends.

use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// An answer of a registry. Its body is read with a limit to how long the next bytes may take.
#[derive(Debug)]
pub(crate) struct Response {
    inner: reqwest::Response,
    silence_max: Duration,
}

/// Why an exchange with a registry came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// No connection, or one that broke.
    #[error(transparent)]
    Connection(#[from] reqwest::Error),
    /// The other side fell silent.
    #[error("nothing came for {} s", .0.as_secs_f64())]
    Silent(Duration),
}

impl Response {
    pub(crate) fn new(inner: reqwest::Response, silence_max: Duration) -> Self {
        Self { inner, silence_max }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.inner.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// The length of the body in bytes, where it is announced.
    pub(crate) fn content_length(&self) -> Option<u64> {
        self.inner.content_length()
    }

    /// The next bytes of the body, or `None` after the last.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Broken> {
        match tokio::time::timeout(self.silence_max, self.inner.chunk()).await {
            Ok(chunk) => Ok(chunk?),
            Err(_) => Err(Broken::Silent(self.silence_max)),
        }
    }
}
