//! How long an answer may take until it begins.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::shared::Shared;

pub(super) async fn layer(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(shared.limits.handler_time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = "the answer took too long, and was given up";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", message)
                .retry_after(1)
                .into_response()
        }
    }
}
