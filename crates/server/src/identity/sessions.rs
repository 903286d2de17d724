//! `/api/v1/whoami`, `/api/v1/session`, `/api/v1/logout`: the caller's own.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use liftlock_identity::{Credential, Records, cookie_value};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asking, Identity};
use crate::operations::{self, Served as _};
use crate::problem::Problem;

pub(super) fn routes<R: Records + 'static>(identity: &Identity<R>) -> Router {
    Router::new()
        .serve(&operations::WHOAMI, whoami)
        .serve(&operations::SESSION, session::<R>)
        .serve(&operations::LOG_OUT, log_out::<R>)
        .with_state(identity.clone())
}

async fn whoami(Asking(caller): Asking) -> Json<Value> {
    let credential = match &caller.credential {
        Credential::Token { .. } => "token",
        Credential::Access { .. } => "access",
        Credential::Session { .. } => "session",
    };
    Json(json!({
        "version": 1,
        "identity": caller.actor.identity.to_string(),
        "name": caller.name,
        "groups": caller.groups,
        "pipelines": caller.scope,
        "credential": credential,
        "administrator": caller.administrator,
        "expires": caller.expires.to_string(),
    }))
}

/// What a browser's pages need to change something, and the person's sessions.
async fn session<R: Records>(
    State(identity): State<Identity<R>>,
    Asking(caller): Asking,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let now = (identity.now)();
    let csrf = match headers.contains_key(AUTHORIZATION) {
        true => None,
        false => Some(identity.identities.csrf_token(&headers, now).await?),
    };
    let sessions = identity
        .identities
        .sessions(&caller.actor.identity, now)
        .await?;
    Ok(Json(
        json!({ "version": 1, "csrf_token": csrf, "sessions": sessions }),
    ))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogOut {
    /// Every session of the person, and not this one alone.
    #[serde(default)]
    everywhere: bool,
}

async fn log_out<R: Records>(
    State(identity): State<Identity<R>>,
    Asking(caller): Asking,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let asked: LogOut = match body.is_empty() {
        true => LogOut::default(),
        false => serde_json::from_slice(&body).map_err(|error| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                error.to_string(),
            )
        })?,
    };
    if !matches!(caller.credential, Credential::Session { .. }) {
        let message = "a token is not logged out; it is revoked";
        return Err(Problem::new(StatusCode::CONFLICT, "no-session", message));
    }
    let now = (identity.now)();
    let names = identity.identities.cookies();
    let cookie = cookie_value(&headers, names.session())?;
    match bearer(&headers).or(cookie) {
        Some(session) => identity.identities.log_out(&session, now).await?,
        None => return Err(Problem::unauthenticated()),
    }
    if asked.everywhere {
        let person = &caller.actor.identity;
        identity.identities.log_out_everywhere(person, now).await?;
    }
    tracing::info!(identity = %caller.actor, everywhere = asked.everywhere, "logged out");
    let forgotten = names.set(names.session(), "", 0);
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, forgotten)]).into_response())
}

/// The token of a header that was accepted already.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, token) = header.split_once(' ')?;
    Some(token.trim_matches(' ').to_owned())
}
