//! `after`: verified upstream and not withdrawn there.

use super::{Context, evidence_against};
use crate::state::EnvironmentState;
use crate::verdict::{Answer, Verdict};
use crate::{EnvironmentName, ReleaseName};

/// One verdict for each upstream environment.
pub(super) fn verdicts(context: &Context<'_>) -> Vec<Verdict> {
    context
        .environment
        .after
        .iter()
        .map(|upstream| verdict(context, upstream))
        .collect()
}

fn verdict(context: &Context<'_>, upstream: &EnvironmentName) -> Verdict {
    let release = &context.release.content.name;
    let environment = context.state.environment(upstream);
    let new =
        |answer, reason: String| Verdict::new(format!("after:{upstream}"), "after", answer, reason);
    let promote = format!("liftlock promote {release} --to {upstream}");
    if let Some(withdrawn) = environment.withdrawn.get(release) {
        let reason = format!(
            "withdrawn in {upstream} at {:#}: {}",
            withdrawn.at, withdrawn.reason
        );
        return new(Answer::Blocked, reason).help(promote);
    }
    let Some(standing) = environment.verified.get(release) else {
        return new(Answer::Blocked, format!("not verified in {upstream}")).help(promote);
    };
    if let Some(incident) = &environment.incident
        && is_current(environment, release)
    {
        let reason = format!(
            "incident {} in {upstream}: {}",
            incident.id, incident.reason
        );
        return new(Answer::Blocked, reason);
    }
    if let Some(drift) = &environment.drift
        && is_current(environment, release)
    {
        let first = drift.drifts.first().map(ToString::to_string);
        let (since, first) = (drift.since, first.unwrap_or_default());
        let reason = format!("drift in {upstream} since {since:#}: {first}");
        return new(Answer::Blocked, reason).help(format!("liftlock drift {upstream}"));
    }
    if is_current(environment, release) && context.state.wants_look(upstream) {
        let reason = format!("not verified in {upstream} again since it was shaken");
        return new(Answer::Blocked, reason).help("liftlock tick".to_owned());
    }
    if let Some(against) = evidence_against(context.state, upstream, release, None) {
        let reason = format!(
            "{upstream} no longer stands: {}: {}",
            against.gate, against.reason
        );
        let mut verdict = new(Answer::Blocked, reason);
        verdict.help = against.help;
        return verdict;
    }
    new(
        Answer::Passed,
        format!("verified in {upstream} since {:#}", standing.at),
    )
}

fn is_current(environment: &EnvironmentState, release: &ReleaseName) -> bool {
    let current = environment.current.as_ref();
    current.is_some_and(|current| current.release == *release)
}
