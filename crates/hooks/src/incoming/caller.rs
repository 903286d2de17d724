//! Who calls: whoever holds the hook's secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap};

use crate::Secret;

/// The longest `Authorization` header that is looked at, in bytes.
const HEADER_BYTES_MAX: usize = 8 * 1024;

/// The caller does not hold the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret is missing or wrong; it is wanted as `Authorization: Bearer SECRET`, as the password of `Basic`, or alone"
)]
pub struct Unauthorised;

/// Whether a request carries one of the secrets: as a bearer token (RFC 6750), as the password of
/// basic authentication (RFC 7617) whatever its user, or as the whole header. None of the senders
/// signs: distribution and Alertmanager send any header or basic authentication, Harbor a header,
/// zot basic authentication.
///
/// # Errors
/// [`Unauthorised`]; always where there is no secret.
pub fn authorise(headers: &HeaderMap, secrets: &[Secret]) -> Result<(), Unauthorised> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Unauthorised);
    };
    let said = value.as_bytes();
    if said.len() > HEADER_BYTES_MAX {
        return Err(Unauthorised);
    }
    let password = after(said, b"basic ").and_then(password);
    let said = password
        .as_deref()
        .or(after(said, b"bearer "))
        .unwrap_or(said);
    // Each is compared: how long it takes does not tell which one it was.
    let known = secrets
        .iter()
        .fold(false, |known, secret| secret.is(said) | known);
    if known { Ok(()) } else { Err(Unauthorised) }
}

/// What comes after a scheme, whose letters may be of either case (RFC 9110, section 11.1).
fn after<'h>(header: &'h [u8], scheme: &[u8]) -> Option<&'h [u8]> {
    let (said, rest) = header.split_at_checked(scheme.len())?;
    said.eq_ignore_ascii_case(scheme)
        .then_some(rest.trim_ascii())
}

fn password(encoded: &[u8]) -> Option<Vec<u8>> {
    let pair = STANDARD.decode(encoded).ok()?;
    let colon = pair.iter().position(|b| *b == b':')?;
    Some(pair[colon + 1..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: bool) {
        let secrets = ["old-one", "new-one"].map(|text| Secret::new(text).unwrap());
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        assert_eq!(authorise(&headers, &secrets).is_ok(), expected, "{value}");
        assert_eq!(authorise(&headers, &[]), Err(Unauthorised), "{value}");
    }

    #[test]
    fn whoever_holds_a_secret_may_call() {
        check("Bearer new-one", true);
        check("bearer  old-one", true);
        check("old-one", true);
        check(&format!("Basic {}", STANDARD.encode("any:new-one")), true);
        check(&format!("BASIC {}", STANDARD.encode(":new-one")), true);
    }

    #[test]
    fn anyone_else_may_not() {
        check("Bearer new-on", false);
        check("Bearer new-one2", false);
        check("Bearer ", false);
        check("Basic new-one", false);
        check(&format!("Basic {}", STANDARD.encode("new-one")), false);
        check(
            &format!("Basic {}", STANDARD.encode("new-one:other")),
            false,
        );
        check(&format!("Bearer {}", "x".repeat(9000)), false);
        let secrets = [Secret::new("new-one").unwrap()];
        let mut headers = HeaderMap::new();
        assert_eq!(authorise(&headers, &secrets), Err(Unauthorised));
        headers.append(AUTHORIZATION, "Bearer new-one".parse().unwrap());
        headers.append(AUTHORIZATION, "Bearer new-one".parse().unwrap());
        assert_eq!(authorise(&headers, &secrets), Err(Unauthorised));
    }
}
