//! The `Authorization` header (RFC 7617, RFC 6750).

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::attempt::Attempt;

/// What a request shows of who sends it.
pub(super) enum Credentials {
    Basic(Attempt),
    Bearer(String),
}

/// An `Authorization` header of another form.
#[derive(Debug)]
pub(super) struct Malformed;

impl Credentials {
    /// Reads the header; `None` where there is none. An empty user is none too: some clients send
    /// that where they have nobody to name.
    pub(super) fn read(header: Option<&HeaderValue>) -> Result<Option<Self>, Malformed> {
        let Some(header) = header else {
            return Ok(None);
        };
        let text = header.to_str().map_err(|_| Malformed)?;
        let (scheme, value) = text.split_once(' ').ok_or(Malformed)?;
        let value = value.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(Some(Self::Bearer(value.to_owned())));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(Malformed);
        }
        let decoded = STANDARD.decode(value).map_err(|_| Malformed)?;
        let decoded = String::from_utf8(decoded).map_err(|_| Malformed)?;
        let (user, password) = decoded.split_once(':').ok_or(Malformed)?;
        let (user, password) = (user.to_owned(), password.to_owned());
        Ok((!user.is_empty()).then_some(Self::Basic(Attempt { user, password })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(text: &str) -> Option<(String, String)> {
        let header = HeaderValue::from_str(text).unwrap();
        match Credentials::read(Some(&header)).unwrap() {
            Some(Credentials::Basic(attempt)) => Some((attempt.user, attempt.password)),
            _ => None,
        }
    }

    #[test]
    fn a_user_and_a_password_are_read() {
        let expected = Some(("ann".to_owned(), "a:b".to_owned()));
        assert_eq!(basic("Basic YW5uOmE6Yg=="), expected);
        assert_eq!(basic("basic  YW5uOmE6Yg=="), expected);
        assert_eq!(basic("Basic Og=="), None);
        assert!(matches!(Credentials::read(None), Ok(None)));
    }

    #[test]
    fn nothing_else_passes() {
        for bad in ["Basic", "Basic !", "Basic YW5u", "Digest x", "Basic /w=="] {
            let header = HeaderValue::from_str(bad).unwrap();
            assert!(Credentials::read(Some(&header)).is_err(), "{bad}");
        }
    }
}
