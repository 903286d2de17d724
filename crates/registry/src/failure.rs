//! From answers and transport errors to [`RegistryError`].

use std::error::Error as StdError;

use liftlock_engine::ports::RegistryError;
use reqwest::StatusCode;

use crate::oci_error::{ERROR_BODY_MAX, OciError, sanitise};
use crate::transport::body::read_up_to;
use crate::transport::response::{Broken, Response};
use crate::transport::tls;

/// A registry that cannot be reached, with the innermost cause spelled out.
pub(crate) fn unreachable(registry: &str, broken: Broken) -> RegistryError {
    // An address may carry a signed query of a storage service: it is not shown.
    let broken = match broken {
        Broken::Connection(error) => Broken::Connection(error.without_url()),
        silent => silent,
    };
    let message = innermost(&broken);
    RegistryError::Unreachable {
        registry: registry.to_owned(),
        message: match tls::advice(registry, &broken) {
            Some(advice) => format!("{message}; {advice}"),
            None => message,
        },
        source: Some(Box::new(broken)),
    }
}

/// An answer that makes no sense.
pub(crate) fn senseless(registry: &str, message: impl Into<String>) -> RegistryError {
    RegistryError::Unreachable {
        registry: registry.to_owned(),
        message: message.into(),
        source: None,
    }
}

/// Content that is not what it should be.
pub(crate) fn content(what: impl Into<String>, message: impl Into<String>) -> RegistryError {
    RegistryError::Content {
        what: what.into(),
        message: message.into(),
    }
}

/// Reads what the registry says about its refusal.
pub(crate) async fn read_error(response: Response) -> OciError {
    // A body that breaks off changes nothing about the refusal itself.
    let body = read_up_to(response, ERROR_BODY_MAX).await;
    OciError::parse(&body)
}

/// The error for an answer that is not a success.
pub(crate) async fn refusal(registry: &str, what: &str, response: Response) -> RegistryError {
    let status = response.status();
    let said = read_error(response).await;
    from_status(registry, what, status, said)
}

/// The error for a status and what the registry said with it.
pub(crate) fn from_status(
    registry: &str,
    what: &str,
    status: StatusCode,
    said: OciError,
) -> RegistryError {
    match status {
        StatusCode::NOT_FOUND => RegistryError::NotFound {
            what: what.to_owned(),
        },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => denied(registry, what, said),
        other => RegistryError::Status {
            registry: registry.to_owned(),
            status: other.as_u16(),
            what: what.to_owned(),
            message: said.or("no reason given"),
        },
    }
}

/// A refusal for lack of rights, with the command that may help.
pub(crate) fn denied(registry: &str, what: &str, said: OciError) -> RegistryError {
    let said = said.or("access denied");
    RegistryError::Denied {
        registry: registry.to_owned(),
        what: what.to_owned(),
        message: format!(
            "{said}; log in with `docker login {registry}`, or use an account with the right"
        ),
    }
}

fn innermost(broken: &Broken) -> String {
    if let Broken::Connection(error) = broken
        && error.is_timeout()
    {
        return "timed out".to_owned();
    }
    let mut cause: &dyn StdError = broken;
    while let Some(next) = cause.source() {
        cause = next;
    }
    sanitise(&cause.to_string())
}
