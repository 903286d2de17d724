//! `window`: only at certain times of the week.

use crate::Time;
use crate::calendar::{AHEAD_MAX, Opening, open_at};
use crate::policy::{Gate, WindowRule};
use crate::verdict::{Answer, Verdict};

/// Passed while the window is open, waiting until it opens, and blocked where it does not open in
/// any time that could be waited for.
pub(super) fn verdict(gate: &Gate, rule: &WindowRule, now: Time) -> Verdict {
    let new = |answer, reason: String| Verdict::new(&gate.name, "window", answer, reason);
    let show = |time| rule.timezone.show(time);
    match open_at(rule, now) {
        Ok(Opening::Open {
            closes: Some(closes),
        }) => new(Answer::Passed, format!("open until {}", show(closes))).until(Some(closes)),
        Ok(Opening::Open { closes: None }) => new(Answer::Passed, "always open".to_owned()),
        Ok(Opening::Closed { opens: Some(opens) }) => {
            let reason = format!("closed, and opens {}", show(opens));
            new(Answer::Waiting, reason).until(Some(opens))
        }
        Ok(Opening::Closed { opens: None }) => {
            let reason = format!(
                "closed, and does not open within {AHEAD_MAX}: look at its days, hours and exceptions"
            );
            new(Answer::Blocked, reason)
        }
        Err(unknown) => new(Answer::Blocked, unknown.to_string()),
    }
}
