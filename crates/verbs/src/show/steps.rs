//! What was done for a promotion, step by step.

use liftlock_core::plan::Step;
use liftlock_core::promotion::{Journal, Promotion, Status, StepEnd, StepRecord};
use liftlock_oci::Digest;

use super::time;

/// Each step of its plan, in lines: what it is, how it ended, after how long. `printed` gives what
/// a step printed, if that is to be shown.
pub fn lines(promotion: &Promotion, printed: impl Fn(&Digest) -> Option<String>) -> Vec<String> {
    let Some(plan) = &promotion.plan else {
        return vec!["      nothing was begun".to_owned()];
    };
    let mut lines = listed(&plan.steps, &promotion.journal, &printed);
    if let Status::Reverting { steps, journal, .. } = &promotion.status {
        lines.push("      put back:".to_owned());
        lines.extend(listed(steps, journal, &printed));
    }
    lines
}

/// What these steps printed, as blobs.
pub fn outputs(promotion: &Promotion) -> Vec<Digest> {
    let records = promotion.journal.0.values();
    let ends = records.filter_map(|record| record.ended.as_ref());
    ends.filter_map(|end| end.output).collect()
}

fn listed(
    steps: &[Step],
    journal: &Journal,
    printed: &impl Fn(&Digest) -> Option<String>,
) -> Vec<String> {
    let mut lines = Vec::new();
    for (place, step) in (0..).zip(steps) {
        let record = journal.0.get(&place);
        let (number, of, title) = (place + 1, steps.len(), step.title());
        lines.push(format!("      [{number}/{of}] {title}: {}", how(record)));
        let output = record.and_then(|record| record.ended.as_ref()?.output);
        let text = output.and_then(|output| printed(&output));
        let text = text.iter().flat_map(|text| text.lines());
        lines.extend(text.map(|line| format!("            | {line}")));
    }
    lines
}

fn how(record: Option<&StepRecord>) -> String {
    let Some(record) = record else {
        return "not begun".to_owned();
    };
    let Some(end) = &record.ended else {
        return format!("begun {}, and not ended", time::instant(record.started_at));
    };
    let StepEnd { at, summary, .. } = end;
    let took = time::rough(at.since(record.started_at));
    let mark = match (end.done, end.stopped) {
        (true, _) => "ok: ",
        (false, true) => "",
        (false, false) => "FAILED: ",
    };
    format!("{mark}{summary}, after {took}")
}
