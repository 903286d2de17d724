//! Answers with a status of failure.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;

use super::Call;
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth;
use crate::respond::set;

/// An answer in place of the registry's. Nothing of what the request asks is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusFault {
    /// 401, as where a token has expired.
    Unauthorized {
        /// Answers once so many bytes of the request's body were read, or all of a shorter one.
        after_bytes: u64,
        /// The `WWW-Authenticate` header; the registry's own where it is not given.
        challenge: Option<String>,
    },
    /// 429.
    TooMany {
        /// The `Retry-After` header, where there is to be one.
        retry_after: Option<RetryAfter>,
    },
    /// Any other status, such as 500, 502, 503 and 504.
    Status {
        /// The status, from 400 to 599.
        status: u16,
        /// The `Retry-After` header, where there is to be one.
        retry_after: Option<RetryAfter>,
    },
}

/// The two forms of `Retry-After` (RFC 9110, section 10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// In seconds.
    Seconds(u64),
    /// As the date in so many seconds.
    Date(u64),
}

impl StatusFault {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "unauthorized",
            Self::TooMany { .. } => "too-many",
            Self::Status { .. } => "status",
        }
    }

    pub(crate) async fn answer(&self, app: &App, call: &mut Call) -> Response {
        match self {
            Self::Unauthorized {
                after_bytes,
                challenge,
            } => {
                read(std::mem::take(call.request.body_mut()), *after_bytes).await;
                let mut response = refusal(StatusCode::UNAUTHORIZED, "UNAUTHORIZED");
                let own = || auth::ended(app, call.request.headers(), &call.method, &call.route);
                let challenge = challenge.clone().unwrap_or_else(own);
                set(&mut response, WWW_AUTHENTICATE.as_str(), &challenge);
                response
            }
            Self::TooMany { retry_after } => {
                let response = refusal(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS");
                with_retry_after(response, *retry_after)
            }
            Self::Status {
                status,
                retry_after,
            } => {
                let status = StatusCode::from_u16(*status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                with_retry_after(refusal(status, "UNKNOWN"), *retry_after)
            }
        }
    }
}

fn refusal(status: StatusCode, code: &'static str) -> Response {
    ApiError::new(status, code, "a fault that was switched on").into_response()
}

fn with_retry_after(mut response: Response, retry_after: Option<RetryAfter>) -> Response {
    response.headers_mut().remove(RETRY_AFTER);
    let value = match retry_after {
        None => return response,
        Some(RetryAfter::Seconds(seconds)) => seconds.to_string(),
        Some(RetryAfter::Date(seconds)) => {
            let at = SystemTime::now().checked_add(Duration::from_secs(seconds));
            httpdate::fmt_http_date(at.unwrap_or(SystemTime::UNIX_EPOCH))
        }
    };
    set(&mut response, RETRY_AFTER.as_str(), &value);
    response
}

async fn read(body: Body, wanted: u64) {
    let mut chunks = body.into_data_stream();
    let mut left = wanted;
    while left > 0
        && let Some(Ok(chunk)) = chunks.next().await
    {
        left = left.saturating_sub(chunk.len() as u64);
    }
}
