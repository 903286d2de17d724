//! `auto: true`: the newest release that may enter is promoted without anyone asking.

use crate::event::Event;
use crate::observed::Observed;
use crate::plan::{Plan, PlanRequest, plan, verdicts};
use crate::policy::{Environment, Verb};
use crate::promotion::{Kind, Request};
use crate::verdict::{Answer, Verdict, overall};
use crate::{Actor, EnvironmentName, Refusal, Release, ReleaseName, State, Time};

/// The release that an environment takes by itself now: the newest for which every gate has passed
/// but those that only persons can open once it is asked for. None where automatic promotions are
/// off or held. Never one that is older than what is there, that is on its way already, or that
/// was tried before: what failed, was rejected or called off goes in again only by hand.
pub fn candidate<'a>(
    state: &'a State,
    environment: &EnvironmentName,
    now: Time,
) -> Option<&'a Release> {
    let environment = taking(state, environment)?;
    untried(state, environment).find(|release| may_enter(state, environment, release, now))
}

/// The next instant at which time alone may let an environment take a release by itself: a soak
/// that is earned, a window that opens, a freeze that is over.
pub fn next_look(state: &State, environment: &EnvironmentName, now: Time) -> Option<Time> {
    let environment = taking(state, environment)?;
    let asked = untried(state, environment).filter_map(|release| {
        let request = request(&release.content.name, environment, &release.created_by);
        verdicts(state, &request, now).ok()
    });
    let waiting = asked.filter(|verdicts| overall(verdicts) == Answer::Waiting);
    let verdicts = waiting.flatten().filter(|v| v.answer == Answer::Waiting);
    verdicts
        .filter_map(|v| v.until)
        .filter(|at| *at > now)
        .min()
}

/// The newest releases that an environment may take by itself once nothing is missing, at most
/// `most`: what may be signed beside them is worth looking at.
pub fn newest<'a>(
    state: &'a State,
    environment: &EnvironmentName,
    most: usize,
) -> Vec<&'a Release> {
    let environment = taking(state, environment);
    let untried = environment.map(|environment| untried(state, environment).take(most));
    untried.into_iter().flatten().collect()
}

/// The environment, where it takes releases by itself and is not held.
fn taking<'a>(state: &'a State, name: &EnvironmentName) -> Option<&'a Environment> {
    let environment = state.policy().ok()?.environment(name)?;
    let held = state.environment(name).hold.is_some();
    (environment.auto && !held).then_some(environment)
}

/// The releases that are newer than what is there, newest first, without those that were tried.
fn untried<'a>(
    state: &'a State,
    environment: &'a Environment,
) -> impl Iterator<Item = &'a Release> {
    let there = state.environment(&environment.name);
    let current = there.current.as_ref().map(|current| &current.release);
    let current = current.and_then(|name| state.releases.get(name));
    let tried =
        move |release: &Release| state.was_asked_for(&release.content.name, &environment.name);
    let newer = state
        .releases_newest_first()
        .take_while(move |release| current.is_none_or(|current| release.number > current.number));
    newer.filter(move |release| !tried(release))
}

fn may_enter(state: &State, environment: &Environment, release: &Release, now: Time) -> bool {
    let request = request(&release.content.name, environment, &release.created_by);
    let verdicts = verdicts(state, &request, now);
    verdicts.is_ok_and(|verdicts| verdicts.iter().all(is_open))
}

/// Whether a gate has passed, or waits for nothing but persons.
fn is_open(verdict: &Verdict) -> bool {
    match verdict.answer {
        Answer::Passed => true,
        Answer::Waiting => verdict.kind == "approval",
        Answer::Blocked => false,
    }
}

fn request<'a>(
    release: &'a ReleaseName,
    environment: &'a Environment,
    requester: &'a Actor,
) -> PlanRequest<'a> {
    PlanRequest {
        release,
        environment: &environment.name,
        kind: Kind::Promote,
        older: false,
        promotion: None,
        requester,
    }
}

pub(super) fn decide(
    state: &State,
    name: &EnvironmentName,
    wanted: &ReleaseName,
    observed: &Observed,
    (actor, now): (&Actor, Time),
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    policy.demand_work(Verb::Promote, actor)?;
    let environment = policy.require(name)?;
    // Decided again: since it was looked at, someone may have promoted, held, or revoked.
    let Some(release) = candidate(state, name, now).filter(|r| r.content.name == *wanted) else {
        return Ok(Vec::new());
    };
    let plan: Plan = plan(
        state,
        &request(wanted, environment, &release.created_by),
        observed,
        now,
    )?;
    if !plan.verdicts.iter().all(is_open) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::PromotionRequested(Request {
        id: state.next_promotion(),
        release: wanted.clone(),
        environment: name.clone(),
        kind: Kind::Promote,
        older: false,
        again: false,
        expires_at: now + environment.expires,
        automatic: true,
        trigger: None,
    })])
}
