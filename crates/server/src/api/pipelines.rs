//! The pipelines there are.

use axum::Json;
use axum::extract::State;
use liftlock_engine::ports::Store as _;
use serde_json::{Value, json};

use super::Api;
use crate::problem::Problem;

pub(super) async fn list(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    let names = api.0.store.streams().await.map_err(Problem::internal)?;
    Ok(Json(json!({
        "version": liftlock_verbs::JSON_VERSION,
        "command": "pipelines",
        "exit": 0,
        "result": { "pipelines": names },
    })))
}
