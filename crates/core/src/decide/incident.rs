//! `incident open` and `incident resolve`: someone, or something that watches, says that an
//! environment is not well, or is well again.

use super::text;
use crate::event::Event;
use crate::policy::Verb;
use crate::{Actor, EnvironmentName, IncidentId, Refusal, State};

pub(super) fn open(
    state: &State,
    environment: &EnvironmentName,
    reason: &str,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    allowed(state, environment, actor)?;
    let reason = text::reason(reason)?;
    if state.environment(environment).incident.is_some() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::IncidentOpened {
        id: IncidentId(state.incidents + 1),
        environment: environment.clone(),
        reason,
        check: None,
    }])
}

pub(super) fn resolve(
    state: &State,
    environment: &EnvironmentName,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    allowed(state, environment, actor)?;
    let Some(incident) = &state.environment(environment).incident else {
        return Ok(Vec::new());
    };
    Ok(vec![Event::IncidentResolved {
        id: incident.id,
        environment: environment.clone(),
    }])
}

fn allowed(state: &State, environment: &EnvironmentName, actor: &Actor) -> Result<(), Refusal> {
    let policy = state.policy()?;
    policy.require(environment)?;
    policy.demand(Verb::Incident, actor)
}
