//! `evidence`: someone who may say so has said that exactly these digests are good.

use std::collections::BTreeMap;

use liftlock_oci::{Digest, Platform};

use super::Context;
use crate::evidence::{Evidence, Finding, Subject};
use crate::policy::{EvidenceKind, EvidenceRule, Gate, Per};
use crate::verdict::{Answer, Verdict};
use crate::{ImageKey, Time};

/// What has to be covered.
enum Unit<'a> {
    Release(Digest),
    Image {
        key: &'a ImageKey,
        image: Digest,
        platform: Option<&'a (Platform, Digest)>,
    },
    /// `platforms` asks for one that the image does not have.
    Missing {
        key: &'a ImageKey,
        platform: &'a Platform,
    },
}

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

fn units<'a>(context: &Context<'a>, rule: &'a EvidenceRule) -> Vec<Unit<'a>> {
    if rule.per == Per::Release {
        return vec![Unit::Release(context.release.content.set_digest())];
    }
    let mut units = Vec::new();
    for (key, image) in &context.release.content.images {
        let (image, platforms) = (image.image.digest, &image.image.platforms);
        if !rule.platforms.is_empty() {
            units.extend(rule.platforms.iter().map(|wanted| {
                match platforms.iter().find(|(platform, _)| platform == wanted) {
                    Some(found) => Unit::Image {
                        key,
                        image,
                        platform: Some(found),
                    },
                    None => Unit::Missing {
                        key,
                        platform: wanted,
                    },
                }
            }));
        } else if platforms.is_empty() {
            units.push(Unit::Image {
                key,
                image,
                platform: None,
            });
        } else {
            let each = platforms.iter().map(|p| Unit::Image {
                key,
                image,
                platform: Some(p),
            });
            units.extend(each);
        }
    }
    units
}

impl Unit<'_> {
    fn is_covered_by(&self, evidence: &Evidence) -> bool {
        match (self, &evidence.content.subject) {
            (Unit::Release(set), Subject::Release { set: covered }) => set == covered,
            (
                Unit::Image {
                    image, platform, ..
                },
                Subject::Image { .. },
            ) => evidence.covers(*image, platform.map(|(_, manifest)| *manifest)),
            _ => false,
        }
    }

    fn name(&self) -> String {
        match self {
            Unit::Release(_) => String::new(),
            Unit::Image {
                key,
                platform: Some((platform, _)),
                ..
            } => format!("{key} {platform}: "),
            Unit::Image {
                key,
                platform: None,
                ..
            } => format!("{key}: "),
            Unit::Missing { key, platform } => format!("{key} {platform}: "),
        }
    }
}

fn one(context: &Context<'_>, gate: &Gate, rule: &EvidenceRule, unit: &Unit<'_>) -> Verdict {
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
            format!("no {} yet{}", rule.kind, from(context, rule)),
        )
        .help(add);
    };
    let id = last.content.id;
    if let Some(reason) = revoked_or_failed(last).or_else(|| over_limits(rule, last)) {
        return new(Answer::Blocked, reason).help(add);
    }
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
    new(
        Answer::Passed,
        format!("{id} by {}{}", last.by, asserted(last)),
    )
    .until(expires)
}

/// The last evidence in the ledger's order that covers a unit and comes from whom the gate trusts:
/// that one counts, whatever it says.
fn last<'a>(
    context: &Context<'a>,
    gate: &Gate,
    rule: &EvidenceRule,
    unit: &Unit<'_>,
) -> Option<&'a Evidence> {
    context.state.evidence.iter().rev().find(|evidence| {
        evidence.content.gate == gate.name
            && unit.is_covered_by(evidence)
            && may_submit(context, rule, evidence)
    })
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
        let recheck = || over_limits(rule, last).filter(|_| last.at > since);
        let reason = revoked_or_failed(last).or_else(recheck)?;
        let reason = format!("{}{reason}", unit.name());
        let verdict = Verdict::new(&gate.name, "evidence", Answer::Blocked, reason);
        Some(verdict.help(submission(context, gate, rule)))
    })
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

fn over_limits(rule: &EvidenceRule, evidence: &Evidence) -> Option<String> {
    let reason = limits(rule, evidence).err()?;
    Some(format!("{} {reason}", evidence.content.id))
}

fn may_submit(context: &Context<'_>, rule: &EvidenceRule, evidence: &Evidence) -> bool {
    rule.is_from(context.policy, &evidence.by)
}

/// Whether the figures are within the limits; where there are none, whether anything decides.
fn limits(rule: &EvidenceRule, evidence: &Evidence) -> Result<(), String> {
    let counts: &BTreeMap<String, u64> = &evidence.content.figures;
    if rule.max.is_empty() {
        return match evidence.content.finding {
            Some(_) => Ok(()),
            None => Err("decides nothing: the gate has no `max`".to_owned()),
        };
    }
    let mut over = Vec::new();
    for (severity, max) in &rule.max {
        match counts.get(severity.as_str()) {
            None => {
                return Err(format!(
                    "has no count of {severity} findings, and the gate has a limit: submit the report"
                ));
            }
            Some(count) if count > max => over.push(format!("{count} {severity} (at most {max})")),
            Some(_) => {}
        }
    }
    if over.is_empty() {
        Ok(())
    } else {
        Err(format!("is over the limit: {}", over.join(", ")))
    }
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
