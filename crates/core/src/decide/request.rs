//! `promote`: blocked is refused and nothing stays open; otherwise a promotion is opened, or the
//! open one is found again.

use super::Wanted;
use crate::event::Event;
use crate::observed::Observed;
use crate::plan::{PlanRequest, plan};
use crate::policy::Verb;
use crate::promotion::{Kind, Request};
use crate::verdict::Answer;
use crate::{Actor, Refusal, State, Time};

/// The release is current and verified already, and was not asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyCurrent;

impl Wanted {
    /// Whether there is nothing to do but to look.
    pub fn is_current(&self, state: &State) -> Option<AlreadyCurrent> {
        let current = state.environment(&self.environment).current.as_ref()?;
        let there = current.release == self.release && current.verified && !self.again;
        let open = state
            .open_promotion(&self.release, &self.environment)
            .is_some();
        (there && !open).then_some(AlreadyCurrent)
    }
}

pub(super) fn decide(
    state: &State,
    wanted: &Wanted,
    observed: &Observed,
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    policy.demand(Verb::Promote, actor)?;
    if state
        .open_promotion(&wanted.release, &wanted.environment)
        .is_some()
    {
        return Ok(Vec::new());
    }
    let request = PlanRequest {
        release: &wanted.release,
        environment: &wanted.environment,
        kind: Kind::Promote,
        older: wanted.older,
        promotion: None,
        requester: actor,
    };
    let plan = plan(state, &request, observed, now)?;
    if plan.answer() == Answer::Blocked {
        return Err(Refusal::Blocked {
            release: wanted.release.clone(),
            environment: wanted.environment.clone(),
            verdicts: plan.verdicts,
        });
    }
    let environment = policy
        .environment(&wanted.environment)
        .ok_or_else(|| Refusal::unknown_environment(policy, &wanted.environment))?;
    Ok(vec![Event::PromotionRequested(Request {
        id: state.next_promotion(),
        release: wanted.release.clone(),
        environment: wanted.environment.clone(),
        kind: Kind::Promote,
        older: wanted.older,
        again: wanted.again,
        expires_at: now + environment.expires,
        automatic: false,
        trigger: None,
    })])
}
