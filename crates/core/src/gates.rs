//! Gates applied to a release now: verdicts. One file a kind.

mod after;
mod approval;
mod evidence;
mod freeze;
mod hold;
mod known_good;
mod matching;
mod occupied;
mod overridden;
mod review;
mod signature;
mod soak;
mod window;

use crate::plan::PlanRequest;
use crate::policy::{Environment, EvidenceRule, Gate, GateRule, Gates};
use crate::promotion::{Kind, Promotion};
use crate::verdict::{Answer, Verdict};
use crate::{
    Actor, EnvironmentName, Evidence, GateName, Policy, Release, ReleaseName, State, Time,
};

pub(crate) use approval::eligible;
pub use evidence::{Excepted, Exception, excepted};
pub(crate) use freeze::FREEZE;
pub(crate) use hold::HOLD;
pub use matching::{Slots, assign};
pub(crate) use review::subject as reviewed;

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

/// Every gate's verdict, the rules that are always there first. A rollback has one gate only: that
/// its release is known-good there.
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
        verdicts.push(known_good::verdict(&context));
        return verdicts;
    }
    verdicts.extend(freeze::verdict(&context));
    verdicts.extend(hold::verdict(&context));
    verdicts.extend(after::verdicts(&context));
    if matches!(&environment.gates, Gates::All(gates) if gates.is_empty()) {
        // The check of a policy refuses this; an empty list still never means "all passed".
        let reason = "the list of gates is empty, and `gates: none` is not said";
        verdicts.push(Verdict::new("gates", "gates", Answer::Blocked, reason));
    }
    let mut approvals = approval::verdicts(&context);
    for gate in environment.gates.list() {
        match &gate.rule {
            GateRule::Evidence(rule) => verdicts.push(evidence::verdict(&context, gate, rule)),
            GateRule::Soak(rule) => verdicts.push(soak::verdict(&context, gate, rule)),
            GateRule::Window(rule) => verdicts.push(window::verdict(gate, rule, now)),
            GateRule::Signature(rule) => verdicts.push(signature::verdict(&context, gate, rule)),
            GateRule::Approval(_) => verdicts.extend(approvals.remove(&gate.name)),
        }
    }
    overridden::lay_over(&context, &mut verdicts);
    verdicts
}

/// The evidence that counts for a gate, one for each thing that has to be covered and is.
pub(crate) fn counting<'a>(
    state: &'a State,
    policy: &'a Policy,
    environment: &'a Environment,
    release: &'a Release,
    gate: &Gate,
    rule: &'a EvidenceRule,
) -> Vec<&'a Evidence> {
    let context = Context {
        state,
        policy,
        environment,
        release,
        promotion: None,
        requester: &release.created_by,
        now: state.last_time,
    };
    evidence::counting(&context, gate, rule)
}

/// What the windows of an environment say, whatever the release.
pub fn windows(environment: &Environment, now: Time) -> Vec<Verdict> {
    let gates = environment.gates.list().iter();
    gates
        .filter_map(|gate| match &gate.rule {
            GateRule::Window(rule) => Some(window::verdict(gate, rule, now)),
            _ => None,
        })
        .collect()
}

/// What an environment's own evidence gates say against a release that is there, was there, or is
/// being brought there by `running`: the first whose last evidence is revoked, failed, or, where
/// it came after the release had been asked for, over a limit. Limits that were tightened later
/// say nothing about what had passed: "verified" stands when a policy changes.
pub(crate) fn evidence_against(
    state: &State,
    environment: &EnvironmentName,
    release: &ReleaseName,
    running: Option<&Promotion>,
) -> Option<Verdict> {
    let policy = &state.adopted.as_ref()?.policy;
    let by = entered_by(state, environment, release, running);
    let since = by.map(|promotion| promotion.requested_at);
    let since = since.unwrap_or_default();
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
    let mut gates = environment.gates.list().iter();
    gates.find_map(|gate| match &gate.rule {
        GateRule::Evidence(rule) if !was_overridden(state, release, by, &gate.name) => {
            evidence::against(&context, gate, rule, since)
        }
        GateRule::Signature(rule) if !was_overridden(state, release, by, &gate.name) => {
            signature::against(&context, gate, rule)
        }
        _ => None,
    })
}

/// Whether a release got where it is although this gate did not pass, and nothing came since that
/// the two persons did not know.
fn was_overridden(
    state: &State,
    release: &Release,
    by: Option<&Promotion>,
    gate: &GateName,
) -> bool {
    let verdicts = by.and_then(|promotion| promotion.plan.as_ref());
    let mut verdicts = verdicts.iter().flat_map(|plan| &plan.verdicts);
    let verdict = verdicts.find(|verdict| verdict.gate == gate.as_str());
    let known = verdict
        .and_then(|verdict| verdict.overridden)
        .and_then(|id| state.override_by(id));
    let Some((_, at)) = known.and_then(|known| known.confirmed.as_ref()) else {
        return false;
    };
    let mut about = state.evidence_about(gate, release);
    let is_news = |evidence: &crate::Evidence| {
        let revoked = evidence.revoked.as_ref();
        evidence.at > *at || revoked.is_some_and(|(revoked, _)| revoked > at)
    };
    !about.any(is_news)
}

/// The promotion by which a release last got to an environment.
fn entered_by<'a>(
    state: &'a State,
    environment: &EnvironmentName,
    release: &ReleaseName,
    running: Option<&'a Promotion>,
) -> Option<&'a Promotion> {
    let there = state.environment(environment);
    let standing = there.verified.get(release);
    let current = there.current.iter().find(|c| c.release == *release);
    let promotions = [standing.map(|s| s.promotion), current.map(|c| c.promotion)];
    let promotions = promotions.into_iter().flatten();
    promotions
        .filter_map(|id| state.promotions.get(&id))
        .chain(running)
        .max_by_key(|promotion| (promotion.requested_at, promotion.request.id))
}
