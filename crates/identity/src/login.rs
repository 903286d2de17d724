//! Logins of people at the configured provider.
//!
//! The server is the provider's client, in both ways of logging in: with a browser on this machine
//! (RFC 8252), by a code that comes back to it, and with one anywhere (RFC 8628). What belongs to a
//! login follows from one secret that who began it holds, so that nothing of it is stored: not the
//! code's verifier (PKCE, RFC 7636), not `state`, not `nonce`.

mod answer;
mod code;
mod device;
mod people;
mod redirect;

use liftlock_core::{Identity, Span, Time};

use crate::session::NoSession;
use crate::{ClaimsError, NoRandom, ProviderError, RecordsError, Secret, TokenRefused};

pub use code::StartedLogin;
pub use device::{DEVICE_LASTS_MAX, DevicePoll, StartedDevice};
pub(crate) use people::People;
pub use redirect::{Redirect, RedirectError};

/// How long somebody may take to log in.
pub const LOGIN_LASTS: Span = Span::from_secs(600);

/// The most logins that are begun and not ended: anyone may begin one.
pub const LOGINS_MAX: u64 = 10_000;

/// Somebody who has logged in.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// The session's secret: a browser's goes into its cookie, a command line's is kept by it.
    pub session: Secret,
    /// Who.
    pub identity: Identity,
    /// A name to show.
    pub name: Option<String>,
    /// When the session ends at the latest.
    pub expires: Time,
}

/// Why nobody has logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// There is no provider.
    #[error("this server has no provider for people configured, so nobody can log in")]
    NoProvider,
    /// The way back is no safe one.
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    /// Over [`LOGINS_MAX`].
    #[error("{LOGINS_MAX} logins have been begun in the last minutes; try again in a few")]
    Many,
    /// Not begun here, ended, or over.
    #[error("this login was not begun here, is over, or took longer than it may; begin again")]
    Unknown,
    /// The answer belongs to another login.
    #[error("the provider's answer belongs to another login; begin again")]
    State,
    /// The answer is from another provider.
    #[error("the answer does not come from {0}")]
    OtherIssuer(String),
    /// The provider or the person said no.
    #[error("the provider refused the login: {0}")]
    Refused(String),
    /// The provider answered something that cannot be read.
    #[error("the provider's answer cannot be used: {0}")]
    Answer(String),
    /// Its ID token does not count.
    #[error(transparent)]
    Token(#[from] TokenRefused),
    /// More groups than are kept, or some that cannot be: dropping some would take away rights, or
    /// not give them, without anyone noticing.
    #[error("the provider names groups that cannot be used: {0}")]
    Groups(String),
    /// The provider cannot be used now.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The store failed.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// Nothing could be made.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

impl From<ClaimsError> for LoginError {
    fn from(error: ClaimsError) -> Self {
        Self::Token(error.into())
    }
}

impl From<crate::FetchError> for LoginError {
    fn from(error: crate::FetchError) -> Self {
        Self::Provider(error.into())
    }
}

impl From<NoSession> for LoginError {
    fn from(error: NoSession) -> Self {
        match error {
            NoSession::Records(error) => Self::Records(error),
            NoSession::NoRandom(error) => Self::NoRandom(error),
        }
    }
}

impl LoginError {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::NoProvider => 404,
            Self::Redirect(_) => 422,
            Self::Unknown | Self::State | Self::OtherIssuer(_) | Self::Refused(_) => 401,
            Self::Token(TokenRefused::Provider(_)) | Self::Provider(_) => 503,
            Self::Token(_) | Self::Groups(_) => 401,
            Self::Answer(_) => 502,
            Self::Many | Self::Records(_) | Self::NoRandom(_) => 503,
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoProvider => "no-provider",
            Self::Redirect(_) => "login-redirect",
            Self::Many => "too-many-logins",
            Self::Unknown => "unknown-login",
            Self::State => "other-login",
            Self::OtherIssuer(_) => "other-issuer",
            Self::Refused(_) => "login-refused",
            Self::Answer(_) => "provider-answer",
            Self::Token(TokenRefused::Provider(_)) | Self::Provider(_) => "provider-unavailable",
            Self::Token(_) => "token-refused",
            Self::Groups(_) => "groups",
            Self::Records(_) | Self::NoRandom(_) => "identity-unavailable",
        }
    }
}
