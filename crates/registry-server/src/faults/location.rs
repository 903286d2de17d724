//! The `Location` of uploads.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::{HOST, LOCATION};
use axum::response::{IntoResponse as _, Response};

use super::Call;
use crate::api_error::ApiError;
use crate::app::App;
use crate::respond::set;
use crate::route::Route;

/// What an upload's `Location` is like. Without a fault it is an absolute path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocationFault {
    /// There is none.
    Missing,
    /// Relative to the request's own path (RFC 3986, section 4.2): no leading slash.
    Relative,
    /// With scheme and host, those of the request.
    Absolute,
    /// With this query, without which the upload's later requests are refused.
    Query(String),
}

impl LocationFault {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Missing => "no-location",
            Self::Relative => "relative-location",
            Self::Absolute => "absolute-location",
            Self::Query(_) => "location-query",
        }
    }

    pub(crate) fn after(
        &self,
        app: &Arc<App>,
        asked: &Route,
        headers: &HeaderMap,
        mut response: Response,
    ) -> Response {
        let Some(location) = response.headers().get(LOCATION) else {
            return response;
        };
        let location = location.to_str().unwrap_or_default().to_owned();
        let changed = match self {
            Self::Missing => {
                response.headers_mut().remove(LOCATION);
                return response;
            }
            Self::Relative => relative(asked, &location),
            Self::Absolute => {
                let host = headers.get(HOST).and_then(|host| host.to_str().ok());
                format!("{}://{}{location}", app.scheme(), host.unwrap_or_default())
            }
            Self::Query(query) => {
                // The place of a blob that is there has no state to bring back.
                let Some((_, upload)) = location.split_once("/blobs/uploads/") else {
                    return response;
                };
                app.faults
                    .remember(|memory| memory.expect_state(upload, query));
                format!("{location}?{query}")
            }
        };
        set(&mut response, LOCATION.as_str(), &changed);
        response
    }
}

/// `location`, of an upload or a blob, as seen from the path that was asked for.
fn relative(asked: &Route, location: &str) -> String {
    let within_uploads = match asked {
        Route::OpenUpload { slash, .. } => *slash,
        Route::Upload { .. } => true,
        _ => return location.to_owned(),
    };
    let last = location.rsplit('/').next().unwrap_or_default();
    match (location.contains("/blobs/uploads/"), within_uploads) {
        (true, true) => last.to_owned(),
        (true, false) => format!("uploads/{last}"),
        // A digest's colon would end a scheme.
        (false, true) => format!("../{last}"),
        (false, false) => format!("./{last}"),
    }
}

/// Refuses a request of an upload that did not bring back the query it was given.
pub(super) fn check(app: &Arc<App>, call: &Call) -> Option<Response> {
    let Route::Upload { id, .. } = &call.route else {
        return None;
    };
    let expected = app
        .faults
        .remember(|memory| memory.expected_state(id).map(str::to_owned))?;
    let query = call.request.uri().query().unwrap_or_default();
    let brought = expected
        .split('&')
        .all(|pair| query.split('&').any(|one| one == pair));
    if brought {
        return None;
    }
    let message = "the query of the upload's Location is missing";
    Some(ApiError::bad_request("BLOB_UPLOAD_INVALID", message).into_response())
}
