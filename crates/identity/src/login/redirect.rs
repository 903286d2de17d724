//! Where a browser comes back to.

use reqwest::Url;

use crate::oidc::is_loopback;

/// The path on which `liftlock login` waits.
const LOOPBACK_PATH: &str = "/callback";
/// The path on the server.
const SERVER_PATH: &str = "/login/callback";

/// Where a browser comes back to after a login, and so who has the session then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redirect {
    /// To the server itself: the browser has the session.
    Server,
    /// To a program of the person, which waits on this machine (RFC 8252, section 7.3).
    Loopback(Url),
}

/// Why nobody is sent there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a login comes back to http://127.0.0.1:PORT/callback, or [::1] or localhost instead of 127.0.0.1, and to nowhere else"
)]
pub struct RedirectError;

impl Redirect {
    /// To a program on the person's machine.
    ///
    /// # Errors
    /// [`RedirectError`] for every other place, for whoever waits there would get the code.
    pub fn loopback(text: &str) -> Result<Self, RedirectError> {
        let url: Url = text.parse().map_err(|_| RedirectError)?;
        let is_plain = url.scheme() == "http" && url.username().is_empty();
        let is_bare = url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        let has_port = url.port().is_some_and(|port| port >= 1024);
        if is_plain && is_bare && has_port && is_loopback(&url) && url.path() == LOOPBACK_PATH {
            return Ok(Self::Loopback(url));
        }
        Err(RedirectError)
    }

    /// The URI that the provider is told.
    pub(super) fn uri(&self, public_url: &Url) -> String {
        match self {
            Self::Loopback(url) => url.to_string(),
            Self::Server => {
                let mut url = public_url.clone();
                let path = public_url.path().trim_end_matches('/');
                url.set_path(&format!("{path}{SERVER_PATH}"));
                url.to_string()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_port_of_this_machine_is_a_way_back() {
        for good in [
            "http://127.0.0.1:4711/callback",
            "http://[::1]:4711/callback",
            "http://localhost:4711/callback",
        ] {
            assert!(Redirect::loopback(good).is_ok(), "{good}");
        }
        for bad in [
            "https://127.0.0.1:4711/callback",
            "http://127.0.0.1/callback",
            "http://127.0.0.1:22/callback",
            "http://127.0.0.1:4711/",
            "http://127.0.0.1:4711/callback/../x",
            "http://127.0.0.1:4711/callback?to=https://evil.example",
            "http://127.0.0.1:4711/callback#x",
            "http://127.0.0.1:4711@evil.example:4711/callback",
            "http://evil.example:4711/callback",
            "http://127.0.0.1.evil.example:4711/callback",
            "http://localhost.evil.example:4711/callback",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(Redirect::loopback(bad), Err(RedirectError), "{bad}");
        }
    }
}
