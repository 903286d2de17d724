//! Ways of uploading that are missing.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::Call;
use crate::api_error::ApiError;
use crate::route::Route;

/// What opening an upload cannot do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadFault {
    /// Mount a blob, of another repository or of the same.
    NoMount(MountRefusal),
    /// Take a blob with its POST: its body is not read, and an upload is opened with 202.
    NoSinglePost,
}

/// How a mount is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountRefusal {
    /// 202, with an upload in its place.
    Upload,
    /// With this status: 400, 401, 403, 404 and 405 are seen.
    Status(u16),
}

impl UploadFault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoMount(_) => "no-mount",
            Self::NoSinglePost => "no-single-post",
        }
    }

    pub(crate) fn before(self, call: &mut Call) -> Option<Response> {
        if !matches!(call.route, Route::OpenUpload { .. }) {
            return None;
        }
        match self {
            Self::NoSinglePost => {
                call.query.remove("digest");
                None
            }
            Self::NoMount(refusal) => {
                call.query.get("mount")?;
                call.query.remove("mount");
                call.query.remove("from");
                match refusal {
                    MountRefusal::Upload => None,
                    MountRefusal::Status(status) => Some(refused(status)),
                }
            }
        }
    }
}

fn refused(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let code = match status {
        StatusCode::UNAUTHORIZED => "UNAUTHORIZED",
        StatusCode::FORBIDDEN => "DENIED",
        StatusCode::NOT_FOUND => "NAME_UNKNOWN",
        _ => "UNSUPPORTED",
    };
    ApiError::new(status, code, "blobs cannot be mounted here").into_response()
}
