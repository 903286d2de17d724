//! What is to be carried out, and what came of it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use liftlock_agent::wire::{
    HandIn, HandedIn, Hold, Kept, NewObservations, OBSERVATIONS_AT_ONCE_MAX, Taken,
};
use liftlock_core::handed::Handed;
use liftlock_engine::ports::{AppendError, Fence, OBSERVATION_CHARS_MAX, Store as _};

use liftlock_core::Span;
use liftlock_verbs::now;

use super::agent::{Place, failed, lost};
use super::{Agent, Desk};
use crate::problem::Problem;

/// How far an agent's clock may be ahead of the server's.
const AHEAD_MAX: Span = Span::from_secs(300);

/// Decides what is to be carried out in an environment whose lease the agent holds.
pub(super) async fn take(
    State(desk): State<Desk>,
    agent: Agent,
    Path(path): Path<(String, String)>,
    Json(hold): Json<Hold>,
) -> Result<Json<Taken>, Problem> {
    let place = agent.place(&desk, path).await?;
    let fence = fence(&desk, &agent, &place, &carrying(&hold))?;
    let engine = agent.engine(&desk, &place.pipeline);
    let environment = place.environment.clone();
    // It is not bound to the connection: what was decided and recorded is found again.
    let taking = tokio::spawn(async move { engine.take_up(&environment, &fence).await });
    let promotion = taking.await.map_err(Problem::internal)?.map_err(failed)?;
    if let Some(promotion) = promotion {
        let Place {
            pipeline,
            environment,
        } = &place;
        tracing::info!(%pipeline, %environment, %promotion, by = %agent.name, "an agent took a promotion up");
    }
    Ok(Json(Taken { promotion }))
}

/// Records what the agent did or saw, as far as that is its to say and the rules allow it.
pub(super) async fn hand_in(
    State(desk): State<Desk>,
    agent: Agent,
    Path(path): Path<(String, String)>,
    Json(HandIn { lease, handed }): Json<HandIn>,
) -> Result<Json<HandedIn>, Problem> {
    let place = agent.place(&desk, path).await?;
    let state = agent.state(&desk, &place.pipeline).await?;
    if handed.environment(&state) != Some(&place.environment) {
        let message = "what was handed in is not about this environment";
        return Err(Problem::new(StatusCode::CONFLICT, "elsewhere", message));
    }
    let fence = match (&handed, lease) {
        (Handed::Seen { .. }, None) => None,
        (Handed::Seen { .. }, Some(lease)) => Some(fence(&desk, &agent, &place, &lease)?),
        // Steps are carried out under the environment's own lease.
        (_, lease) => {
            let lease = carrying(&lease.ok_or_else(lost)?);
            Some(fence(&desk, &agent, &place, &lease)?)
        }
    };
    let command = handed.command().map_err(|refusal| failed(refusal.into()))?;
    let engine = agent.engine(&desk, &place.pipeline);
    let recording = tokio::spawn(async move { engine.record(&command, fence.as_ref()).await });
    let recorded = recording.await.map_err(Problem::internal)?;
    let events = recorded.map_err(failed)?.events;
    Ok(Json(HandedIn { events }))
}

/// Keeps how checks ended in an environment that the agent watches.
pub(super) async fn observe(
    State(desk): State<Desk>,
    agent: Agent,
    Path(path): Path<(String, String)>,
    Json(new): Json<NewObservations>,
) -> Result<Json<()>, Problem> {
    let place = agent.place(&desk, path).await?;
    let watching = Hold {
        watch: true,
        epoch: Some(new.epoch),
    };
    let fence = fence(&desk, &agent, &place, &watching)?;
    let too_long = |text: &String| text.chars().count() > OBSERVATION_CHARS_MAX;
    let latest = now() + AHEAD_MAX;
    let mut all = new.observations.iter();
    if all.len() > OBSERVATIONS_AT_ONCE_MAX
        || all.any(|seen| {
            let mut texts = [&seen.summary, &seen.promotion, &seen.check].into_iter();
            seen.at_us > latest.us() || texts.any(too_long)
        })
    {
        let message = "there are more observations, longer ones, or later ones than may be";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid", message));
    }
    let environment = place.environment.as_str();
    let observations = new.observations.into_iter();
    let observations: Vec<_> = observations
        .map(|seen| seen.into_observation(environment).1)
        .collect();
    let stream = place.pipeline.as_str();
    let store = &desk.site.store;
    let kept = store.put_observations(stream, &observations, new.after, Some(&fence));
    match kept.await {
        Ok(()) => Ok(Json(())),
        Err(AppendError::Fenced { .. }) => Err(lost()),
        Err(error) => Err(Problem::internal(error)),
    }
}

/// Keeps what a step printed.
pub(super) async fn blob(
    State(desk): State<Desk>,
    agent: Agent,
    Path(path): Path<(String, String)>,
    Query(hold): Query<Hold>,
    bytes: Bytes,
) -> Result<Json<Kept>, Problem> {
    let place = agent.place(&desk, path).await?;
    fence(&desk, &agent, &place, &hold)?;
    let digest = desk.site.store.put_blob(&bytes).await;
    let digest = digest.map_err(Problem::internal)?;
    Ok(Json(Kept { digest }))
}

fn carrying(hold: &Hold) -> Hold {
    Hold {
        watch: false,
        ..hold.clone()
    }
}

/// The proof of a lease that the agent holds.
fn fence(desk: &Desk, agent: &Agent, place: &Place, hold: &Hold) -> Result<Fence, Problem> {
    let name = place.lease(hold.watch);
    let epoch = hold.epoch.unwrap_or_default();
    let fence = desk.held.fence(&agent.name, (&name, epoch), None);
    fence.ok_or_else(lost)
}
