//! What an auditor reads.

use std::collections::BTreeMap;

use liftlock_core::State;
use liftlock_core::policy::IdentityMode;
use liftlock_core::promotion::{Outcome, Promotion, Status};
use liftlock_verbs::show::{history, overrides, promotion};
use serde_json::{Value, json as value};

use super::reports::Reports;
use super::{Audited, Pipeline};

/// The most findings that are printed; JSON has more.
const FINDINGS_SHOWN: usize = 20;

/// The account in lines; with `whole`, every promotion too.
pub(in crate::verbs::log) fn text(
    audited: &Audited,
    reports: Option<&Reports>,
    whole: bool,
) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some((seq, why)) = &audited.strange {
        lines.push(format!("entry {seq} is of no pipeline: {why}"));
    }
    for pipeline in &audited.pipelines {
        decisions(pipeline, &mut lines);
        promotions(pipeline, whole, &mut lines);
    }
    if let Some(reports) = reports {
        lines.push(format!(
            "{} reports read again, and as recorded; {} are not in the export",
            reports.same, reports.missing
        ));
        if reports.verified > 0 {
            lines.push(format!(
                "{} attestations verified again, and as recorded",
                reports.verified
            ));
        }
        if reports.before_kept > 0 {
            lines.push(format!(
                "{} signatures not verified again: recorded before signatures of cosign's older \
                 form were kept",
                reports.before_kept
            ));
        }
        shown(
            &reports.findings,
            "reports are not what was recorded",
            &mut lines,
        );
    }
    lines
}

fn decisions(pipeline: &Pipeline, lines: &mut Vec<String>) {
    let (name, replayed) = (&pipeline.name, &pipeline.replayed);
    lines.push(format!(
        "{name}: {} events, {} decided again, and as recorded",
        pipeline.events, replayed.confirmed
    ));
    let adopted = pipeline.state.adopted.as_ref();
    if adopted.is_some_and(|adopted| adopted.policy.identity == IdentityMode::Claimed) {
        lines.push("  identities are claimed: who did what is not proven".to_owned());
    }
    for (kind, count) in &replayed.without_rule {
        lines.push(format!("  {count} folded, no rule about {kind}"));
    }
    for (why, count) in &replayed.unchecked {
        lines.push(format!("  {count} not decided again: {why}"));
    }
    if let Some(stopped) = &pipeline.stopped {
        lines.push(format!(
            "  from event {} on nothing was decided again: {}",
            stopped.n, stopped.why
        ));
    }
    let findings: Vec<String> = replayed.findings.iter().map(ToString::to_string).collect();
    shown(&findings, "events are not what the rules come to", lines);
}

fn shown(findings: &[String], what: &str, lines: &mut Vec<String>) {
    if findings.is_empty() {
        return;
    }
    lines.push(format!("  {} {what}:", findings.len()));
    let first = findings.iter().take(FINDINGS_SHOWN);
    lines.extend(first.map(|finding| format!("    {finding}")));
    if findings.len() > FINDINGS_SHOWN {
        lines.push(format!("    and {} more", findings.len() - FINDINGS_SHOWN));
    }
}

fn promotions(pipeline: &Pipeline, whole: bool, lines: &mut Vec<String>) {
    let state = &pipeline.state;
    let counts: Vec<_> = endings(state)
        .into_iter()
        .map(|(how, count)| format!("{count} {how}"))
        .collect();
    if !counts.is_empty() {
        let all = state.promotions.len();
        let s = if all == 1 { "" } else { "s" };
        lines.push(format!("  {all} promotion{s}: {}", counts.join(", ")));
    }
    for known in state.to_review() {
        let line = overrides::line(state, known);
        lines.push(format!("  never reviewed: override {line}"));
    }
    let Some(adopted) = state.adopted.as_ref().filter(|_| whole) else {
        return;
    };
    for shown in state.promotions.values() {
        let entry = history::entry(state, &adopted.policy, shown);
        lines.extend(entry.lines().map(|line| format!("  {line}")));
    }
}

/// How many promotions ended in which way.
fn endings(state: &State) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for promotion in state.promotions.values() {
        *counts.entry(ending(promotion)).or_default() += 1;
    }
    counts
}

fn ending(promotion: &Promotion) -> &'static str {
    match &promotion.status {
        Status::Ended(outcome) => match outcome {
            Outcome::Succeeded => "succeeded",
            Outcome::Failed { .. } => "failed",
            Outcome::RolledBack { .. } => "rolled back",
            Outcome::NothingToReturnTo { .. } => "failed with nothing to return to",
            Outcome::Rejected { .. } => "rejected",
            Outcome::Cancelled { .. } => "cancelled",
            Outcome::Superseded { .. } => "superseded",
            Outcome::Expired => "expired",
        },
        _ => "open",
    }
}

/// The account for programs.
pub(in crate::verbs::log) fn json(
    audited: &Audited,
    reports: Option<&Reports>,
    whole: bool,
) -> Value {
    value!({
        "clean": audited.is_clean() && reports.is_none_or(Reports::is_clean),
        "strange": audited.strange.as_ref().map(|(seq, why)| value!({ "seq": seq, "why": why })),
        "pipelines": audited.pipelines.iter().map(|p| of_pipeline(p, whole)).collect::<Vec<_>>(),
        "reports": reports.map(|reports| value!({
            "same": reports.same,
            "attestations": reports.verified,
            "attestations_unchecked": reports.before_kept,
            "missing": reports.missing,
            "findings": reports.findings,
        })),
    })
}

fn of_pipeline(pipeline: &Pipeline, whole: bool) -> Value {
    let (state, replayed) = (&pipeline.state, &pipeline.replayed);
    let findings = replayed.findings.iter().map(|finding| {
        value!({
            "n": finding.n,
            "time": finding.time,
            "event": finding.event,
            "problem": finding.problem,
        })
    });
    let unreviewed = state.to_review().map(|known| overrides::json(state, known));
    let mut json = value!({
        "pipeline": pipeline.name,
        "identity": state.adopted.as_ref().map(|adopted| adopted.policy.identity),
        "events": pipeline.events,
        "confirmed": replayed.confirmed,
        "findings_count": replayed.findings_count,
        "findings": findings.collect::<Vec<_>>(),
        "without_rule": replayed.without_rule,
        "unchecked": replayed.unchecked,
        "stopped": pipeline.stopped.as_ref().map(|stopped| value!({
            "n": stopped.n, "why": stopped.why, "newer": stopped.newer,        })),
        "endings": endings(state),
        "overrides_not_reviewed": unreviewed.collect::<Vec<_>>(),
    });
    if whole {
        let ids = state
            .promotions
            .values()
            .map(|promotion| promotion.request.id);
        let all: Vec<Value> = ids.map(|id| promotion::json(state, id)).collect();
        json["promotions"] = all.into();
    }
    json
}
