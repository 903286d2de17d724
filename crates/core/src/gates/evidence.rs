//! `evidence`: someone who may say so has said that exactly these digests are good.

mod exceptions;
mod limits;
mod units;

use exceptions::Exceptions;
pub use exceptions::{Excepted, Exception, excepted};
use units::{Unit, units};

use super::Context;
use super::signature::signer;
use crate::Time;
use crate::evidence::{Evidence, Finding};
use crate::policy::{EvidenceKind, EvidenceRule, Gate};
use crate::verdict::{Answer, Verdict};

/// The verdict over everything that has to be covered; the worst decides.
pub(super) fn verdict(context: &Context<'_>, gate: &Gate, rule: &EvidenceRule) -> Verdict {
    let judged = units(context, rule)
        .into_iter()
        .map(|unit| one(context, gate, rule, &unit));
    let judged: Vec<Verdict> = judged.collect();
    let worst = judged
        .iter()
        .map(|v| v.answer)
        .max()
        .unwrap_or(Answer::Blocked);
    let reasons: Vec<&str> = judged
        .iter()
        .filter(|v| v.answer == worst)
        .map(|v| v.reason.as_str())
        .collect();
    let mut verdict = Verdict::new(&gate.name, "evidence", worst, summary(&reasons));
    verdict.until = judged.iter().filter_map(|v| v.until).min();
    verdict.help = judged
        .into_iter()
        .filter(|v| v.answer == worst)
        .find_map(|v| v.help);
    verdict
}

/// The most reasons that are spelled out.
const REASONS_MAX: usize = 4;

fn summary(reasons: &[&str]) -> String {
    let mut distinct: Vec<&str> = Vec::new();
    for reason in reasons {
        if !distinct.contains(reason) {
            distinct.push(reason);
        }
    }
    let more = distinct.len().saturating_sub(REASONS_MAX);
    let mut text = distinct[..distinct.len() - more].join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    if text.is_empty() {
        text.push_str("there is nothing that it could cover");
    }
    text
}

fn one<'a>(context: &Context<'a>, gate: &Gate, rule: &'a EvidenceRule, unit: &Unit<'_>) -> Verdict {
    let name = unit.name();
    let new = |answer, reason: String| {
        Verdict::new(&gate.name, "evidence", answer, format!("{name}{reason}"))
    };
    if let Unit::Missing { platform, .. } = unit {
        return new(
            Answer::Blocked,
            format!("the image has no platform {platform}"),
        );
    }
    let release = &context.release.content.name;
    let add = submission(context, gate, rule);
    let Some(last) = last(context, gate, rule, unit) else {
        return new(
            Answer::Waiting,
            format!("no {} yet{}", wanted(rule.kind), from(context, rule)),
        )
        .help(add);
    };
    let id = last.content.id;
    if let Some(reason) = revoked_or_failed(last) {
        return new(Answer::Blocked, reason).help(add);
    }
    let exceptions = exceptions(context, gate, rule, unit);
    let excepted = match limits::within(rule, last, &exceptions, context.now) {
        Ok(excepted) => excepted,
        Err(reason) => return new(Answer::Blocked, format!("{id} {reason}")).help(add),
    };
    let withdrawn = context
        .state
        .environment(&context.environment.name)
        .withdrawn
        .get(release);
    if let Some(withdrawn) = withdrawn
        && last.counts_from <= withdrawn.at
    {
        let reason = format!(
            "{id} is older than the withdrawal of {release} at {:#}",
            withdrawn.at
        );
        return new(Answer::Waiting, reason).help(add);
    }
    let expires: Option<Time> = rule.fresh.map(|fresh| last.counts_from + fresh);
    if let Some(expired) = expires.filter(|expires| *expires < context.now) {
        let fresh = rule.fresh.unwrap_or_default();
        return new(
            Answer::Waiting,
            format!("{id} is stale since {expired:#} (fresh for {fresh})"),
        )
        .help(add);
    }
    let accepted_until = limits::holds_until(rule, last, &excepted);
    let without = limits::without(&excepted);
    new(
        Answer::Passed,
        format!("{id} {}{}{without}", said_by(context, last), asserted(last)),
    )
    .until(expires.into_iter().chain(accepted_until).min())
}

fn exceptions<'a>(
    context: &Context<'a>,
    gate: &Gate,
    rule: &'a EvidenceRule,
    unit: &Unit<'_>,
) -> Exceptions<'a> {
    let there = (context.state, context.policy);
    Exceptions::new(there, &gate.name, rule, unit.image())
}

