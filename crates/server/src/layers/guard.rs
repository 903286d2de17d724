//! Who asks, before anything else of a guarded route is looked at.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::caller::{Caller, Standing};
use crate::layers::load::too_many;
use crate::shared::Shared;

pub(super) async fn layer(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let actor = match shared.authenticate.authenticate(&mut parts).await {
        Ok(actor) => actor,
        Err(problem) => return problem.into_response(),
    };
    if let Err(wait) = shared
        .by_actor
        .take(actor.identity.to_string(), Instant::now())
    {
        return too_many(wait).into_response();
    }
    let standing = parts.extensions.remove::<Standing>().unwrap_or_default();
    let caller = Caller::new(actor, standing, Arc::clone(&shared.roles));
    parts.extensions.insert(caller.clone());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    // For the log.
    response.extensions_mut().insert(caller);
    response
}
