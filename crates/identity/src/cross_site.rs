//! What keeps other sites' pages from acting with somebody's cookie.
//!
//! A request that changes something by cookie must come from our own pages: the browser says so in
//! `Sec-Fetch-Site` or `Origin`, and the page has read the session's token from us, which no other
//! site's page can.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, ORIGIN};

use crate::Secret;

/// The header with the session's token against forged requests.
pub const CSRF_HEADER: &str = "liftlock-csrf";

/// Browsers say here from where a request came (W3C Fetch Metadata).
static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request with a cookie might be another site's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CrossSite {
    /// The browser says that another site's page made it.
    #[error("the request was made by another site's page")]
    Site,
    /// The origin is another one.
    #[error("the request's Origin is not this server's address")]
    Origin,
    /// The browser says nothing about where it comes from.
    #[error(
        "the request says neither Origin nor Sec-Fetch-Site; a program presents a bearer token instead of a cookie"
    )]
    Silent,
    /// Without the session's token.
    #[error("the header {CSRF_HEADER} is missing")]
    NoToken,
    /// With another one.
    #[error("the header {CSRF_HEADER} is not this session's")]
    Token,
}

/// The token that a session's own pages send along.
pub(crate) fn csrf_token(session: &Secret) -> String {
    session.derive("liftlock csrf")
}

/// Whether a request that changes something comes from our own pages.
pub(crate) fn check(
    headers: &HeaderMap,
    session: &Secret,
    public_url: &Url,
) -> Result<(), CrossSite> {
    let site = headers.get(&SEC_FETCH_SITE);
    let origin = headers.get(ORIGIN);
    if site.is_some_and(|site| site != "same-origin") {
        return Err(CrossSite::Site);
    }
    let ours = public_url.origin().ascii_serialization();
    if origin.is_some_and(|origin| origin.as_bytes() != ours.as_bytes()) {
        return Err(CrossSite::Origin);
    }
    if site.is_none() && origin.is_none() {
        return Err(CrossSite::Silent);
    }
    let given = headers.get(CSRF_HEADER).ok_or(CrossSite::NoToken)?;
    let wanted = csrf_token(session);
    verify_slices_are_equal(given.as_bytes(), wanted.as_bytes()).map_err(|_| CrossSite::Token)
}
