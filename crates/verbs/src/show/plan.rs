//! A plan, as it is read before anyone agrees to it.

use liftlock_core::plan::Plan;
use liftlock_core::promotion::Kind;
use liftlock_core::verdict::Answer;

use super::{images, paint, verdicts};

/// The plan as text, and the commands that would help.
pub fn text(plan: &Plan, color: bool) -> String {
    let mut lines = vec![body(plan, color)];
    let help = verdicts::help(&plan.verdicts);
    if plan.answer() != Answer::Passed && !help.is_empty() {
        lines.push(String::new());
        lines.push(paint::strong("next", color));
        lines.extend(help.into_iter().map(|command| format!("  {command}")));
    }
    lines.join("\n")
}

/// The plan alone.
pub fn body(plan: &Plan, color: bool) -> String {
    let what = match &plan.kind {
        Kind::Promote => format!("{} -> {}", plan.release, plan.environment),
        Kind::Rollback { .. } => format!("roll {} back to {}", plan.environment, plan.release),
    };
    let mut lines = vec![paint::strong(&what, color)];
    lines.extend(images::lines(&plan.places(), "  "));
    lines.push(String::new());
    lines.push(paint::strong("gates", color));
    if plan.verdicts.is_empty() {
        lines.push("  none".to_owned());
    }
    let now = crate::clock::now();
    lines.extend(
        plan.verdicts
            .iter()
            .map(|v| verdicts::styled(v, Some(now), color)),
    );
    lines.push(String::new());
    lines.push(paint::strong("steps", color));
    let steps = plan.steps.iter().enumerate();
    lines.extend(steps.map(|(n, step)| format!("  {}. {}", n + 1, step.title())));
    if let Some(label) = &plan.worker {
        lines.push(format!("  by a worker with the label {label}"));
    }
    if !plan.notices.is_empty() {
        lines.push(String::new());
        lines.extend(plan.notices.iter().map(|notice| format!("note: {notice}")));
    }
    lines.join("\n")
}
