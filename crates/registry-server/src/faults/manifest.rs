//! Manifests that are not given to everyone.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::api_error::ApiError;

/// Which manifests are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestFault {
    /// An OCI manifest or index is answered with 404, unless `Accept` names its media type.
    NeedsAccept,
}

impl ManifestFault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NeedsAccept => "needs-accept",
        }
    }

    pub(crate) fn after(self, headers: &HeaderMap, response: Response) -> Response {
        let media_type = response.headers().get(CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok());
        let is_oci = |text: &&str| text.starts_with("application/vnd.oci.image.");
        let Some(media_type) = media_type.filter(is_oci) else {
            return response;
        };
        if response.status().is_success() && !accepts(headers, media_type) {
            let message = "it is an OCI manifest, which Accept does not name";
            return ApiError::not_found("MANIFEST_UNKNOWN", message).into_response();
        }
        response
    }
}

fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let values = headers.get_all(ACCEPT).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.split(';').next().unwrap_or_default().trim() == media_type)
}
