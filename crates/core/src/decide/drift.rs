//! What was seen of an environment is compared with what was recorded. Only a change is an event:
//! something differs, or differs otherwise than before; everything is as recorded again; and what
//! drift or an incident had taken "verified" away from is verified again.

use std::collections::{BTreeMap, BTreeSet};

use super::text;
use crate::drift::{DRIFTS_MAX, Drift, drift};
use crate::event::Event;
use crate::observed::Observed;
use crate::policy::{Environment, Policy, Verb};
use crate::state::{Current, Doubt, EnvironmentState};
use crate::{Actor, CheckName, EnvironmentName, IncidentId, Refusal, State};

/// What was seen of an environment, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The state's version before anything was looked at. Where a promotion has done something
    /// there since, or something was found to be wrong, nothing follows from what was seen.
    pub from: u64,
    /// What was seen.
    pub observed: Observed,
    /// Whether something could not be looked at: then nothing counts as well again.
    pub partly: bool,
    /// The checks that passed meanwhile.
    pub passed: BTreeSet<CheckName>,
    /// The checks that failed, and why.
    pub failed: BTreeMap<CheckName, String>,
}

pub(super) fn decide(
    state: &State,
    name: &EnvironmentName,
    seen: &Seen,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let environment = policy.require(name)?;
    demand(policy, actor)?;
    let there = state.environment(name);
    let Some(current) = &there.current else {
        return Ok(Vec::new());
    };
    // Someone else has found something wrong since: a check that passed before that says nothing.
    if state.has_changed(name, seen.from) || there.shaken_after(seen.from) {
        return Ok(Vec::new());
    }
    let mut drifts = drift(state, environment, &seen.observed);
    drifts.retain(Drift::is_departure);
    let is_well = drifts.is_empty() && !seen.partly;
    let mut events = changed(there, current, name, drifts, seen.partly);
    let incident = incident(state, environment, seen);
    let open = match &incident {
        Some(Event::IncidentResolved { .. }) => false,
        Some(_) => true,
        None => there.incident.is_some(),
    };
    events.extend(incident);
    let is_well = is_well && !open && passed_all(environment, &seen.passed);
    if is_well && state.is_shaken(name) {
        events.push(Event::VerifiedAgain {
            environment: name.clone(),
            release: current.release.clone(),
            promotion: current.promotion,
        });
    }
    Ok(events)
}

/// Whoever may change what is there, or may say that it is not well, may record what was seen.
pub(super) fn demand(policy: &Policy, actor: &Actor) -> Result<(), Refusal> {
    let verbs = [Verb::Promote, Verb::Rollback, Verb::Incident];
    if verbs.iter().any(|verb| policy.permits_work(*verb, actor)) {
        return Ok(());
    }
    policy.demand(Verb::Incident, actor)
}

fn changed(
    there: &EnvironmentState,
    current: &Current,
    name: &EnvironmentName,
    mut drifts: Vec<Drift>,
    partly: bool,
) -> Vec<Event> {
    if drifts.is_empty() {
        let resolved = Event::DriftResolved {
            environment: name.clone(),
        };
        let over = there.drift.is_some() && !partly;
        return over.then_some(resolved).into_iter().collect();
    }
    let more = drifts.len().saturating_sub(DRIFTS_MAX);
    drifts.truncate(DRIFTS_MAX);
    let more = u32::try_from(more).unwrap_or(u32::MAX);
    if let Some(known) = &there.drift {
        // What could not be looked at this time may still be as it was.
        let same = known.drifts == drifts && known.more == more;
        if same || partly {
            return Vec::new();
        }
    }
    vec![Event::DriftSeen {
        environment: name.clone(),
        release: current.release.clone(),
        promotion: current.promotion,
        drifts,
        more,
    }]
}

/// A check that failed opens an incident, where none is open; when it passes again, that is over.
fn incident(state: &State, environment: &Environment, seen: &Seen) -> Option<Event> {
    let name = environment.name.clone();
    if let Some(open) = &state.environment(&name).incident {
        let over = open.check.as_ref().is_some_and(|c| seen.passed.contains(c));
        let id = open.id;
        return over.then_some(Event::IncidentResolved {
            id,
            environment: name,
        });
    }
    let mut checks = environment.checks.iter();
    let (check, why) = checks.find_map(|check| seen.failed.get_key_value(&check.name))?;
    Some(Event::IncidentOpened {
        id: IncidentId(state.incidents + 1),
        environment: name,
        reason: text::tamed(&format!("check {check}: {why}")),
        check: Some(check.clone()),
    })
}

fn passed_all(environment: &Environment, passed: &BTreeSet<CheckName>) -> bool {
    let mut checks = environment.checks.iter();
    checks.all(|check| passed.contains(&check.name))
}

impl State {
    /// Whether a promotion is changing something in an environment, or did after an event: what
    /// was looked at before then says nothing about what is there now.
    pub fn has_changed(&self, environment: &EnvironmentName, since: u64) -> bool {
        self.environment(environment).touched_after(since) || self.under_way(environment).is_some()
    }

    /// Whether what is current was shaken, and nothing but a look that finds all well is missing
    /// for it to count as verified again. After an incident that takes a check that passes, so
    /// where there are none it has to be promoted again.
    pub fn wants_look(&self, name: &EnvironmentName) -> bool {
        self.environment(name).incident.is_none() && self.is_shaken(name)
    }

    fn is_shaken(&self, name: &EnvironmentName) -> bool {
        let there = self.environment(name);
        let Some(current) = &there.current else {
            return false;
        };
        let environment = self
            .policy()
            .ok()
            .and_then(|policy| policy.environment(name));
        let is_checked = environment.is_some_and(|environment| !environment.checks.is_empty());
        current.doubt == Some(Doubt::Shaken)
            && (is_checked || !there.withdrawn.contains_key(&current.release))
    }
}
