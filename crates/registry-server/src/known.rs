//! What a client has already (RFC 9110, section 13).

use axum::http::HeaderMap;
use axum::http::header::IF_NONE_MATCH;
use liftlock_oci::Digest;

/// The entity tag of content: its digest.
pub(crate) fn entity_tag(digest: Digest) -> String {
    format!("\"{digest}\"")
}

/// Whether `If-None-Match` names this content, so that it need not be sent again.
pub(crate) fn has(headers: &HeaderMap, digest: Digest) -> bool {
    let tag = entity_tag(digest);
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*")
}
