//! `/api/v1/pipelines/{pipeline}/events`: the ledger's entries of a pipeline as they come, as
//! server-sent events (WHATWG HTML, "Server-sent events"). An event's id is its place in the
//! ledger, its data the entry, byte for byte; `Last-Event-ID` or `?after=` goes on after one, and
//! `?until=` ends it.

mod follow;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use liftlock_core::PipelineName;
use liftlock_engine::ports::Store as _;
use serde::Deserialize;

use crate::caller::Caller;
use crate::operations::{self, Served as _};
use crate::problem::Problem;
use crate::shared::Shared;
use follow::Follow;

/// How often a stream says that it lives while nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) fn routes(shared: &Shared) -> Router {
    Router::new()
        .serve(&operations::EVENTS, events)
        .with_state(shared.clone())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Goes on after the entry at this place; `start` begins with the first. Without it, and
    /// without `Last-Event-ID`, only what comes from now on.
    after: Option<String>,
    /// Ends before the entry at this place, with the event `reached`: for who reads up to a
    /// checkpoint, and has to know that nothing is missing.
    until: Option<u64>,
}

async fn events(
    State(shared): State<Shared>,
    caller: Caller,
    Path(pipeline): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("there is no such pipeline");
    let pipeline: PipelineName = pipeline.parse().map_err(|_| unknown())?;
    let state = (&*shared.pipelines, &shared.store);
    caller.may_read(&pipeline, state).await?;
    let streams = shared.store.streams().await.map_err(Problem::internal)?;
    if !streams.iter().any(|stream| stream == pipeline.as_str()) {
        return Err(unknown());
    }
    let size = shared.store.ledger_head().await;
    let size = size.map_err(Problem::internal)?.size;
    // What a browser sends when it connects again counts more than the address it began with.
    let after = match headers.get("last-event-id") {
        Some(id) => Some(id.to_str().unwrap_or("?")),
        None => wanted.after.as_deref(),
    };
    let next = next(after, size)?;
    let Ok(place) = Arc::clone(&shared.streams).try_acquire_owned() else {
        let many = "as many streams of events are open as the server has";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", many).retry_after(10));
    };
    let range = (next, wanted.until);
    let events = Follow::new(shared, pipeline, range, place).events();
    let alive = KeepAlive::new().interval(HEARTBEAT);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

/// Where to begin in a ledger of `size` entries.
fn next(after: Option<&str>, size: u64) -> Result<u64, Problem> {
    match after {
        None | Some("") => Ok(size),
        Some("start") => Ok(0),
        Some(id) => {
            let seq = id.parse::<u64>().ok().filter(|seq| *seq < size);
            let next = seq.map(|seq| seq + 1);
            next.ok_or_else(|| {
                let message = "there is no event of this id in the ledger";
                Problem::new(StatusCode::BAD_REQUEST, "unknown-event", message)
                    .hint("begin with ?after=start")
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(after: Option<&str>, expected: Option<u64>) {
        assert_eq!(next(after, 5).ok(), expected, "{after:?}");
    }

    #[test]
    fn a_stream_goes_on_after_an_entry_that_is_there() {
        check(None, Some(5));
        check(Some(""), Some(5));
        check(Some("start"), Some(0));
        check(Some("0"), Some(1));
        check(Some("4"), Some(5));
        for wrong in [
            "5",
            "-1",
            "4.0",
            "18446744073709551615",
            "99999999999999999999",
            "?",
        ] {
            check(Some(wrong), None);
        }
    }
}
