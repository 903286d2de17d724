//! Committing: verdicts are computed now, not remembered; and carrying on after a crash.

use std::collections::BTreeMap;

use super::outcome;
use crate::event::Event;
use crate::observed::Observed;
use crate::plan::{Plan, PlanRequest, Step, plan};
use crate::policy::Verb;
use crate::promotion::{Kind, Promotion, Status, Trigger};
use crate::verdict::Answer;
use crate::{Actor, PromotionId, Refusal, State, Time};

/// How a promotion that a process left behind is carried on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resumption {
    /// Nothing was deployed or tagged: decide again.
    Decide,
    /// Something was: finish forward.
    Forward,
    /// Something was, and the release has been withdrawn meanwhile: give up and go back.
    Back {
        /// Why.
        reason: String,
    },
}

/// How to carry on a promotion that is under way (semantics, "After a crash").
pub fn resumption(state: &State, promotion: &Promotion) -> Resumption {
    if matches!(promotion.status, Status::Reverting { .. }) {
        return Resumption::Forward;
    }
    if !promotion.has_acted() {
        return Resumption::Decide;
    }
    let request = &promotion.request;
    let withdrawn = state
        .environment(&request.environment)
        .withdrawn
        .get(&request.release);
    if let Some(withdrawn) = withdrawn.filter(|w| w.at > promotion.requested_at)
        && !promotion.is_rollback()
    {
        return Resumption::Back {
            reason: format!("withdrawn meanwhile: {}", withdrawn.reason),
        };
    }
    let against = crate::gates::evidence_against(
        state,
        &request.environment,
        &request.release,
        Some(promotion),
    );
    match against.filter(|_| !promotion.is_rollback()) {
        Some(verdict) => Resumption::Back {
            reason: format!("{}: {}", verdict.gate, verdict.reason),
        },
        None => Resumption::Forward,
    }
}

pub(super) fn decide(
    state: &State,
    id: PromotionId,
    observed: &Observed,
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let promotion = find(state, id)?;
    let policy = state.policy()?;
    let verb = match &promotion.request.kind {
        // An automatic rollback belongs to carrying out the promotion that made it necessary.
        Kind::Promote | Kind::Rollback { cause: Some(_), .. } => Verb::Promote,
        Kind::Rollback { cause: None, .. } if by_incident(promotion) => {
            match policy.permits(Verb::Rollback, actor) {
                true => Verb::Rollback,
                false => Verb::Promote,
            }
        }
        Kind::Rollback { cause: None, .. } => Verb::Rollback,
    };
    policy.demand_work(verb, actor)?;
    let again = match promotion.status {
        Status::Waiting => false,
        Status::Running if !promotion.has_acted() => true,
        _ => return Err(wrong(promotion, "is not waiting any more")),
    };
    match passed_plan(state, promotion, observed, now) {
        Ok(plan) => Ok(vec![Event::PromotionCommitted {
            promotion: id,
            plan: as_before(promotion, plan),
        }]),
        Err(refusal) if again => Ok(undecided(state, promotion, &refusal.to_string(), now)),
        Err(refusal) => Err(refusal),
    }
}

fn by_incident(promotion: &Promotion) -> bool {
    matches!(promotion.request.trigger, Some(Trigger::Incident { .. }))
}

/// An automatic rollback that is decided again expects its tags where it did before: nobody has
/// agreed to overwrite what someone else has moved meanwhile, whether a process died or not.
fn as_before(promotion: &Promotion, mut plan: Plan) -> Plan {
    let Kind::Rollback { cause: Some(_), .. } = &promotion.request.kind else {
        return plan;
    };
    let before = promotion.plan.iter().flat_map(|plan| &plan.steps);
    let before: BTreeMap<_, _> = before
        .filter_map(|step| match step {
            Step::Tag {
                image,
                tag,
                expected,
            } => Some(((image.repository.clone(), tag.clone()), *expected)),
            _ => None,
        })
        .collect();
    for step in &mut plan.steps {
        if let Step::Tag {
            image,
            tag,
            expected,
        } = step
            && let Some(known) = before.get(&(image.repository.clone(), tag.clone()))
        {
            *expected = *known;
        }
    }
    plan
}

fn passed_plan(
    state: &State,
    promotion: &Promotion,
    observed: &Observed,
    now: Time,
) -> Result<Plan, Refusal> {
    if promotion.request.expires_at <= now && !promotion.is_rollback() {
        return Err(wrong(promotion, "has been open for too long"));
    }
    let plan = current_plan(state, promotion, observed, now)?;
    if plan.answer() == Answer::Passed {
        can_sign(&plan, observed)?;
        Ok(plan)
    } else {
        Err(not_passed(promotion, plan))
    }
}

/// What cannot be signed is not begun: better now than after the deployment.
fn can_sign(plan: &Plan, observed: &Observed) -> Result<(), Refusal> {
    for step in &plan.steps {
        if let Step::Sign { key, .. } = step
            && !matches!(observed.keys.get(key), Some(Ok(())))
        {
            let why = observed.keys.get(key).cloned().and_then(Result::err);
            return Err(Refusal::CannotSign {
                key: key.clone(),
                environment: plan.environment.clone(),
                why: why.unwrap_or_else(|| "it was not looked for".to_owned()),
            });
        }
    }
    Ok(())
}

/// Committed once, left behind, and not to be committed again: a promotion waits again, and may
/// expire. A rollback waits for nothing; it has failed.
fn undecided(state: &State, promotion: &Promotion, reason: &str, now: Time) -> Vec<Event> {
    if promotion.is_rollback() {
        return outcome::failed(state, promotion, reason, now);
    }
    vec![Event::PromotionReopened {
        promotion: promotion.request.id,
        reason: reason.to_owned(),
    }]
}

fn current_plan(
    state: &State,
    promotion: &Promotion,
    observed: &Observed,
    now: Time,
) -> Result<Plan, Refusal> {
    let request = PlanRequest {
        release: &promotion.request.release,
        environment: &promotion.request.environment,
        kind: promotion.request.kind.clone(),
        older: promotion.request.older,
        promotion: Some(promotion),
        requester: &promotion.requested_by,
    };
    plan(state, &request, observed, now)
}

fn not_passed(promotion: &Promotion, plan: Plan) -> Refusal {
    let release = promotion.request.release.clone();
    let environment = promotion.request.environment.clone();
    let verdicts = plan.verdicts;
    if crate::verdict::overall(&verdicts) == Answer::Blocked {
        Refusal::Blocked {
            release,
            environment,
            verdicts,
        }
    } else {
        Refusal::NotYet {
            release,
            environment,
            verdicts,
        }
    }
}

pub(super) fn find(state: &State, id: PromotionId) -> Result<&Promotion, Refusal> {
    state.promotions.get(&id).ok_or_else(|| Refusal::Unknown {
        what: "promotion",
        name: id.to_string(),
        known: "see `liftlock history`".to_owned(),
    })
}

pub(super) fn wrong(promotion: &Promotion, message: impl Into<String>) -> Refusal {
    Refusal::WrongStatus {
        promotion: promotion.request.id,
        release: promotion.request.release.clone(),
        environment: promotion.request.environment.clone(),
        message: message.into(),
    }
}
