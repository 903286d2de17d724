//! What registries say in headers, read: pure functions over text from outside, for fuzzing.

use std::time::{Duration, SystemTime};

use reqwest::Url;

pub use crate::challenge::Challenge;
pub use crate::link::next_target;

use crate::endpoint::Endpoint;
use crate::transport::retry;

/// The challenge to answer in a `WWW-Authenticate` header (RFC 9110, section 11.6.1).
pub fn challenge(value: &str) -> Option<Challenge> {
    Challenge::choose([value].into_iter())
}

/// How long a `Retry-After` header asks to wait at the time `now` (RFC 9110, section 10.2.3).
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    retry::wait(value, now)
}

/// Where a `Location` or `Link` leads that answers the request `from`, a path, at the registry
/// `host`; `None` where it may not be followed.
pub fn location(host: &str, from: &str, target: &str) -> Option<String> {
    let endpoint = Endpoint::new(host, &[], false).ok()?;
    let from: Url = endpoint.base.join(from).ok()?;
    endpoint.resolve(&from, target).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        assert_eq!(challenge("Basic realm=\"r\""), Some(Challenge::Basic));
        assert_eq!(next_target("</n>; rel=next"), Some("/n"));
        let now = SystemTime::UNIX_EPOCH;
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        let at = |target| location("r.example.com", "/v2/a/blobs/uploads/", target);
        assert_eq!(
            at("x?y=z").as_deref(),
            Some("https://r.example.com/v2/a/blobs/uploads/x?y=z")
        );
        assert_eq!(at("http://elsewhere.example.com/x"), None);
    }
}
