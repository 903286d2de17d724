//! Who may read the figures.

use std::fmt;
use std::net::SocketAddr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

/// Who may read `/metrics`, besides callers who are known.
#[derive(Debug, Clone, Default)]
pub struct MetricsAccess {
    /// Everyone who reaches this address, where there is nothing else.
    pub listen: Option<SocketAddr>,
    /// Who has this token, at the server's own address. Callers who are known then need it too.
    pub token: Option<MetricsToken>,
}

/// A token that is good for reading figures and nothing else.
#[derive(Clone)]
pub struct MetricsToken(Zeroizing<String>);

/// The fewest characters of a token: about 128 random bits in base64.
const TOKEN_MIN: usize = 22;

/// The most characters of a token.
const TOKEN_MAX: usize = 512;

impl MetricsToken {
    /// A token of 22 to 512 visible ASCII characters.
    ///
    /// # Errors
    /// What is wrong with it, without the token.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let text = text.trim_end_matches(['\r', '\n']);
        if !(TOKEN_MIN..=TOKEN_MAX).contains(&text.len()) {
            return Err(
                "a token for metrics has 22 to 512 characters; `openssl rand -base64 24` makes one",
            );
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("a token for metrics has visible ASCII characters only");
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// Whether an `Authorization` header has it.
    pub(crate) fn is_in(&self, header: &[u8]) -> bool {
        let given = header.split_at_checked("Bearer ".len());
        given.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case(b"Bearer ")
                && verify_slices_are_equal(given, self.0.as_bytes()).is_ok()
        })
    }
}

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_in_a_header_or_not_and_is_never_shown() {
        let text = "0123456789abcdef012345";
        let token = MetricsToken::new(&format!("{text}\n")).unwrap();
        assert!(token.is_in(format!("Bearer {text}").as_bytes()));
        assert!(token.is_in(format!("bearer {text}").as_bytes()));
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer 0123456789abcdef01234",
            text,
        ] {
            assert!(!token.is_in(wrong.as_bytes()), "{wrong}");
        }
        assert!(!format!("{token:?}").contains("0123"));
        for bad in ["short", "has a space in it and is long", &"x".repeat(513)] {
            assert!(!MetricsToken::new(bad).unwrap_err().contains(bad));
        }
    }
}
