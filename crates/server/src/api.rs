//! `/api/v1`: every verb of the command line, asked over HTTP.
//!
//! A route is an [`Endpoint`] of `liftlock-verbs`; its answer is the document that the command line
//! prints with `--json`. What a request begins is carried on when its client goes away.

mod answer;
mod arguments;
mod ask;
mod errors;
mod forget;
mod once;
mod openapi;
mod pages;
mod pipelines;
mod stream;
mod works;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, on};
use liftlock_verbs::{Endpoint, Method, Request, Site};

pub(crate) use errors::status;
pub use forget::forgetting;
pub use openapi::document as openapi;

use crate::operations::{self, Served as _};
use crate::parts::{Routes, Task};
use works::Works;

/// Where the API is.
pub const PREFIX: &str = "/api/v1";

/// The most bytes of a request that carries a file; base64 makes a third more of them.
const FILE_BODY_BYTES_MAX: usize = 48 * 1024 * 1024;

/// What every request of the API shares.
#[derive(Clone)]
pub(crate) struct Api(Arc<Site>, Works);

/// The API's routes over a site, and the task that lets what they begin come to its end.
#[expect(
    clippy::disallowed_methods,
    reason = "the verbs have a table of their own"
)]
pub fn routes(site: Arc<Site>) -> (Routes, Task) {
    let works = Works::none();
    let api = Api(Arc::clone(&site), works.clone());
    let mut guarded = Router::new()
        .route(&format!("{PREFIX}/pipelines"), get(pipelines::list))
        .with_state(api.clone());
    for endpoint in Request::ENDPOINTS {
        let path = format!("{PREFIX}/pipelines/{{pipeline}}{}", endpoint.path);
        guarded = guarded.merge(
            Router::new()
                .route(&path, asked_at(endpoint))
                .layer(DefaultBodyLimit::max(FILE_BODY_BYTES_MAX))
                .with_state(api.clone()),
        );
    }
    let open = Router::new().serve(&operations::DESCRIPTION, openapi::answer);
    (Routes { guarded, open }, works.task(site))
}

fn asked_at(endpoint: &'static Endpoint) -> MethodRouter<Api> {
    let method = match endpoint.method {
        Method::Get => axum::routing::MethodFilter::GET,
        Method::Post => axum::routing::MethodFilter::POST,
        Method::Put => axum::routing::MethodFilter::PUT,
    };
    on(method, move |api, caller, parts, body| {
        ask::ask(endpoint, api, caller, parts, body)
    })
}
