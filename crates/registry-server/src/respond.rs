//! The shapes answers have.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use liftlock_oci::Digest;

use crate::api_error::ApiError;
use crate::known::entity_tag;

/// Names the digest of what is described.
pub(crate) const CONTENT_DIGEST: &str = "docker-content-digest";

/// Names the subject of a manifest that will be listed as its referrer.
pub(crate) const SUBJECT: &str = "oci-subject";

/// Names a tag that a push by digest was asked to write, and did.
pub(crate) const TAG: &str = "oci-tag";

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, bytes: Vec<u8>) -> Response {
    content(status, "application/json", bytes)
}

/// An answer with a body of this media type.
pub(crate) fn content(status: StatusCode, media_type: &str, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE.as_str(), media_type);
    response
}

/// `201 Created` at `location`.
pub(crate) fn created(location: &str, digest: Digest) -> Response {
    let mut response = empty(StatusCode::CREATED);
    set(&mut response, LOCATION.as_str(), location);
    set(&mut response, CONTENT_DIGEST, &digest.to_string());
    response
}

/// Names the content's digest, size and media type; for HEAD, the body is left out.
pub(crate) fn describe(response: &mut Response, media_type: &str, digest: Digest, size: u64) {
    set(response, CONTENT_TYPE.as_str(), media_type);
    set(response, CONTENT_LENGTH.as_str(), &size.to_string());
    set(response, CONTENT_DIGEST, &digest.to_string());
    set(response, ETAG.as_str(), &entity_tag(digest));
}

/// `304 Not Modified`: the client has it.
pub(crate) fn not_modified(digest: Digest) -> Response {
    let mut response = empty(StatusCode::NOT_MODIFIED);
    set(&mut response, ETAG.as_str(), &entity_tag(digest));
    response
}

/// Adds a header to those of its name; a value that no header can hold is left out.
pub(crate) fn add(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(name, value);
    }
}

/// Sets a header; a value that no header can hold is left out.
pub(crate) fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Runs what reads or writes files beside the runtime.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(ApiError::internal(error)),
    }
}
