//! `hold` and `resume`: automatic promotions into an environment are paused, and go on.

use super::text;
use crate::event::Event;
use crate::policy::Verb;
use crate::{Actor, EnvironmentName, Refusal, State};

pub(super) fn begin(
    state: &State,
    environment: &EnvironmentName,
    reason: &str,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    allowed(state, environment, actor)?;
    let reason = text::reason(reason)?;
    if state.environment(environment).hold.is_some() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::HoldStarted {
        environment: environment.clone(),
        reason,
    }])
}

pub(super) fn end(
    state: &State,
    environment: &EnvironmentName,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    allowed(state, environment, actor)?;
    if state.environment(environment).hold.is_none() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::HoldEnded {
        environment: environment.clone(),
    }])
}

fn allowed(state: &State, environment: &EnvironmentName, actor: &Actor) -> Result<(), Refusal> {
    let policy = state.policy()?;
    policy.require(environment)?;
    policy.demand(Verb::Hold, actor)
}
