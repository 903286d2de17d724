//! The one gate of a rollback: its release is known-good where it goes.

use super::Context;
use crate::verdict::{Answer, Verdict};

pub(super) fn verdict(context: &Context<'_>) -> Verdict {
    let (release, environment) = (&context.release.content.name, &context.environment.name);
    let new = |answer, reason: String| Verdict::new("known-good", "known-good", answer, reason);
    if context.state.is_known_good(environment, release) {
        let reason = format!("{release} was verified in {environment} and not withdrawn since");
        return new(Answer::Passed, reason);
    }
    let there = context.state.environment(environment);
    let reason = match there.withdrawn.get(release) {
        Some(withdrawn) => format!("withdrawn at {:#}: {}", withdrawn.at, withdrawn.reason),
        None if there.verified.get(release).is_none() => "never verified there".to_owned(),
        None => match context.state.evidence_against(environment, release) {
            Some(against) => format!("{}: {}", against.gate, against.reason),
            None => "not known-good there".to_owned(),
        },
    };
    let promote = format!("liftlock promote {release} --to {environment}");
    new(Answer::Blocked, reason).help(promote)
}
