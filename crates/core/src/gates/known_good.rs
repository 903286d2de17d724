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
    let reason = format!("{release} is not known-good in {environment}");
    new(Answer::Blocked, reason)
}
