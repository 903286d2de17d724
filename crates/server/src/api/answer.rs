//! An answer as one document.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use liftlock_oci::Digest;
use liftlock_verbs::{Done, Failure};
use serde_json::Value;

use super::errors::status;
use crate::problem::IsProblem;

/// How something that was asked ended.
pub(super) type Ended = Result<Done, Failure>;

/// The document of how it ended.
pub(super) fn document(name: &str, ended: &Ended) -> Value {
    match ended {
        Ok(done) => done.document(name),
        Err(failure) => failure.document(name),
    }
}

/// The answer to what was asked.
pub(super) fn answer(name: &str, ended: &Ended) -> Response {
    let document = Json(document(name, ended));
    match ended {
        Ok(_) => document.into_response(),
        Err(failure) => {
            let mut response = (status(failure), document).into_response();
            response
                .extensions_mut()
                .insert(IsProblem(failure.code.clone()));
            response
        }
    }
}

/// The answer to a question: with the digest of its content, and none where the client has it.
pub(super) fn cached(name: &str, ended: &Ended, headers: &HeaderMap) -> Response {
    if ended.is_err() {
        return answer(name, ended);
    }
    let bytes = document(name, ended).to_string().into_bytes();
    let tag = format!("\"{}\"", Digest::of(&bytes).hex());
    let known = headers.get_all(IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok());
    let is_known = known.flat_map(|list| list.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    });
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => {
            let json = HeaderValue::from_static("application/json");
            ([(axum::http::header::CONTENT_TYPE, json)], bytes).into_response()
        }
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}
