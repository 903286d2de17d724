//! At most one promotion runs in an environment at a time.

use super::Context;
use crate::verdict::{Answer, Verdict};

/// Waiting while another promotion is carried out here; nothing otherwise.
pub(super) fn verdict(context: &Context<'_>) -> Option<Verdict> {
    let other = context.state.under_way(&context.environment.name)?;
    if context
        .promotion
        .is_some_and(|promotion| promotion.request.id == other.request.id)
    {
        return None;
    }
    let reason = format!(
        "{} ({}) is being carried out here",
        other.request.id, other.request.release
    );
    let verdict = Verdict::new("environment", "environment", Answer::Waiting, reason);
    Some(verdict.help("liftlock tick"))
}
