//! Bodies of requests, as they come.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::api_error::ApiError;

/// How much of an unread body is read before the answer, in bytes.
const UNREAD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How long an unread body is read before the answer.
const UNREAD_TIMEOUT: Duration = Duration::from_secs(5);

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

    /// Reads the rest of it, for nothing but the client's sake.
    pub(crate) async fn discard(&mut self) {
        read_away(&mut self.chunks).await;
    }

    /// All of a body of at most `limit` bytes.
    pub(crate) async fn whole(mut self, limit: usize) -> Result<Bytes, ApiError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.next().await.map_err(|_| broken("MANIFEST_INVALID"))? {
            if whole.len() + chunk.len() > limit {
                self.discard().await;
                let message = format!("manifests may have {limit} bytes at most");
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return Err(ApiError::new(status, "SIZE_INVALID", message));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }
}

/// Reads what a refusal left of a body, up to a limit: a connection that is closed over unread
/// bytes may take the answer, and the client's next request, with it.
pub(crate) async fn discard(body: Body) {
    read_away(&mut body.into_data_stream()).await;
}

async fn read_away(chunks: &mut BodyDataStream) {
    let read = async {
        let mut left = UNREAD_BYTES_MAX;
        while let Some(Ok(chunk)) = chunks.next().await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                return;
            }
        }
    };
    // Whether it was read to its end makes no difference to the answer.
    let _ = tokio::time::timeout(UNREAD_TIMEOUT, read).await;
}

/// The answer to a body that broke off; who closed the connection does not see it.
pub(crate) fn broken(code: &'static str) -> ApiError {
    ApiError::bad_request(code, "the body broke off, or did not go on in time")
}
