//! Parts of requests that are passed over, as an older registry does.

use axum::http::header::RANGE;

use super::Call;

/// What is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoredFault {
    /// `Range`: the whole blob is sent, with 200.
    Range,
    /// The tags in the query of a manifest's PUT by digest: none is written, and none confirmed.
    Tags,
}

impl IgnoredFault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Range => "no-range",
            Self::Tags => "no-tag-query",
        }
    }

    pub(crate) fn before(self, call: &mut Call) {
        match self {
            Self::Range => {
                call.request.headers_mut().remove(RANGE);
            }
            Self::Tags => call.query.remove("tag"),
        }
    }
}
