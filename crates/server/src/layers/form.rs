//! Errors that a library answered, brought into the form of ours.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::layers::body::Lateness;
use crate::problem::{IsProblem, Problem};

/// The most bytes of a library's words that are passed on.
const WORDS_MAX: usize = 1024;

pub(super) async fn layer(mut request: Request, next: Next) -> Response {
    let lateness = Lateness::default();
    request.extensions_mut().insert(lateness.clone());
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    if lateness.is_late() {
        return Problem::of_status(StatusCode::REQUEST_TIMEOUT).into_response();
    }
    if response.extensions().get::<IsProblem>().is_some() {
        return response;
    }
    reformed(response, status).await
}

async fn reformed(response: Response, status: StatusCode) -> Response {
    let allow = response.headers().get(ALLOW).cloned();
    let is_text = response.headers().get(CONTENT_TYPE);
    let is_text = is_text.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let mut problem = Problem::of_status(status);
    if is_text && status.is_client_error() {
        let words = to_bytes(response.into_body(), WORDS_MAX).await;
        let words = words.unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        if !words.trim().is_empty() {
            problem.message = words.trim().to_owned();
        }
    }
    let mut response = problem.into_response();
    if let Some(allow) = allow {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}
