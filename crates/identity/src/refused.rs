//! Why a request is from nobody.

use crate::{CrossSite, NoRandom, RecordsError, SecretError};

/// Why a request is from nobody, or must not be carried out. What it carried is in none of them.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It carries nothing.
    #[error(
        "nothing in the request says who is asking: send a token as `Authorization: Bearer`, or log in"
    )]
    Nothing,
    /// It carries two, and which one is meant is anyone's guess.
    #[error("the request has more than one {0}")]
    Twice(&'static str),
    /// The header is not `Bearer` and a token.
    #[error("the Authorization header is not `Bearer` and a token")]
    NotBearer,
    /// What it carries was never made here.
    #[error("the token is not accepted: {0}")]
    Secret(#[from] SecretError),
    /// A secret of another kind: what begins a login does not end it.
    #[error("this kind of token says nothing about who is asking")]
    Kind,
    /// Well-formed, but unknown: of another server, or forgotten since it expired.
    #[error("the token is not known here; it may be another server's, or have expired long ago")]
    Unknown,
    /// Its time is over.
    #[error("the {what} has expired; {then}")]
    Expired {
        /// What has.
        what: &'static str,
        /// What to do.
        then: &'static str,
    },
    /// It was revoked, or logged out.
    #[error("the {what} has been {how}; {then}")]
    Ended {
        /// What has.
        what: &'static str,
        /// How it ended.
        how: &'static str,
        /// What to do.
        then: &'static str,
    },
    /// The cookie of a page in the header of a program, or the other way round.
    #[error(
        "a browser's session counts only as its cookie, and a command line's only as a bearer token"
    )]
    WrongUse,
    /// It was carried by a browser, perhaps for another site.
    #[error(transparent)]
    CrossSite(#[from] CrossSite),
    /// The rule by which it was exchanged is no longer configured.
    #[error("the rule {0} that this token was exchanged by is no longer configured")]
    RuleGone(String),
    /// Nothing is known, because the store failed.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// Nothing could be made.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    /// What was kept cannot be read: it was changed by someone else.
    #[error("what is kept about this token cannot be read")]
    Damaged,
}

impl Refused {
    /// The HTTP status: 401 where something else must be presented, 403 where it must not be done
    /// from there, 503 where nothing is known.
    pub fn status(&self) -> u16 {
        match self {
            Self::Twice(_) => 400,
            Self::CrossSite(_) => 403,
            Self::Records(_) | Self::NoRandom(_) | Self::Damaged => 503,
            _ => 401,
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "unauthenticated",
            Self::Twice(_) => "ambiguous-credentials",
            Self::NotBearer => "not-bearer",
            Self::Secret(SecretError::Foreign) => "foreign-token",
            Self::Secret(SecretError::Mistyped) => "mistyped-token",
            Self::Kind => "wrong-kind-of-token",
            Self::Unknown => "unknown-token",
            Self::Expired { .. } => "expired",
            Self::Ended { .. } => "ended",
            Self::WrongUse => "wrong-use-of-session",
            Self::CrossSite(_) => "cross-site",
            Self::RuleGone(_) => "rule-gone",
            Self::Records(_) | Self::NoRandom(_) | Self::Damaged => "identity-unavailable",
        }
    }
}
