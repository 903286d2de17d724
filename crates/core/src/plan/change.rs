//! What another policy would do to the promotions that wait.

use serde::Serialize;

use super::{PlanRequest, verdicts};
use crate::promotion::{Promotion, Status};
use crate::state::Adopted;
use crate::verdict::Verdict;
use crate::{
    ApprovalId, EnvironmentName, OverrideId, Policy, PromotionId, ReleaseName, State, Time,
};

/// What becomes of one waiting promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// Which.
    pub promotion: PromotionId,
    /// Its release.
    pub release: ReleaseName,
    /// Where to.
    pub environment: EnvironmentName,
    /// The approvals that would count no more.
    pub voided: Vec<ApprovalId>,
    /// The overrides that would count no more.
    pub void_overrides: Vec<OverrideId>,
    /// The gates that would say something else.
    pub gates: Vec<GateEffect>,
    /// Why it could not be promoted at all any more.
    pub impossible: Option<String>,
}

/// What a gate says now, and what it would say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateEffect {
    /// Its name.
    pub gate: String,
    /// Now; `None`: there is no such gate.
    pub before: Option<Verdict>,
    /// Under the other policy; `None`: it would be gone.
    pub after: Option<Verdict>,
}

/// What `policy` would change for each promotion that waits at `now`; nothing for those it leaves
/// as they are.
pub fn effects(state: &State, policy: &Policy, now: Time) -> Vec<Effect> {
    let mut other = state.clone();
    other.adopted = Some(Adopted {
        policy: policy.clone(),
        digest: policy.digest(),
        at: now,
    });
    let open = state.open_promotions();
    open.filter(|promotion| promotion.status == Status::Waiting)
        .map(|promotion| effect(state, &other, promotion, now))
        .filter(Effect::is_one)
        .collect()
}

impl Effect {
    fn is_one(&self) -> bool {
        self.impossible.is_some()
            || !(self.voided.is_empty() && self.void_overrides.is_empty() && self.gates.is_empty())
    }
}

fn effect(before: &State, after: &State, promotion: &Promotion, now: Time) -> Effect {
    let request = &promotion.request;
    let asked = PlanRequest {
        release: &request.release,
        environment: &request.environment,
        kind: request.kind.clone(),
        older: request.older,
        promotion: Some(promotion),
        requester: &promotion.requested_by,
    };
    let was = verdicts(before, &asked, now).unwrap_or_default();
    let will = verdicts(after, &asked, now);
    let digest = |state: &State| {
        let policy = state.adopted.as_ref().map(|adopted| &adopted.policy);
        policy.and_then(|policy| policy.environment_digest(&request.environment))
    };
    let (now_bound, then_bound) = (digest(before), digest(after));
    let is_lost = |bound| Some(bound) == now_bound && Some(bound) != then_bound;
    let approvals = promotion.approvals.iter();
    let overrides = before.overrides.iter();
    Effect {
        promotion: request.id,
        release: request.release.clone(),
        environment: request.environment.clone(),
        voided: approvals
            .filter(|approval| approval.withdrawn.is_none() && is_lost(approval.content.policy))
            .map(|approval| approval.content.id)
            .collect(),
        void_overrides: overrides
            .filter(|o| o.content.promotion == request.id && is_lost(o.content.policy))
            .map(|known| known.content.id)
            .collect(),
        gates: match &will {
            Ok(will) => gates(&was, will),
            Err(_) => Vec::new(),
        },
        impossible: will.err().map(|refusal| refusal.to_string()),
    }
}

/// The gates whose answer changes, that come, or that go; in the order of the new policy.
fn gates(was: &[Verdict], will: &[Verdict]) -> Vec<GateEffect> {
    let find = |verdicts: &[Verdict], gate: &str| {
        let mut verdicts = verdicts.iter();
        verdicts.find(|verdict| verdict.gate == gate).cloned()
    };
    let stay = will.iter().map(|after| GateEffect {
        gate: after.gate.clone(),
        before: find(was, &after.gate),
        after: Some(after.clone()),
    });
    let go = was
        .iter()
        .filter(|before| find(will, &before.gate).is_none());
    let go = go.map(|before| GateEffect {
        gate: before.gate.clone(),
        before: Some(before.clone()),
        after: None,
    });
    let answer = |verdict: &Option<Verdict>| verdict.as_ref().map(|verdict| verdict.answer);
    stay.chain(go)
        .filter(|effect| answer(&effect.before) != answer(&effect.after))
        .collect()
}
