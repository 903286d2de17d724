//! How much one address may ask, and all together.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::address::ClientAddress;
use crate::metrics::Gauged;
use crate::problem::Problem;
use crate::rate;
use crate::shared::Shared;

pub(super) async fn layer(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if let Some(ClientAddress(address)) = request.extensions().get().copied()
        && let Err(wait) = shared.by_address.take(rate::key(address), Instant::now())
    {
        return too_many(wait).into_response();
    }
    let Ok(place) = Arc::clone(&shared.at_work).try_acquire_owned() else {
        let busy = "the server works on as many requests as it takes at once";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", busy)
            .retry_after(1)
            .into_response();
    };
    let at_work = Gauged::new(&shared.metrics.http.at_work);
    let response = next.run(request).await;
    drop((place, at_work));
    response
}

/// Someone asks more often than they may.
pub(super) fn too_many(wait: std::time::Duration) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-requests",
        "there were too many requests in too short a time",
    )
    .retry_after(wait.as_secs() + 1)
}
