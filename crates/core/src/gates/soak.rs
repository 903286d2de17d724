//! `soak`: long enough current and verified upstream.

use super::Context;
use crate::policy::{Gate, SoakRule};
use crate::verdict::{Answer, Verdict};
use crate::{EnvironmentName, Span};

/// The slowest upstream decides.
pub(super) fn verdict(context: &Context<'_>, gate: &Gate, rule: &SoakRule) -> Verdict {
    let upstream = context
        .environment
        .after
        .iter()
        .map(|upstream| one(context, gate, rule, upstream));
    upstream
        .max_by_key(|verdict| (verdict.answer, verdict.until.is_none(), verdict.until))
        .unwrap_or_else(|| {
            let reason = "there is no environment upstream to soak in";
            Verdict::new(&gate.name, "soak", Answer::Blocked, reason)
        })
}

fn one(context: &Context<'_>, gate: &Gate, rule: &SoakRule, upstream: &EnvironmentName) -> Verdict {
    let release = &context.release.content.name;
    let clock = context
        .state
        .environment(upstream)
        .soak
        .get(release)
        .copied()
        .unwrap_or_default();
    let earned = clock.total(context.now);
    let new = |answer, reason: String| Verdict::new(&gate.name, "soak", answer, reason);
    if earned >= rule.time {
        return new(
            Answer::Passed,
            format!("soaked {} of {} in {upstream}", floor(earned), rule.time),
        );
    }
    let left = rule.time.left_after(earned);
    let so_far = format!("{} of {} in {upstream}", floor(earned), rule.time);
    let unseen = clock.stands_from().filter(|from| *from <= context.now);
    match clock.since {
        Some(since) if unseen.is_some() => new(
            Answer::Waiting,
            format!("soaked {so_far}, and nobody watches {upstream} since {since:#}"),
        )
        .help(format!("liftlock watch {upstream}")),
        Some(_) => new(
            Answer::Waiting,
            format!("soaked {so_far}, {} to go", ceil(left)),
        )
        .until(Some(context.now + left)),
        None => new(
            Answer::Waiting,
            format!(
                "soaked {so_far}, and the clock stands: {release} is not current and verified there"
            ),
        )
        .help(format!(
            "liftlock promote {release} --to {upstream} --again"
        )),
    }
}

/// Whole seconds, rounded so that nothing is shown as over before it is.
fn floor(span: Span) -> Span {
    Span::from_secs(span.us() / 1_000_000)
}

fn ceil(span: Span) -> Span {
    Span::from_secs(span.us().saturating_add(999_999) / 1_000_000)
}