/// The last evidence in the ledger's order that covers a unit and comes from whom the gate trusts:
/// that one counts, whatever it says.
fn last<'a>(
    context: &Context<'a>,
    gate: &Gate,
    rule: &EvidenceRule,
    unit: &Unit<'_>,
) -> Option<&'a Evidence> {
    let near = context.state.evidence_near(&gate.name, unit.digests());
    near.rev().find(|evidence| {
        evidence.content.statements.is_empty()
            && unit.is_covered_by(evidence)
            && may_submit(context, rule, evidence)
    })
}

/// What counts for each thing that has to be covered and is.
pub(super) fn counting<'a>(
    context: &Context<'a>,
    gate: &Gate,
    rule: &'a EvidenceRule,
) -> Vec<&'a Evidence> {
    let units = units(context, rule);
    let units = units.iter();
    units
        .filter_map(|unit| last(context, gate, rule, unit))
        .collect()
}

/// What speaks against a release that passed this gate before: see [`super::evidence_against`].
pub(super) fn against(
    context: &Context<'_>,
    gate: &Gate,
    rule: &EvidenceRule,
    since: Time,
) -> Option<Verdict> {
    units(context, rule).iter().find_map(|unit| {
        let last = last(context, gate, rule, unit)?;
        let reason = revoked_or_failed(last).or_else(|| {
            let exceptions = exceptions(context, gate, rule, unit);
            // A finding that is put back is a recheck too. One whose acceptance ends is not: that
            // the release was let in with it stands, as when limits are tightened.
            let judged = exceptions.worsened_at(last).max(Some(last.at))?;
            let over = limits::within(rule, last, &exceptions, judged).err();
            let reason = over.filter(|_| judged > since)?;
            Some(format!("{} {reason}", last.content.id))
        })?;
        let reason = format!("{}{reason}", unit.name());
        let verdict = Verdict::new(&gate.name, "evidence", Answer::Blocked, reason);
        Some(verdict.help(submission(context, gate, rule)))
    })
}

/// What is missing where there is no evidence of a kind.
fn wanted(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Tests => "tests",
        EvidenceKind::Scan => "scan",
        EvidenceKind::Manual => "manual",
        EvidenceKind::Load => "load test",
        EvidenceKind::Any => "evidence",
    }
}

/// The command that would submit what the gate wants.
fn submission(context: &Context<'_>, gate: &Gate, rule: &EvidenceRule) -> String {
    let release = &context.release.content.name;
    let how = match rule.kind {
        EvidenceKind::Manual => "--pass",
        _ => "--report FILE",
    };
    format!("liftlock evidence add {release} {} {how}", gate.name)
}

fn revoked_or_failed(evidence: &Evidence) -> Option<String> {
    let id = evidence.content.id;
    if let Some((at, reason)) = &evidence.revoked {
        return Some(format!("{id} was revoked at {at:#}: {reason}"));
    }
    let failed = evidence.content.finding == Some(Finding::Failed);
    failed.then(|| format!("{id} failed{}", figures(evidence)))
}

fn may_submit(context: &Context<'_>, rule: &EvidenceRule, evidence: &Evidence) -> bool {
    rule.trusts(context.policy, evidence)
}

fn figures(evidence: &Evidence) -> String {
    let figures = &evidence.content.figures;
    match (figures.get("failed"), figures.get("tests")) {
        (Some(failed), Some(tests)) => {
            let errors = figures.get("errors").copied().unwrap_or(0);
            format!(": {} of {tests} tests", failed + errors)
        }
        _ => String::new(),
    }
}

/// Who said it: a key, where it came signed, whoever came across it.
fn said_by(context: &Context<'_>, evidence: &Evidence) -> String {
    match evidence.content.attested {
        Some(_) => format!("signed by {}", signer(context, evidence)),
        None => format!("by {}", evidence.by),
    }
}

fn asserted(evidence: &Evidence) -> &'static str {
    match &evidence.content.report {
        Some(report) if report.asserted => " (asserted: the report names no digest)",
        _ => "",
    }
}

fn from(context: &Context<'_>, rule: &EvidenceRule) -> String {
    if rule.from.is_empty() {
        return String::new();
    }
    let members: Vec<_> = context.policy.members(&rule.from).into_iter().collect();
    format!(" from {}", members.join(", "))
}
