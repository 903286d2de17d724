//! Refusals (distribution specification, "Error Codes").

use std::io::{self, ErrorKind};

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use liftlock_registry::LayoutError;

/// Why a failed request failed, kept beside the answer for the observer.
#[derive(Debug, Clone)]
pub(crate) struct Failure(pub(crate) String);

/// A refusal with the specification's code.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    failure: Option<String>,
}

pub(crate) type ApiResult = Result<Response, ApiError>;

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            failure: None,
        }
    }

    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// Whether an upload is still whole after this: its body broke off, and no more.
    pub(crate) fn may_go_on(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST
    }

    pub(crate) fn method() -> Self {
        let message = "this method is not supported here";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", message)
    }

    /// Reading or writing a file failed.
    pub(crate) fn storage(error: io::Error) -> Self {
        if is_full(&error) {
            Self::full(error)
        } else {
            Self::internal(error)
        }
    }

    /// There is no room on the disk.
    fn full(failure: impl ToString) -> Self {
        let message = "the registry's disk is full";
        let mut error = Self::new(StatusCode::INSUFFICIENT_STORAGE, "UNKNOWN", message);
        error.failure = Some(failure.to_string());
        error
    }

    /// The registry's own failure: the client learns that it failed, the observer why.
    pub(crate) fn internal(failure: impl ToString) -> Self {
        let message = "the registry's storage failed; its operator can see why";
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", message);
        error.failure = Some(failure.to_string());
        error
    }
}

impl From<LayoutError> for ApiError {
    fn from(error: LayoutError) -> Self {
        match &error {
            LayoutError::Io { source, .. } if is_full(source) => Self::full(error),
            _ => Self::internal(error),
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    )
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "errors": [{ "code": self.code, "message": self.message }]
        });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            let second = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, second);
        }
        if let Some(failure) = self.failure {
            response.extensions_mut().insert(Failure(failure));
        }
        response
    }
}
