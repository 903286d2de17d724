//! The token service, as docker's registries have it: `GET /token?service=...&scope=...`.

use std::sync::Arc;

use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::credentials::Credentials;
use super::scope::{Action, Scope};
use super::{Auth, challenge, no_tokens};
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::query::Query;
use crate::respond::{json, set};

/// The most scopes of a token.
const SCOPES_MAX: usize = 64;

/// Gives a token for the scopes that are asked for, as far as the one who asks has them: a user
/// all, anyone else those for pulling, where that is allowed.
pub(crate) async fn give(app: &Arc<App>, query: &Query, headers: &HeaderMap) -> ApiResult {
    let auth = app.auth.as_ref().ok_or_else(no_tokens)?;
    let tokens = auth.tokens.as_ref().ok_or_else(no_tokens)?;
    let is_user = match is_user(auth, headers.get(AUTHORIZATION)).await {
        Some(is_user) => is_user,
        None => return Ok(refused()),
    };
    let mut scopes = asked(query)?;
    if !is_user {
        for scope in &mut scopes {
            scope.actions.retain(|action| *action == Action::Pull);
        }
    }
    scopes.retain(|scope| !scope.actions.is_empty());
    let token = tokens.seal(scopes).map_err(ApiError::internal)?;
    let body = serde_json::json!({
        "token": token,
        "access_token": token,
        "expires_in": tokens.lifetime.as_secs(),
    });
    let mut response = json(StatusCode::OK, body.to_string().into_bytes());
    set(&mut response, "cache-control", "no-store");
    Ok(response)
}

/// Whether a user asks; `None` for someone who gets nothing.
async fn is_user(auth: &Auth, header: Option<&HeaderValue>) -> Option<bool> {
    match Credentials::read(header) {
        Ok(Some(Credentials::Basic(attempt))) => {
            auth.passwords.verify(&attempt).await.then_some(true)
        }
        Ok(None) => auth.anonymous_pull.then_some(false),
        Ok(Some(Credentials::Bearer(_))) | Err(_) => None,
    }
}

/// The scopes in the query: the parameter may be repeated, and one may hold several.
fn asked(query: &Query) -> Result<Vec<Scope>, ApiError> {
    let texts = query.all("scope").flat_map(str::split_whitespace);
    let scopes: Vec<Scope> = texts.filter_map(Scope::read).collect();
    if scopes.len() > SCOPES_MAX {
        let message = format!("a token has {SCOPES_MAX} scopes at most");
        return Err(ApiError::bad_request("UNSUPPORTED", message));
    }
    Ok(scopes)
}

fn refused() -> Response {
    let message = "the user or the password is not right";
    let status = StatusCode::UNAUTHORIZED;
    let mut response = ApiError::new(status, "UNAUTHORIZED", message).into_response();
    set(
        &mut response,
        WWW_AUTHENTICATE.as_str(),
        &challenge::basic(),
    );
    response
}
