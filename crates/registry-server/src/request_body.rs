//! Bodies of requests, as they come.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::api_error::ApiError;

/// A request's body. Its next bytes come within a time, or it has broken off.
pub(crate) struct RequestBody {
    chunks: BodyDataStream,
    timeout: Duration,
}

/// Why a body has no more bytes, though it was to have some.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BrokenOff;

impl RequestBody {
    pub(crate) fn new(body: Body, timeout: Duration) -> Self {
        let chunks = body.into_data_stream();
        Self { chunks, timeout }
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BrokenOff> {
        match tokio::time::timeout(self.timeout, self.chunks.next()).await {
            Ok(Some(Ok(chunk))) => Ok(Some(chunk)),
            Ok(None) => Ok(None),
            Ok(Some(Err(_))) | Err(_) => Err(BrokenOff),
        }
    }

    /// All of a body of at most `limit` bytes.
    pub(crate) async fn whole(mut self, limit: usize) -> Result<Bytes, ApiError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.next().await.map_err(|_| broken("MANIFEST_INVALID"))? {
            if whole.len() + chunk.len() > limit {
                let message = format!("manifests may have {limit} bytes at most");
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return Err(ApiError::new(status, "SIZE_INVALID", message));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }
}

/// The answer to a body that broke off; who closed the connection does not see it.
pub(crate) fn broken(code: &'static str) -> ApiError {
    ApiError::bad_request(code, "the body broke off, or did not go on in time")
}
