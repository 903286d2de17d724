//! Errors of the API: one form, with a stable code.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer that is an error: `{"version":1,"error":{"code","message","hint","details"}}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The answer's status.
    pub status: StatusCode,
    /// A stable word for programs.
    pub code: Cow<'static, str>,
    /// What is wrong, for people.
    pub message: String,
    /// What to do, where the message does not say it.
    pub hint: Option<String>,
    /// More for programs.
    pub details: Box<Value>,
    /// After how many seconds to try again.
    pub retry_after: Option<u32>,
}

/// That an answer has the form already; with the code, for logs and metrics.
#[derive(Debug, Clone)]
pub(crate) struct IsProblem(pub(crate) Cow<'static, str>);

impl Problem {
    /// A problem without a hint.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            hint: None,
            details: Box::default(),
            retry_after: None,
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With more for programs.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = Box::new(details);
        self
    }

    /// With the seconds after which to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
        self
    }

    /// Nobody is known to be asking.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "this needs a caller who is known",
        )
        .hint("send a token in the Authorization header, or log in")
    }

    /// There is nothing of that name.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", message)
    }

    /// The server's own fault, of which the caller is told nothing more: `cause` goes to the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server failed; its log says why",
        )
    }

    /// What a status that some library gave means, where nothing better is known.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let (code, message) = match status {
            StatusCode::BAD_REQUEST => ("bad-request", "the request cannot be read"),
            StatusCode::NOT_FOUND => ("not-found", "there is no such resource"),
            StatusCode::METHOD_NOT_ALLOWED => (
                "method-not-allowed",
                "the resource does not have this method",
            ),
            StatusCode::REQUEST_TIMEOUT => ("request-timeout", "the request took too long to come"),
            StatusCode::PAYLOAD_TOO_LARGE => ("too-large", "the request's body is too large"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                "unsupported-media-type",
                "the request's body is not of the expected type",
            ),
            StatusCode::UNPROCESSABLE_ENTITY => (
                "invalid",
                "the request's content does not have the expected form",
            ),
            status if status.is_server_error() => {
                ("internal", "the server failed; its log says why")
            }
            _ => ("refused", "the request was refused"),
        };
        Self::new(status, code, message)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = json!({
            "version": 1,
            "error": {
                "code": self.code,
                "message": self.message,
                "hint": self.hint,
                "details": self.details,
            },
        });
        let mut response = (self.status, Json(document)).into_response();
        response.extensions_mut().insert(IsProblem(self.code));
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
