//! `/healthz`: the process lives. `/readyz`: it can answer.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

use crate::operations::{self, Served as _};
use crate::shared::Shared;

pub(super) fn routes(shared: &Shared) -> Router {
    Router::new()
        .serve(&operations::LIVES, lives)
        .serve(&operations::READY, ready)
        .with_state(shared.clone())
}

async fn lives() -> &'static str {
    "ok\n"
}

/// Ready, or why not. Migrations are done when a state is open, so what opened it is enough.
async fn ready(State(shared): State<Shared>) -> Response {
    let mut reasons = Vec::new();
    if shared.shutdown.is_requested() {
        reasons.push("the server ends".to_owned());
    }
    if let Err(error) = shared.store.ledger_head().await {
        // Where the state lies is nobody's affair who is not known.
        tracing::warn!(%error, "the state cannot be read");
        reasons.push("the state cannot be read".to_owned());
    }
    let ended = shared.tasks.ended();
    reasons.extend(ended.iter().map(|name| format!("{name} has ended")));
    let (status, word) = match reasons.is_empty() {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not-ready"),
    };
    let document = json!({ "version": 1, "status": word, "reasons": reasons });
    let mut response = (status, Json(document)).into_response();
    // The form is its own, also where the status is one of an error.
    response
        .extensions_mut()
        .insert(crate::problem::IsProblem(word.into()));
    response
}
