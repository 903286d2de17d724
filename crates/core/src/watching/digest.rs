//! The digest of observations.

use liftlock_oci::Digest;
use serde::Serialize;

use super::Observation;

/// An observation as it is digested. The fields are in the order of RFC 8785, and none is a
/// number that it writes otherwise.
#[derive(Serialize)]
struct Canonical<'a> {
    at: i64,
    check: &'a str,
    environment: &'a str,
    n: u64,
    passed: bool,
    promotion: &'a str,
    summary: &'a str,
}

/// SHA-256 over observations, each with its number: for each, in this order, canonical JSON (RFC
/// 8785) of `at` (microseconds since 1970), `check`, `environment`, `n`, `passed`, `promotion` and
/// `summary`, and a line feed.
pub fn digest<'a>(observations: impl IntoIterator<Item = &'a (u64, Observation)>) -> Digest {
    let mut bytes = Vec::new();
    for (n, seen) in observations {
        let line = Canonical {
            at: seen.at_us,
            check: &seen.check,
            environment: &seen.environment,
            n: *n,
            passed: seen.passed,
            promotion: &seen.promotion,
            summary: &seen.summary,
        };
        // Texts, integers and truth values are always JSON.
        bytes.extend(serde_json::to_vec(&line).unwrap_or_default());
        bytes.push(b'\n');
    }
    Digest::of(&bytes)
}
