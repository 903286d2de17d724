//! The routes: one file a group.

mod events;
mod health;
mod log;
pub(crate) mod metrics;
mod webhooks;

use axum::Router;
use axum::http::{Method, StatusCode, Uri};

use crate::layers;
use crate::metrics::MetricsAccess;
use crate::parts::Routes;
use crate::problem::Problem;
use crate::shared::Shared;

/// Every route, with what each request passes before it gets there.
pub(crate) fn all(shared: &Shared, others: Routes, access: &MetricsAccess) -> Router {
    let guarded = log::routes(shared)
        .merge(events::routes(shared))
        .merge(webhooks::routes(shared))
        .merge(others.guarded);
    let open = health::routes(shared).merge(others.open);
    let (guarded, open) = match (&access.token, access.listen) {
        (Some(token), _) => (
            guarded,
            open.merge(metrics::with_token(shared, token.clone())),
        ),
        (None, Some(_)) => (guarded, open),
        (None, None) => (guarded.merge(metrics::routes(shared)), open),
    };
    let routes = layers::guarded(guarded, shared)
        .merge(open)
        .fallback(nothing)
        .method_not_allowed_fallback(not_this);
    layers::around(routes, shared)
}

async fn nothing(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(PATH_SHOWN).collect();
    Problem::not_found(format!("there is nothing at {path}"))
}

async fn not_this(method: Method) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        format!("this has no {method}"),
    )
}

/// How much of a path is said again.
const PATH_SHOWN: usize = 200;
