//! Freezes: no gate of a file, but a decision that is laid before them all.

use super::Context;
use crate::Policy;
use crate::freeze::Freeze;
use crate::verdict::{Answer, Verdict};

/// The name under which a freeze stands among the verdicts; a policy has no gate of this name.
pub(crate) const FREEZE: &str = "freeze";

/// Waiting until the last freeze that holds here is over; nothing where none does. One verdict,
/// also where one of all environments and one of this one hold at once.
pub(super) fn verdict(context: &Context<'_>) -> Option<Verdict> {
    let (state, name) = (context.state, &context.environment.name);
    let freezes = state.freezes_of(name, context.now);
    let last = freezes.iter().max_by_key(|freeze| freeze.until)?;
    let reasons: Vec<_> = freezes
        .iter()
        .map(|freeze| reason(context.policy, freeze))
        .collect();
    let verdict = Verdict::new(FREEZE, "freeze", Answer::Waiting, reasons.join("; "));
    let help = format!("liftlock unfreeze {}", last.scope.argument());
    Some(verdict.until(Some(last.until)).help(help))
}

fn reason(policy: &Policy, freeze: &Freeze) -> String {
    let by = policy.person(&freeze.by.identity);
    let (is, until) = (freeze.scope.is(), freeze.until);
    format!("{is} frozen until {until:#} by {by}: {}", freeze.reason)
}
