//! What a token says, and whether that is meant for us and for now (OpenID Connect Core 1.0,
//! section 3.1.3.7).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use liftlock_core::{Identity, Span, Time};
use serde_json::Value;

use super::Object;

/// How far a provider's clock may differ from ours.
pub const LEEWAY: Span = Span::from_secs(60);

/// Why what a token says does not count here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// A claim is missing, or of another kind.
    #[error("the token has no {0} that can be used")]
    Lacks(&'static str),
    /// Another issuer's.
    #[error("the token is from another issuer than {wanted}")]
    Issuer {
        /// Whose it must be.
        wanted: String,
    },
    /// For somebody else.
    #[error("the token is not meant for {wanted}: its audience is another")]
    Audience {
        /// For whom it must be.
        wanted: String,
    },
    /// For us and others, any of whom could have passed it on.
    #[error("the token is meant for several, not for {wanted} alone")]
    Audiences {
        /// For whom it must be.
        wanted: String,
    },
    /// Asked for by another client.
    #[error("the token was given to another client than {wanted}")]
    Party {
        /// Who must have asked.
        wanted: String,
    },
    /// Its time is over.
    #[error("the token expired at {0}")]
    Expired(Time),
    /// It counts only later.
    #[error("the token does not count before {0}; the clocks here and at the provider may differ")]
    Early(Time),
    /// The answer to another login than ours.
    #[error("the token answers another login than the one that was begun here")]
    Nonce,
    /// A subject that cannot be written as an identity.
    #[error(
        "the token's subject is empty, longer than 255 characters, or has others than ASCII's printable ones in it"
    )]
    Subject,
    /// It counts longer than what is kept of it.
    #[error("the token counts for longer than {0}")]
    Lasts(Span),
}

/// For whom a token must be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Audience<'a> {
    /// A client that logs people in: others besides only where the token names this one as the
    /// party that it was given to.
    Client(&'a str),
    /// Exactly this one.
    Only(&'a str),
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) audience: Audience<'a>,
    /// What was sent with the login.
    pub(crate) nonce: Option<&'a str>,
    /// The longest that it may count from now.
    pub(crate) lasts_max: Option<Span>,
}

/// What a token says, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    object: Object,
    expires: Time,
    subject: String,
}

impl Claims {
    pub(super) fn check(
        object: Object,
        issuer: &str,
        wanted: &Wanted<'_>,
        now: Time,
    ) -> Result<Self, ClaimsError> {
        if object.text("iss") != Some(issuer) {
            let wanted = issuer.to_owned();
            return Err(ClaimsError::Issuer { wanted });
        }
        check_audience(&object, wanted.audience)?;
        let expires = check_times(&object, wanted.lasts_max, now)?;
        if let Some(nonce) = wanted.nonce {
            let given = object.text("nonce").unwrap_or_default();
            verify_slices_are_equal(given.as_bytes(), nonce.as_bytes())
                .map_err(|_| ClaimsError::Nonce)?;
        }
        let subject = object.text("sub").ok_or(ClaimsError::Lacks("sub"))?;
        let subject = subject.to_owned();
        Ok(Self {
            object,
            expires,
            subject,
        })
    }

    /// When the token stops to count.
    pub fn expires(&self) -> Time {
        self.expires
    }

    /// Who it is about, as a person.
    ///
    /// # Errors
    /// [`ClaimsError::Subject`].
    pub fn person(&self) -> Result<Identity, ClaimsError> {
        let identity = format!("oidc:{}", self.subject);
        identity.parse().map_err(|_| ClaimsError::Subject)
    }

    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.object.text(name)
    }

    /// A claim that is a text, a whole number, or true or false, as it is written.
    pub fn scalar(&self, name: &str) -> Option<String> {
        match self.object.0.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Number(n) if n.is_i64() || n.is_u64() => Some(n.to_string()),
            _ => None,
        }
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.object.0.get(name)
    }
}

fn check_audience(object: &Object, wanted: Audience<'_>) -> Result<(), ClaimsError> {
    let name = match wanted {
        Audience::Client(name) | Audience::Only(name) => name,
    };
    let all = audiences(object)?;
    let wanted_name = || name.to_owned();
    if !all.contains(&name) {
        let wanted = wanted_name();
        return Err(ClaimsError::Audience { wanted });
    }
    match wanted {
        Audience::Only(_) if all.len() > 1 => Err(ClaimsError::Audiences {
            wanted: wanted_name(),
        }),
        Audience::Only(_) => Ok(()),
        Audience::Client(_) => {
            let must_say = all.len() > 1;
            match object.0.get("azp") {
                None if must_say => Err(ClaimsError::Audiences {
                    wanted: wanted_name(),
                }),
                Some(party) if party.as_str() != Some(name) => Err(ClaimsError::Party {
                    wanted: wanted_name(),
                }),
                _ => Ok(()),
            }
        }
    }
}

/// RFC 7519, section 4.1.3: one text, or a list of them.
fn audiences(object: &Object) -> Result<Vec<&str>, ClaimsError> {
    let lacks = || ClaimsError::Lacks("aud");
    match object.0.get("aud").ok_or_else(lacks)? {
        Value::String(one) => Ok(vec![one]),
        Value::Array(all) => {
            let texts: Option<Vec<&str>> = all.iter().map(Value::as_str).collect();
            texts.ok_or_else(lacks)
        }
        _ => Err(lacks()),
    }
}

fn check_times(object: &Object, lasts_max: Option<Span>, now: Time) -> Result<Time, ClaimsError> {
    let expires = time(object, "exp")?.ok_or(ClaimsError::Lacks("exp"))?;
    if now >= expires + LEEWAY {
        return Err(ClaimsError::Expired(expires));
    }
    let issued = time(object, "iat")?.ok_or(ClaimsError::Lacks("iat"))?;
    for from in [Some(issued), time(object, "nbf")?].into_iter().flatten() {
        if now + LEEWAY < from {
            return Err(ClaimsError::Early(from));
        }
    }
    match lasts_max {
        Some(max) if expires > now + max + LEEWAY => Err(ClaimsError::Lasts(max)),
        _ => Ok(expires),
    }
}

/// RFC 7519, section 2: seconds since 1970, with or without a fraction.
fn time(object: &Object, name: &'static str) -> Result<Option<Time>, ClaimsError> {
    let Some(value) = object.0.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_f64().filter(|s| (0.0..=YEAR_9999).contains(s));
    let seconds = seconds.ok_or(ClaimsError::Lacks(name))?;
    // In the range, so nothing is cut off but the fraction of a microsecond.
    #[allow(clippy::cast_possible_truncation)]
    let us = (seconds * 1e6) as i64;
    Ok(Some(Time::from_us(us)))
}

/// The first instant of the year 9999, in seconds.
const YEAR_9999: f64 = 253_370_764_800.0;
