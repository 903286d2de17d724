//! Referrers that are not listed.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Method;
use axum::response::{IntoResponse as _, Response};
use liftlock_oci::Digest;

use super::Call;
use crate::api_error::ApiError;
use crate::app::App;
use crate::respond::{CONTENT_DIGEST, SUBJECT};
use crate::route::Route;

/// The largest list that is changed, in bytes: more than the registry ever sends.
const LIST_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a registry makes of referrers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferrersFault {
    /// The referrers API answers with 404.
    NoApi {
        /// Whether a PUT of a manifest with a subject says `OCI-Subject` nevertheless.
        subject: bool,
    },
    /// A PUT says `OCI-Subject`, but the manifest is never listed.
    FalseSubject,
    /// The manifest is missing in the first lists after its PUT.
    Stale {
        /// In how many lists.
        reads: u64,
    },
}

impl ReferrersFault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoApi { .. } => "no-referrers",
            Self::FalseSubject => "false-subject",
            Self::Stale { .. } => "stale-referrers",
        }
    }

    pub(crate) fn before(self, call: &Call) -> Option<Response> {
        let asks = matches!(call.route, Route::Referrers { .. }) && call.method == Method::GET;
        (asks && matches!(self, Self::NoApi { .. })).then(|| {
            ApiError::not_found("NAME_UNKNOWN", "there is no referrers API").into_response()
        })
    }

    pub(crate) fn after(self, app: &Arc<App>, asked: &Route, mut response: Response) -> Response {
        let reads = match self {
            Self::NoApi { subject } => {
                if !subject {
                    response.headers_mut().remove(SUBJECT);
                }
                return response;
            }
            Self::FalseSubject => None,
            Self::Stale { reads } => Some(reads),
        };
        let subject = digest_in(&response, SUBJECT);
        let referrer = digest_in(&response, CONTENT_DIGEST);
        if let (Some(subject), Some(referrer), Some(name)) = (subject, referrer, asked.repository())
        {
            app.faults
                .remember(|memory| memory.hide(name, subject, referrer, reads));
        }
        response
    }
}

fn digest_in(response: &Response, header: &str) -> Option<Digest> {
    let value = response.headers().get(header)?;
    value.to_str().ok()?.parse().ok()
}

/// Takes out of a list what it is not to show yet.
pub(super) async fn read(app: &Arc<App>, asked: &Route, response: Response) -> Response {
    let Route::Referrers { name, digest } = asked else {
        return response;
    };
    let Ok(subject) = digest.parse() else {
        return response;
    };
    let hidden = app
        .faults
        .remember(|memory| memory.read_hidden(name, subject));
    if hidden.is_empty() || !response.status().is_success() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LIST_BYTES_MAX).await else {
        return ApiError::internal("a list of referrers could not be read").into_response();
    };
    Response::from_parts(parts, Body::from(without(&bytes, &hidden)))
}

fn without(list: &[u8], hidden: &[Digest]) -> Vec<u8> {
    let Ok(mut list) = serde_json::from_slice::<serde_json::Value>(list) else {
        return list.to_vec();
    };
    if let Some(manifests) = list["manifests"].as_array_mut() {
        manifests.retain(|one| {
            let digest = one["digest"].as_str().and_then(|text| text.parse().ok());
            digest.is_none_or(|digest: Digest| !hidden.contains(&digest))
        });
    }
    list.to_string().into_bytes()
}
