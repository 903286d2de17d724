//! Leases: taken, asked for again, given back.

use std::time::Instant;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use liftlock_agent::wire::{Hold, Leased};
use liftlock_engine::ports::Store as _;

use super::agent::lost;
use super::{Agent, Desk};
use crate::problem::Problem;

/// Takes a lease, or goes on holding it; null where somebody else holds it. One that this process
/// does not know of (it was started anew, or has waited too long for the agent) is still the
/// agent's where nobody else had it since: then its epoch rises by one and no more.
pub(super) async fn hold(
    State(desk): State<Desk>,
    agent: Agent,
    Path(path): Path<(String, String)>,
    Json(wanted): Json<Hold>,
) -> Result<Json<Option<Leased>>, Problem> {
    let place = agent.place(&desk, path).await?;
    let name = place.lease(wanted.watch);
    let until = Instant::now() + desk.lease_time;
    let seconds = desk.lease_time.as_secs();
    if let Some(epoch) = wanted.epoch {
        let known = desk.held.fence(&agent.name, (&name, epoch), Some(until));
        if known.is_some() {
            return Ok(Json(Some(Leased { epoch, seconds })));
        }
    }
    if !desk.held.has_room() {
        let many = "agents hold as many leases as there may be";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", many).retry_after(10));
    }
    let taken = desk.site.store.acquire(&name).await;
    let taken = taken.map_err(Problem::internal)?;
    match (taken, wanted.epoch) {
        (None, None) => Ok(Json(None)),
        (None, Some(_)) => Err(lost()),
        (Some((_, fence)), Some(epoch)) if epoch.checked_add(1) != Some(fence.epoch) => Err(lost()),
        (Some(taken), _) => {
            let epoch = taken.1.epoch;
            desk.held.keep(&agent.name, taken, until);
            Ok(Json(Some(Leased { epoch, seconds })))
        }
    }
}

/// Gives a lease back; one that is not held is back already.
pub(super) async fn give_back(
    State(desk): State<Desk>,
    agent: Agent,
    Path(path): Path<(String, String)>,
    Query(given): Query<Hold>,
) -> Result<StatusCode, Problem> {
    let place = agent.place(&desk, path).await?;
    let name = place.lease(given.watch);
    let epoch = given.epoch.unwrap_or_default();
    desk.held.give_back(&agent.name, (&name, epoch));
    Ok(StatusCode::NO_CONTENT)
}
