//! Headers that describe content wrongly.

use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;

use crate::respond::{CONTENT_DIGEST, set};

/// What the answer to a HEAD says of the content. GETs of the same content stay right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadFault {
    /// This `Content-Length`.
    Length(u64),
    /// No `Docker-Content-Digest`.
    NoDigest,
}

impl HeadFault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Length(_) => "head-length",
            Self::NoDigest => "no-digest",
        }
    }

    pub(crate) fn after(self, mut response: Response) -> Response {
        if !response.status().is_success() {
            return response;
        }
        match self {
            Self::Length(bytes) => {
                set(&mut response, CONTENT_LENGTH.as_str(), &bytes.to_string());
            }
            Self::NoDigest => {
                response.headers_mut().remove(CONTENT_DIGEST);
            }
        }
        response
    }
}
