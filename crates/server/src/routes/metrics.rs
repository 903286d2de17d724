//! `/metrics`: figures for Prometheus.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use liftlock_core::access::Action;

use crate::caller::Caller;
use crate::metrics::{MEDIA_TYPE, Metrics, MetricsToken};
use crate::operations::{self, Served as _};
use crate::problem::Problem;
use crate::shared::Shared;

/// Where there is no token: for callers who are known, or on a listener of its own.
pub(super) fn routes(shared: &Shared) -> Router {
    Router::new()
        .serve(&operations::METRICS, known)
        .with_state(shared.metrics.clone())
}

/// Figures name every pipeline: for who may read all of them.
async fn known(State(metrics): State<Metrics>, caller: Caller) -> Result<Response, Problem> {
    caller.may_here(Action::Audit)?;
    figures(&metrics)
}

/// For who reaches the listener of figures.
pub(crate) fn bare(metrics: Metrics) -> Router {
    let answer = |State(metrics): State<Metrics>| async move { figures(&metrics) };
    Router::new()
        .serve(&operations::METRICS, answer)
        .with_state(metrics)
}

/// For who has the token.
pub(super) fn with_token(shared: &Shared, token: MetricsToken) -> Router {
    let state = (shared.metrics.clone(), token);
    Router::new()
        .serve(&operations::METRICS, checked)
        .with_state(state)
}

async fn checked(
    State((metrics, token)): State<(Metrics, MetricsToken)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let given = headers.get(AUTHORIZATION);
    if given.is_some_and(|given| token.is_in(given.as_bytes())) {
        return figures(&metrics);
    }
    Err(Problem::unauthenticated().hint("send the token for metrics in the Authorization header"))
}

fn figures(metrics: &Metrics) -> Result<Response, Problem> {
    let text = metrics.text().map_err(Problem::internal)?;
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}
