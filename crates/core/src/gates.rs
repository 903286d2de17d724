//! Gates applied to a release now: verdicts. One file a kind.

mod after;
mod approval;
mod evidence;
mod matching;
mod occupied;
mod soak;

use crate::plan::PlanRequest;
use crate::policy::{Environment, EvidenceRule, GateRule};
use crate::promotion::{Kind, Promotion};
use crate::verdict::{Answer, Verdict};
use crate::{Actor, EnvironmentName, Policy, Release, ReleaseName, State, Time};

pub(crate) use approval::eligible;
pub use matching::{Slots, assign};

/// Everything a verdict may look at.
pub(crate) struct Context<'a> {
    pub(crate) state: &'a State,
    pub(crate) policy: &'a Policy,
    pub(crate) environment: &'a Environment,
    pub(crate) release: &'a Release,
    pub(crate) promotion: Option<&'a Promotion>,
    pub(crate) requester: &'a Actor,
    pub(crate) now: Time,
}

/// Every gate's verdict, the rules that are always there first. A rollback has one gate only, that
/// its release was known-good there, and that is decided when its target is chosen.
pub(crate) fn verdicts(
    state: &State,
    policy: &Policy,
    environment: &Environment,
    release: &Release,
    request: &PlanRequest<'_>,
    now: Time,
) -> Vec<Verdict> {
    let requester = request
        .promotion
        .map_or(request.requester, |p| &p.requested_by);
    let promotion = request.promotion;
    let context = Context {
        state,
        policy,
        environment,
        release,
        promotion,
        requester,
        now,
    };
    let mut verdicts = occupied::verdict(&context).into_iter().collect::<Vec<_>>();
    if request.kind != Kind::Promote {
        return verdicts;
    }
    verdicts.extend(after::verdicts(&context));
    let mut approvals = approval::verdicts(&context);
    for gate in environment.gates.list() {
        match &gate.rule {
            GateRule::Evidence(rule) => verdicts.push(evidence::verdict(&context, gate, rule)),
            GateRule::Soak(rule) => verdicts.push(soak::verdict(&context, gate, rule)),
            GateRule::Approval(_) => verdicts.extend(approvals.remove(&gate.name)),
        }
    }
    verdicts
}

/// What an environment's own evidence gates say against a release: the first that is blocked. A
/// failed re-check, or a revocation, takes "verified" away.
pub(crate) fn evidence_against(
    state: &State,
    environment: &EnvironmentName,
    release: &ReleaseName,
) -> Option<Verdict> {
    let policy = &state.adopted.as_ref()?.policy;
    let environment = policy.environment(environment)?;
    let release = state.releases.get(release)?;
    let context = Context {
        state,
        policy,
        environment,
        release,
        promotion: None,
        requester: &release.created_by,
        now: state.last_time,
    };
    let rules = environment
        .gates
        .list()
        .iter()
        .filter_map(|gate| match &gate.rule {
            GateRule::Evidence(rule) => Some((gate, rule)),
            _ => None,
        });
    let lenient = |rule: &EvidenceRule| EvidenceRule {
        fresh: None,
        ..rule.clone()
    };
    let mut verdicts = rules.map(|(gate, rule)| evidence::verdict(&context, gate, &lenient(rule)));
    verdicts.find(|verdict| verdict.answer == Answer::Blocked)
}
