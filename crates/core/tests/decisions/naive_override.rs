//! Overrides, written again and as plainly as possible.

use liftlock_core::promotion::Promotion;
use liftlock_core::{EnvironmentName, GateName, Identity, Release, State, Time};

use crate::naive::{counts, is_named, person};

/// Whether two persons who may have decided that this gate passes, and that still counts.
pub(crate) fn passes(state: &State, promotion: &Promotion, gate: &str, now: Time) -> bool {
    let policy = state.policy().unwrap();
    let name = &promotion.request.environment;
    let Some(rule) = &policy.environment(name).unwrap().overrides else {
        return false;
    };
    let may = |actor: &liftlock_core::Actor| {
        counts(policy, actor)
            && !matches!(actor.identity, Identity::Token(_))
            && is_named(policy, &rule.by, actor)
    };
    state.overrides.iter().any(|known| {
        let Some((second, at)) = &known.confirmed else {
            return false;
        };
        let first = &known.by;
        let longest = known.content.lasts.us().min(rule.max.us());
        known.content.promotion == promotion.request.id
            && known.content.gate.as_str() == gate
            && Some(known.content.policy) == policy.environment_digest(name)
            && may(first)
            && may(second)
            && person(policy, &first.identity) != person(policy, &second.identity)
            && now.since(*at).us() < longest
    })
}

/// Whether what is known against a release by this gate was known to the two persons who let it
/// into an environment all the same.
pub(crate) fn was_known(
    state: &State,
    environment: &EnvironmentName,
    release: &Release,
    gate: &GateName,
) -> bool {
    let name = &release.content.name;
    let there = state.environment(environment);
    let standing = there.verified.iter().filter(|s| s.release == *name);
    let current = there.current.iter().filter(|c| c.release == *name);
    let by = standing
        .map(|s| s.promotion)
        .chain(current.map(|c| c.promotion))
        .max();
    let Some(plan) = by.and_then(|id| state.promotions[&id].plan.as_ref()) else {
        return false;
    };
    let mut verdicts = plan.verdicts.iter();
    let Some(id) = verdicts
        .find(|verdict| verdict.gate == gate.as_str())
        .and_then(|verdict| verdict.overridden)
    else {
        return false;
    };
    let known = &state.overrides[id.0 as usize - 1];
    let (_, at) = known.confirmed.as_ref().unwrap();
    state.evidence.iter().all(|evidence| {
        evidence.content.gate != *gate
            || !evidence.is_about(release)
            || (evidence.at <= *at && evidence.revoked.as_ref().is_none_or(|(then, _)| then <= at))
    })
}
