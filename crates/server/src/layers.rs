//! What every request passes, from the outside in.

mod body;
mod form;
mod guard;
mod identify;
mod load;
mod observe;
mod panics;
mod security;
mod time;

pub use identify::RequestId;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::shared::Shared;

/// Around routes that need a caller who is known.
pub(crate) fn guarded(routes: Router, shared: &Shared) -> Router {
    routes.layer(from_fn_with_state(shared.clone(), guard::layer))
}

/// Around all routes. What is written last is outermost.
pub(crate) fn around(routes: Router, shared: &Shared) -> Router {
    let with = || shared.clone();
    routes
        .layer(DefaultBodyLimit::max(shared.limits.body_bytes))
        .layer(from_fn_with_state(with(), body::layer))
        .layer(from_fn_with_state(with(), time::layer))
        .layer(from_fn_with_state(with(), panics::layer))
        .layer(from_fn_with_state(with(), load::layer))
        .layer(from_fn(form::layer))
        .layer(from_fn_with_state(with(), observe::layer))
        .layer(from_fn(security::layer))
        .layer(from_fn_with_state(with(), identify::layer))
}
