//! Cookies: their names, how they are set, and how one is read.

use reqwest::header::{COOKIE, HeaderMap};

use crate::Refused;

/// The most bytes of a request's Cookie headers that are looked at.
const BYTES_MAX: usize = 16 * 1024;

/// What the cookies are called. Browsers take a cookie with the prefix `__Host-` only over https,
/// for this host and every path, so that no neighbour in the domain can set it (RFC 6265bis, 4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CookieNames {
    is_secure: bool,
}

impl CookieNames {
    /// For a server whose people come over https, or else over plain http on this machine.
    pub const fn new(is_secure: bool) -> Self {
        Self { is_secure }
    }

    /// The session's.
    pub const fn session(self) -> &'static str {
        if self.is_secure {
            "__Host-liftlock-session"
        } else {
            "liftlock-session"
        }
    }

    /// That of a login which was begun in this browser.
    pub const fn login(self) -> &'static str {
        if self.is_secure {
            "__Host-liftlock-login"
        } else {
            "liftlock-login"
        }
    }

    /// The Set-Cookie header that keeps `value` for `seconds`; with none it is forgotten. `Lax`, for
    /// the way back from the provider is a navigation from another site.
    pub fn set(self, name: &str, value: &str, seconds: i64) -> String {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let seconds = seconds.max(0);
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }
}

/// The value of the cookie `name`.
///
/// # Errors
/// [`Refused::Twice`] where the request has several: one of them was set by someone else.
pub fn cookie_value(headers: &HeaderMap, name: &str) -> Result<Option<String>, Refused> {
    let mut found = None;
    let mut bytes = 0;
    for header in headers.get_all(COOKIE) {
        bytes += header.len();
        let Ok(text) = header.to_str() else { continue };
        if bytes > BYTES_MAX {
            break;
        }
        for pair in text.split(';') {
            let Some((key, value)) = pair.trim().split_once('=') else {
                continue;
            };
            if key == name && found.replace(value.to_owned()).is_some() {
                return Err(Refused::Twice("session cookie"));
            }
        }
    }
    Ok(found)
}
