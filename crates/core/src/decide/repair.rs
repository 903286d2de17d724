//! `drift --repair`: what was recorded is brought back, as a promotion of the current release that
//! counts as a rollback. Gates do not apply but that the release is known-good there; freezes do
//! not stop it.

use super::rollback::{Returning, committed};
use crate::drift::{Drift, tags};
use crate::event::Event;
use crate::observed::Observed;
use crate::policy::{Environment, Verb};
use crate::promotion::{Kind, Trigger};
use crate::{Actor, EnvironmentName, Refusal, State, Time};

/// Why a repair brings the current release back: what was seen first.
pub fn repair_kind(state: &State, environment: &EnvironmentName) -> Option<Kind> {
    let drift = state.environment(environment).drift.as_ref()?;
    let first = drift.drifts.first().map(Drift::to_string);
    let others = drift.drifts.len() as u64 + u64::from(drift.more);
    let others = match others.saturating_sub(1) {
        0 => String::new(),
        others => format!(", and {others} more"),
    };
    Some(Kind::Rollback {
        from: None,
        cause: None,
        reason: format!("drift: {}{others}", first.unwrap_or_default()),
    })
}

/// The command that puts drift right: a repair where what is current is known-good there; else its
/// gates have to be asked again, or what they ask for is brought first.
pub fn repair_command(state: &State, environment: &EnvironmentName) -> Option<String> {
    let current = &state.environment(environment).current.as_ref()?.release;
    Some(match state.is_known_good(environment, current) {
        true => format!("liftlock drift {environment} --repair"),
        false => format!("liftlock promote {current} --to {environment}"),
    })
}

pub(super) fn decide(
    state: &State,
    name: &EnvironmentName,
    observed: &Observed,
    (actor, now): (&Actor, Time),
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let environment = policy.require(name)?;
    policy.demand(Verb::Rollback, actor)?;
    let current = state.environment(name).current.as_ref();
    let Some((kind, current)) = repair_kind(state, name).zip(current) else {
        return Ok(Vec::new());
    };
    as_seen(state, environment, observed)?;
    let returning = Returning {
        release: &current.release,
        kind,
        trigger: Some(Trigger::Drift),
    };
    committed(state, environment, returning, observed, (actor, now))
}

/// Nobody agreed to overwrite what has come since the drift was seen.
fn as_seen(state: &State, environment: &Environment, observed: &Observed) -> Result<(), Refusal> {
    let known = state.environment(&environment.name).drift.iter();
    let known: Vec<_> = known.flat_map(|seen| &seen.drifts).collect();
    let now = tags(state, environment, observed);
    let mut news = now
        .iter()
        .filter(|drift| drift.is_departure() && !known.contains(drift));
    match news.next() {
        None => Ok(()),
        Some(drift) => Err(Refusal::DriftedFurther {
            environment: environment.name.clone(),
            drift: drift.to_string(),
        }),
    }
}
