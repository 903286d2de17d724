//! What agents read: their pipelines, what changes in them, and their entries.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use liftlock_agent::wire::{
    Changed, ENTRIES_MAX, Entries, Observations, Place, SentEntry, SentObservation,
    WAIT_SECONDS_MAX,
};
use liftlock_core::{EnvironmentName, Label};
use liftlock_engine::ports::Store as _;
use liftlock_verbs::now;
use serde::Deserialize;
use tokio::time::Instant;

use super::agent::pipeline;
use super::{Agent, Desk};
use crate::problem::Problem;

/// How often it is looked, for who waits, whether something was recorded.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Who the agent is, and its pipelines.
pub(super) async fn place(State(desk): State<Desk>, agent: Agent) -> Result<Json<Place>, Problem> {
    seen(&desk, &agent).await?;
    let names = desk.site.store.streams().await;
    let names = names.map_err(Problem::internal)?;
    let mut pipelines = Vec::new();
    for name in names {
        if let Some(name) = own(&desk, &agent, &name).await? {
            pipelines.push(name);
        }
    }
    Ok(Json(Place {
        worker: agent.name,
        labels: agent.labels,
        pipelines,
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct From {
    /// The place in the ledger.
    from: u64,
    /// How long to wait for something to be recorded, in seconds.
    #[serde(default)]
    wait: u64,
}

/// What was recorded in the agent's pipelines.
pub(super) async fn changes(
    State(desk): State<Desk>,
    agent: Agent,
    Query(From { from, wait }): Query<From>,
) -> Result<Json<Changed>, Problem> {
    seen(&desk, &agent).await?;
    let until = Instant::now() + Duration::from_secs(wait.min(WAIT_SECONDS_MAX));
    let changes = loop {
        let changes = desk.site.store.changes(from).await;
        let changes = changes.map_err(Problem::internal)?;
        if changes.size != from || Instant::now() >= until || desk.held.is_ending() {
            break changes;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    let mut pipelines = BTreeMap::new();
    for (name, version) in changes.pipelines {
        if own(&desk, &agent, &name).await?.is_some() {
            pipelines.insert(name, version);
        }
    }
    Ok(Json(Changed {
        size: changes.size,
        pipelines,
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    /// The version after which they are wanted.
    after: u64,
}

/// A pipeline's entries.
pub(super) async fn entries(
    State(desk): State<Desk>,
    agent: Agent,
    Path(name): Path<String>,
    Query(After { after }): Query<After>,
) -> Result<Json<Entries>, Problem> {
    let name = pipeline(&name)?;
    agent.state(&desk, &name).await?;
    let stored = desk.site.store.load(name.as_str(), after).await;
    let stored = stored.map_err(Problem::internal)?;
    let more = stored.len() > ENTRIES_MAX;
    let mut entries = Vec::new();
    for stored in stored.into_iter().take(ENTRIES_MAX) {
        entries.push(SentEntry {
            version: stored.version,
            seq: stored.seq,
            entry: String::from_utf8(stored.bytes).map_err(Problem::internal)?,
        });
    }
    Ok(Json(Entries { entries, more }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Those with a number over this; without it the last of each check.
    after: Option<u64>,
    /// From the first on that was made after this, in microseconds since 1970.
    #[serde(default)]
    since: i64,
}

/// Observations of an environment of one of the agent's pipelines: what it waits for may be
/// somebody else's.
pub(super) async fn observations(
    State(desk): State<Desk>,
    agent: Agent,
    Path((name, environment)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Observations>, Problem> {
    let name = pipeline(&name)?;
    agent.state(&desk, &name).await?;
    let unreadable = |_| Problem::of_status(StatusCode::BAD_REQUEST);
    let environment: EnvironmentName = environment.parse().map_err(unreadable)?;
    let (store, place) = (&desk.site.store, (name.as_str(), environment.as_str()));
    let found = match wanted.after {
        Some(after) => {
            let from = (after, wanted.since);
            let found = store.new_observations(place.0, place.1, from).await;
            found.map_err(Problem::internal)?
        }
        None => {
            let last = store.last_observations(place.0, place.1).await;
            let last = last.map_err(Problem::internal)?;
            last.into_iter().map(|seen| (0, seen)).collect()
        }
    };
    let found = found.into_iter();
    let observations = found.map(|(n, seen)| SentObservation::of(n, seen));
    Ok(Json(Observations {
        observations: observations.collect(),
    }))
}

/// The pipeline of this name, where it is one of the agent's.
async fn own(
    desk: &Desk,
    agent: &Agent,
    name: &str,
) -> Result<Option<liftlock_core::PipelineName>, Problem> {
    let Ok(name) = name.parse() else {
        return Ok(None);
    };
    match agent.state(desk, &name).await {
        Ok(_) => Ok(Some(name)),
        Err(problem) if problem.status == StatusCode::NOT_FOUND => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Keeps that the agent is there.
async fn seen(desk: &Desk, agent: &Agent) -> Result<(), Problem> {
    let labels: Vec<&str> = agent.labels.iter().map(Label::as_str).collect();
    let (store, name) = (&desk.site.store, agent.name.as_str());
    let kept = store.see_worker(name, &labels, now().us()).await;
    kept.map_err(Problem::internal)
}
