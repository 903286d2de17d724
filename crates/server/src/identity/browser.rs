//! `/login`: logins of browsers, which have the session as a cookie then.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use liftlock_core::{Span, Time};
use liftlock_identity::{LoginError, Records, Redirect, cookie_value};

use super::Identity;
use crate::operations::{self, Served as _};
use crate::problem::Problem;

pub(super) fn routes<R: Records + 'static>(identity: &Identity<R>) -> Router {
    Router::new()
        .serve(&operations::BROWSER_LOG_IN, begin::<R>)
        .serve(&operations::BROWSER_LOGGED_IN, finish::<R>)
        .with_state(identity.clone())
}

async fn begin<R: Records>(State(identity): State<Identity<R>>) -> Result<Response, Problem> {
    let now = (identity.now)();
    let started = identity
        .identities
        .start_login(&Redirect::Server, now)
        .await?;
    let names = identity.identities.cookies();
    let seconds = seconds_until(started.expires, now);
    let cookie = names.set(names.login(), started.login.expose(), seconds);
    sent_to(started.url.as_str(), &[cookie])
}

/// The login that comes back must have been begun in this browser: its cookie says so. The session
/// that the browser had until now ends.
async fn finish<R: Records>(
    State(identity): State<Identity<R>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let now = (identity.now)();
    let names = identity.identities.cookies();
    let login = cookie_value(&headers, names.login())?.ok_or(LoginError::Unknown)?;
    let before = cookie_value(&headers, names.session())?;
    let query = query.unwrap_or_default();
    let done = identity
        .identities
        .finish_login(&login, &query, before.as_deref(), now);
    let done = done.await?;
    tracing::info!(identity = %done.identity, "logged in from a browser");
    let seconds = seconds_until(done.expires, now);
    let session = names.set(names.session(), done.session.expose(), seconds);
    let forgotten = names.set(names.login(), "", 0);
    sent_to("/", &[session, forgotten])
}

fn seconds_until(end: Time, now: Time) -> i64 {
    let left: Span = end.since(now);
    left.us() / 1_000_000
}

/// 303, with cookies.
fn sent_to(place: &str, cookies: &[String]) -> Result<Response, Problem> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(Problem::internal);
    let mut headers = vec![(LOCATION, value(place)?)];
    for cookie in cookies {
        headers.push((SET_COOKIE, value(cookie)?));
    }
    Ok((StatusCode::SEE_OTHER, AppendHeaders(headers)).into_response())
}
