//! What registries say in headers and refusals, read: pure functions over what comes from outside,
//! for fuzzing.

use std::time::{Duration, SystemTime};

use reqwest::Url;

pub use crate::auth::challenge::Challenge;
pub use crate::transport::link::next_target;

use crate::oci_error::OciError;
use crate::transport::endpoint::Endpoint;
use crate::transport::retry;

/// The challenge to answer among the values of `WWW-Authenticate` (RFC 9110, section 11.6.1).
pub fn challenge(values: &[&str]) -> Option<Challenge> {
    Challenge::choose(values.iter().copied())
}

/// How long a `Retry-After` header asks to wait at the time `now` (RFC 9110, section 10.2.3).
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    retry::wait(value, now)
}

/// Where a `Location` or `Link` leads that answers the request `from`, a path at the registry
/// `host` or an address elsewhere, and whether that is the registry itself, where credentials go.
/// `None` where it may not be followed; the hosts in `plain_http` are spoken to without TLS.
pub fn location(
    host: &str,
    plain_http: &[String],
    from: &str,
    target: &str,
) -> Option<(String, bool)> {
    let endpoint = Endpoint::new(host, plain_http, false).ok()?;
    let from: Url = endpoint.base.join(from).ok()?;
    let url = endpoint.resolve(&from, target)?;
    let home = endpoint.is_home(&url);
    Some((url.into(), home))
}

/// The code and the message that are shown of a refusal's body (distribution specification,
/// "Error Codes").
pub fn error_body(body: &[u8]) -> (String, String) {
    let OciError { code, message } = OciError::parse(body);
    (code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        assert_eq!(challenge(&["Basic realm=\"r\""]), Some(Challenge::Basic));
        assert_eq!(next_target("</n>; rel=next"), Some("/n"));
        let now = SystemTime::UNIX_EPOCH;
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        let at = |target| location("r.example.com", &[], "/v2/a/blobs/uploads/", target);
        assert_eq!(
            at("x?y=z"),
            Some((
                "https://r.example.com/v2/a/blobs/uploads/x?y=z".into(),
                true
            ))
        );
        assert_eq!(
            at("//elsewhere.example.com"),
            Some(("https://elsewhere.example.com/".into(), false))
        );
        assert_eq!(at("http://elsewhere.example.com/x"), None);
        let body = br#"{"errors":[{"code":"DENIED","message":"no"}]}"#;
        assert_eq!(error_body(body), ("DENIED".into(), "DENIED: no".into()));
    }
}
