//! `/api/v1/webhooks`: how far others were told, and what was given up. For administrators.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Json, Router};
use liftlock_core::access::Action;
use liftlock_hooks::outbox::{Outbox as _, OutboxError};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::operations::{self, Served as _};
use crate::problem::Problem;
use crate::shared::Shared;

pub(super) fn routes(shared: &Shared) -> Router {
    Router::new()
        .serve(&operations::WEBHOOKS, list)
        .serve(&operations::DEAD_LETTERS, dead)
        .serve(&operations::RESEND_DEAD, resend)
        .serve(&operations::DROP_DEAD, drop_dead)
        .with_state(shared.clone())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// Begins after the letter of this entry.
    after: Option<u64>,
}

/// Which letters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// That of this entry.
    seq: Option<u64>,
    /// Or all.
    #[serde(default)]
    all: bool,
}

impl Wanted {
    /// One, or all of them: said, so that an empty request does not mean everything.
    fn checked(body: Result<Json<Self>, JsonRejection>) -> Result<Option<u64>, Problem> {
        let Json(wanted) = body.map_err(|rejection| Problem::of_status(rejection.status()))?;
        match (wanted.seq, wanted.all) {
            (Some(seq), false) => Ok(Some(seq)),
            (None, true) => Ok(None),
            _ => {
                let message = "say which letter: its `seq`, or `all`";
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                Err(Problem::new(status, "invalid", message))
            }
        }
    }
}

async fn list(State(shared): State<Shared>, caller: Caller) -> Result<Json<Value>, Problem> {
    caller.may_here(Action::Administer)?;
    let size = shared.store.size().await.map_err(internal)?;
    let standings = shared.store.standings().await.map_err(internal)?;
    Ok(Json(
        json!({ "version": 1, "size": size, "webhooks": standings }),
    ))
}

async fn dead(
    State(shared): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    caller.may_here(Action::Administer)?;
    let dead = shared.store.dead_letters(&name, page.after).await;
    let dead = dead.map_err(internal)?;
    Ok(Json(json!({ "version": 1, "webhook": name, "dead": dead })))
}

async fn resend(
    State(shared): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    body: Result<Json<Wanted>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    caller.may_here(Action::Administer)?;
    let seq = Wanted::checked(body)?;
    let count = shared.store.resend(&name, seq).await.map_err(internal)?;
    tracing::info!(by = %caller.actor, webhook = name, count, "dead letters are sent again");
    Ok(Json(counted(&name, count)))
}

async fn drop_dead(
    State(shared): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    body: Result<Json<Wanted>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    caller.may_here(Action::Administer)?;
    let seq = Wanted::checked(body)?;
    let count = shared.store.drop_dead(&name, seq).await.map_err(internal)?;
    tracing::info!(by = %caller.actor, webhook = name, count, "dead letters were dropped");
    Ok(Json(counted(&name, count)))
}

fn counted(name: &str, count: u64) -> Value {
    json!({ "version": 1, "webhook": name, "count": count })
}

fn internal(error: OutboxError) -> Problem {
    Problem::internal(error)
}
