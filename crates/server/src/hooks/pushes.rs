//! A registry says what was pushed.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use liftlock_core::PipelineName;
use liftlock_engine::ports::Store as _;
use liftlock_hooks::incoming::{Pushed, read_registry, wakes};
use serde_json::{Value, json};

use super::Hooks;
use super::callers::unreadable;
use crate::problem::Problem;

/// Wakes the pipelines that are named, and keeps the registry's word on who moved their tags.
pub(super) async fn take(
    State(hooks): State<Hooks>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let hook = hooks.callers.registry(&name, &headers)?;
    let pushes = read_registry(hook, &headers, &body).map_err(|error| unreadable(&error))?;
    let mut woken = 0u32;
    if !pushes.pushed.is_empty() {
        for stream in hooks
            .site
            .store
            .streams()
            .await
            .map_err(Problem::internal)?
        {
            // A stream that is no pipeline's is for the ledger's verification to name.
            if let Ok(pipeline) = stream.parse() {
                woken += u32::from(hooks.heard(&pipeline, &pushes.pushed).await?);
            }
        }
    }
    Ok(Json(json!({
        "version": 1,
        "read": pushes.pushed.len(),
        "left_out": pushes.left_out,
        "pipelines_woken": woken,
    })))
}

impl Hooks {
    /// Whether a pipeline is named, which is woken then.
    async fn heard(&self, pipeline: &PipelineName, pushed: &[Pushed]) -> Result<bool, Problem> {
        let folded = self.site.pipelines.of(pipeline);
        let state = folded.read(&self.site.store, pipeline).await;
        let state = state.map_err(Problem::internal)?;
        if wakes(&state, pushed).is_empty() {
            return Ok(false);
        }
        for pushed in pushed {
            let of_environments = !wakes(&state, std::slice::from_ref(pushed))
                .environments
                .is_empty();
            if of_environments {
                let kept = self.site.store.keep_push(pushed, now_us()).await;
                kept.map_err(Problem::internal)?;
            }
        }
        folded.look_again();
        self.wake.wake(pipeline);
        Ok(true)
    }
}

fn now_us() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
