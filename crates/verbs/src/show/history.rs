//! Every promotion: when, what digest, from which, who asked, who approved, how it ended.

use liftlock_core::promotion::{Promotion, Status};
use liftlock_core::{Policy, State};

use super::{images, overrides, promotion, time};

/// One promotion, in a few lines.
pub fn entry(state: &State, policy: &Policy, shown: &Promotion) -> String {
    let request = &shown.request;
    let mut lines = vec![format!(
        "{:<5} {}  {} -> {}  {}: {}",
        request.id.to_string(),
        time::instant(shown.requested_at),
        request.release,
        request.environment,
        promotion::kind(shown),
        promotion::status(shown),
    )];
    lines.extend(images::lines(&images::of(state, shown), "      "));
    lines.push(format!("      asked by {}", shown.requested_by));
    for approval in &shown.approvals {
        let gates: Vec<_> = approval
            .content
            .gates
            .iter()
            .map(|gate| gate.as_str())
            .collect();
        let person = policy.person(&approval.by.identity).to_string();
        let named = if person == approval.by.identity.to_string() {
            approval.by.to_string()
        } else {
            format!("{person}, as {}", approval.by)
        };
        let mut line = format!("      approved by {named} ({})", gates.join(", "));
        if let Some((_, reason)) = &approval.withdrawn {
            line.push_str(&format!("; withdrawn: {reason}"));
        }
        lines.push(line);
    }
    let known = state.overrides.iter();
    for known in known.filter(|known| known.content.promotion == request.id) {
        lines.push(format!("      override {}", overrides::line(state, known)));
    }
    if let (Status::Ended(_), Some(ended)) = (&shown.status, shown.ended_at) {
        let by = shown
            .ended_by
            .as_ref()
            .map(|by| format!(" by {by}"))
            .unwrap_or_default();
        let took = time::rough(ended.since(shown.requested_at));
        lines.push(format!(
            "      ended {} after {took}{by}",
            time::instant(ended)
        ));
    }
    lines.join("\n")
}
