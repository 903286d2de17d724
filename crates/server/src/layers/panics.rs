//! A handler that panics is a failed request, not a server that ended.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::problem::Problem;
use crate::shared::Shared;

pub(super) async fn layer(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        // What it said was printed by then, with its place.
        Err(_) => {
            shared.metrics.http.panics.inc();
            Problem::internal("a handler panicked").into_response()
        }
    }
}
