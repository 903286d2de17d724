//! Overrides laid over verdicts: what a gate says is replaced, and shown all the same.

use super::Context;
use crate::overrides::{counts, is_overridable};
use crate::plan::policy_digest;
use crate::verdict::{Answer, Verdict};

/// Passes the gates that are overridden now. One that does not count, or not yet, is said beside
/// what its gate says.
pub(super) fn lay_over(context: &Context<'_>, verdicts: &mut [Verdict]) {
    if context.promotion.is_none() || context.state.overrides.is_empty() {
        return;
    }
    for verdict in verdicts {
        if verdict.answer != Answer::Passed && is_overridable(&verdict.kind) {
            one(context, verdict);
        }
    }
}

fn one(context: &Context<'_>, verdict: &mut Verdict) {
    let Some(promotion) = context.promotion else {
        return;
    };
    let rule = (context.policy, context.environment.overrides.as_ref());
    let digest = policy_digest(context.policy, context.environment).ok();
    let person = |actor: &crate::Actor| context.policy.person(&actor.identity);
    let known = context.state.overrides_of(promotion.request.id).rev();
    let known = known.filter(|known| known.content.gate.as_str() == verdict.gate);
    let mut voids = Vec::new();
    for known in known {
        match counts(
            rule,
            (context.release, digest),
            promotion,
            known,
            context.now,
        ) {
            Ok(until) => {
                let confirmed = known.confirmed.as_ref();
                let by = confirmed.map(|(by, _)| person(by)).unwrap_or_default();
                verdict.reason = format!(
                    "overridden by {}, confirmed by {by}: {} ({}, until {until:#}; it said: {})",
                    person(&known.by),
                    known.content.reason,
                    known.content.id,
                    verdict.reason,
                );
                verdict.answer = Answer::Passed;
                verdict.until = Some(until);
                verdict.help = None;
                verdict.overridden = Some(known.content.id);
                return;
            }
            Err(void) => voids.push(void),
        }
    }
    for void in voids {
        verdict.reason.push_str("; ");
        verdict.reason.push_str(&void);
    }
}
