//! How long a request's body may take.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, BodyDataStream};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep};

use crate::shared::Shared;

/// Whether the body came too slowly: who read it may have said something else about it.
#[derive(Debug, Clone, Default)]
pub(super) struct Lateness(Arc<AtomicBool>);

impl Lateness {
    pub(super) fn is_late(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

pub(super) async fn layer(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    use http_body::Body as _;
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let late = parts.extensions.get::<Lateness>().cloned();
    let timed = Timed {
        body: body.into_data_stream(),
        idle: shared.limits.body_idle,
        until: Instant::now() + shared.limits.body_time,
        sleep: Box::pin(tokio::time::sleep(shared.limits.body_idle)),
        late: late.unwrap_or_default(),
    };
    next.run(Request::from_parts(parts, Body::from_stream(timed)))
        .await
}

/// A body that fails when it comes too slowly.
struct Timed {
    body: BodyDataStream,
    idle: Duration,
    until: Instant,
    sleep: Pin<Box<Sleep>>,
    late: Lateness,
}

impl Stream for Timed {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match Pin::new(&mut self.body).poll_next(context) {
            Poll::Ready(next) => {
                let deadline = self.until.min(Instant::now() + self.idle);
                self.sleep.as_mut().reset(deadline);
                return Poll::Ready(next.map(|next| next.map_err(Into::into)));
            }
            Poll::Pending => {}
        }
        match self.sleep.as_mut().poll(context) {
            Poll::Ready(()) => {
                self.late.0.store(true, Ordering::Relaxed);
                Poll::Ready(Some(Err("the body came too slowly".into())))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
