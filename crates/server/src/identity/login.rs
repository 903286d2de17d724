//! `/api/v1/login`: logins of the command line, which has the session as a bearer token then.

use axum::extract::State;
use axum::{Json, Router};
use liftlock_identity::{DevicePoll, LoggedIn, Records, Redirect};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Identity;
use crate::operations::{self, Served as _};
use crate::problem::Problem;

pub(super) fn routes<R: Records + 'static>(identity: &Identity<R>) -> Router {
    Router::new()
        .serve(&operations::LOG_IN, begin::<R>)
        .serve(&operations::FINISH_LOG_IN, finish::<R>)
        .serve(&operations::DEVICE_LOG_IN, begin_device::<R>)
        .serve(&operations::DEVICE_POLL, poll_device::<R>)
        .with_state(identity.clone())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    /// Where the program waits: `http://127.0.0.1:PORT/callback`.
    redirect_uri: String,
}

async fn begin<R: Records>(
    State(identity): State<Identity<R>>,
    Json(asked): Json<Begin>,
) -> Result<Json<Value>, Problem> {
    let redirect = Redirect::loopback(&asked.redirect_uri);
    let redirect =
        redirect.map_err(|error| Problem::from(liftlock_identity::LoginError::from(error)))?;
    let started = identity
        .identities
        .start_login(&redirect, (identity.now)())
        .await?;
    Ok(Json(json!({
        "version": 1,
        "url": started.url.as_str(),
        "login": started.login.expose(),
        "expires": started.expires.to_string(),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Finish {
    /// As it was answered when the login was begun.
    login: String,
    /// What the browser came back with, after the question mark.
    query: String,
}

async fn finish<R: Records>(
    State(identity): State<Identity<R>>,
    Json(asked): Json<Finish>,
) -> Result<Json<Value>, Problem> {
    let now = (identity.now)();
    let done = identity
        .identities
        .finish_login(&asked.login, &asked.query, None, now);
    let done = done.await?;
    Ok(Json(logged_in(&done)))
}

async fn begin_device<R: Records>(
    State(identity): State<Identity<R>>,
) -> Result<Json<Value>, Problem> {
    let started = identity.identities.start_device((identity.now)()).await?;
    Ok(Json(json!({
        "version": 1,
        "user_code": started.user_code,
        "verification_uri": started.verification_uri,
        "verification_uri_complete": started.verification_uri_complete,
        "login": started.login.expose(),
        "device_code": started.device_code,
        "interval_s": started.interval_s,
        "expires": started.expires.to_string(),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Poll {
    /// As they were answered when the login was begun.
    login: String,
    device_code: String,
}

async fn poll_device<R: Records>(
    State(identity): State<Identity<R>>,
    Json(asked): Json<Poll>,
) -> Result<Json<Value>, Problem> {
    let now = (identity.now)();
    let polled = identity
        .identities
        .poll_device(&asked.login, &asked.device_code, now);
    match polled.await? {
        DevicePoll::Pending { interval_s } => Ok(Json(json!({
            "version": 1,
            "status": "pending",
            "interval_s": interval_s,
        }))),
        DevicePoll::Done(done) => Ok(Json(logged_in(&done))),
    }
}

/// The session, shown this once.
fn logged_in(done: &LoggedIn) -> Value {
    tracing::info!(identity = %done.identity, "logged in from a command line");
    json!({
        "version": 1,
        "status": "done",
        "token": done.session.expose(),
        "identity": done.identity.to_string(),
        "name": done.name,
        "expires": done.expires.to_string(),
    })
}
