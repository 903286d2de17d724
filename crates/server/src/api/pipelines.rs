//! The pipelines there are.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use liftlock_core::access::{Action, On};
use liftlock_engine::ports::Store as _;
use serde_json::{Value, json};

use super::Api;
use crate::caller::Caller;
use crate::problem::Problem;

/// Those that the caller may read.
pub(super) async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<Value>, Problem> {
    caller.may_here(Action::List)?;
    let site = &api.0;
    let mut names = site.store.streams().await.map_err(Problem::internal)?;
    if caller.may(Action::Audit, On::Server).is_err() {
        let mut readable = Vec::new();
        for name in names {
            let pipeline = name.parse().map_err(Problem::internal)?;
            let state = (&*site.pipelines, &site.store);
            match caller.may_read(&pipeline, state).await {
                Ok(()) => readable.push(name),
                Err(problem) if problem.status == StatusCode::NOT_FOUND => {}
                Err(problem) => return Err(problem),
            }
        }
        names = readable;
    }
    Ok(Json(json!({
        "version": liftlock_verbs::JSON_VERSION,
        "command": "pipelines",
        "exit": 0,
        "result": { "pipelines": names },
    })))
}
