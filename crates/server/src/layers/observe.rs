//! One line of the log for each request. Of its target only the path: a query can hold secrets.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::address::ClientAddress;
use crate::caller::Caller;
use crate::layers::RequestId;
use crate::problem::IsProblem;
use crate::shared::Shared;

pub(super) async fn layer(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let extensions = request.extensions();
    // The route, not the path: what was asked for where there is no route can be anything.
    let route = extensions.get::<MatchedPath>().cloned();
    let id = extensions.get::<RequestId>().cloned();
    let client = extensions.get::<ClientAddress>().copied();
    let span = tracing::info_span!(
        target: "liftlock::http",
        "request",
        otel.name = route.as_ref().map(|route| format!("{method} {}", route.as_str())),
        otel.kind = "server",
        http.request.method = %method,
        http.route = route.as_ref().map(MatchedPath::as_str),
        http.response.status_code = tracing::field::Empty,
        liftlock.request_id = id.as_ref().map(|id| &*id.0),
    );
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    let asked = (&method, route.as_ref().map(MatchedPath::as_str));
    let http = &shared.metrics.http;
    http.answered(asked, response.status(), began.elapsed());
    let code = response
        .extensions()
        .get::<IsProblem>()
        .map(|problem| problem.0.as_ref());
    let caller = response.extensions().get::<Caller>();
    tracing::info!(
        target: "liftlock::http",
        parent: &span,
        request_id = id.as_ref().map(|id| &*id.0),
        %method,
        route = route.as_ref().map(MatchedPath::as_str),
        status = response.status().as_u16(),
        code,
        actor = caller.map(|caller| caller.actor.identity.to_string()),
        client = client.map(|client| client.0.to_string()),
        ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "request"
    );
    response
}
