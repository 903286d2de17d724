//! Holds: what nobody asked for waits until somebody lets it go on.

use super::Context;
use crate::verdict::{Answer, Verdict};

/// The name under which a hold stands among the verdicts; a policy has no gate of this name.
pub(crate) const HOLD: &str = "hold";

/// Waiting for an automatic promotion while its environment is held; nothing for one that someone
/// asked for.
pub(super) fn verdict(context: &Context<'_>) -> Option<Verdict> {
    let environment = &context.environment.name;
    let hold = context.state.environment(environment).hold.as_ref()?;
    if !context.promotion?.request.automatic {
        return None;
    }
    let by = context.policy.person(&hold.by.identity);
    let reason = format!(
        "{environment} is held since {:#} by {by}: {}",
        hold.at, hold.reason
    );
    let verdict = Verdict::new(HOLD, "hold", Answer::Waiting, reason);
    Some(verdict.help(format!("liftlock resume {environment}")))
}
