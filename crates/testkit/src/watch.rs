//! Standing between a client and the registry.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};

/// When a request is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It has arrived, and nothing was done about it.
    Before,
    /// The registry has done what it asks, and the answer is not sent yet.
    After,
}

/// A request at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The HTTP method.
    pub method: String,
    /// Path and query, as they were sent.
    pub target: String,
    /// When.
    pub moment: Moment,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It goes its way.
    Go,
    /// It is answered with 503: before, the registry never sees it; after, its answer is lost.
    Fail,
}

type Watcher = Arc<dyn Fn(&Arrival) -> Answer + Send + Sync>;

/// Who watches, if anyone does.
#[derive(Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Option<Watcher>>>);

impl Watch {
    pub(crate) fn set(&self, watcher: Option<Watcher>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = watcher;
    }

    fn ask(&self, arrival: &Arrival) -> Answer {
        let watcher = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        watcher.map_or(Answer::Go, |watcher| watcher(arrival))
    }

    /// Puts the watcher around the registry.
    pub(crate) fn around(self, router: Router) -> Router {
        router.layer(from_fn(move |request: Request, next: Next| {
            let watch = self.clone();
            async move { watch.pass(request, next).await }
        }))
    }

    async fn pass(&self, request: Request, next: Next) -> Response {
        let mut arrival = Arrival {
            method: request.method().to_string(),
            target: request.uri().to_string(),
            moment: Moment::Before,
        };
        let lost = || StatusCode::SERVICE_UNAVAILABLE.into_response();
        if self.ask(&arrival) == Answer::Fail {
            return lost();
        }
        let response = next.run(request).await;
        arrival.moment = Moment::After;
        match self.ask(&arrival) {
            Answer::Go => response,
            Answer::Fail => lost(),
        }
    }
}
