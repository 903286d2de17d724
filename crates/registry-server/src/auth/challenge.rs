//! The answer to who may not (RFC 9110, section 11.6.1).

use axum::http::header::{HOST, WWW_AUTHENTICATE};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::scope::{Action, Scope};
use super::{Auth, action};
use crate::api_error::ApiError;
use crate::respond::set;
use crate::route::{Route, TOKEN_PATH};

/// The name of the service, in challenges.
const SERVICE: &str = "liftlock";

/// Why someone may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// They show nothing.
    Missing,
    /// What they show is not right, or no longer.
    Wrong,
    /// It is right, but not for this.
    NotEnough,
}

/// 401, with a way to do better.
pub(super) fn refuse(
    auth: &Auth,
    headers: &HeaderMap,
    method: &Method,
    route: &Route,
    reason: Reason,
) -> Response {
    let message = match reason {
        Reason::Missing => "authentication is required",
        Reason::Wrong => "the credentials are not right, or have ended",
        Reason::NotEnough => "the credentials do not allow this",
    };
    let status = StatusCode::UNAUTHORIZED;
    let mut response = ApiError::new(status, "UNAUTHORIZED", message).into_response();
    let challenge = of(auth, headers, method, route, reason);
    set(&mut response, WWW_AUTHENTICATE.as_str(), &challenge);
    response
}

/// The challenge alone.
pub(super) fn of(
    auth: &Auth,
    headers: &HeaderMap,
    method: &Method,
    route: &Route,
    reason: Reason,
) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.filter(|host| host.parse::<Authority>().is_ok());
    let (Some(_), Some(host)) = (&auth.tokens, host) else {
        return basic();
    };
    let scheme = auth.scheme;
    let scope = route
        .repository()
        .map(|name| format!(",scope=\"{}\"", needed(name, action(method, route))));
    let error = match reason {
        Reason::Missing => "",
        Reason::Wrong => ",error=\"invalid_token\"",
        Reason::NotEnough => ",error=\"insufficient_scope\"",
    };
    let scope = scope.unwrap_or_default();
    format!("Bearer realm=\"{scheme}://{host}{TOKEN_PATH}\",service=\"{SERVICE}\"{scope}{error}")
}

/// The scope that an action needs. Who pushes reads, too.
fn needed(name: &str, action: Action) -> Scope {
    Scope {
        repository: name.to_owned(),
        actions: match action {
            Action::Push => vec![Action::Pull, Action::Push],
            other => vec![other],
        },
    }
}

/// Asks for a user and a password.
pub(super) fn basic() -> String {
    format!("Basic realm=\"{SERVICE}\", charset=\"UTF-8\"")
}
