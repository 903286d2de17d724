//! Whether a report's figures are within a gate's limits, and in which words.

use super::exceptions::{Excepted, Exception, Exceptions};
use crate::Time;
use crate::evidence::{Evidence, Found};
use crate::policy::{EvidenceRule, Figure};

/// Most findings that are named of one limit, or of what is excepted.
const NAMED_MAX: usize = 3;

/// What is excepted where the figures are within the limits at `at`; else what they are over. Where
/// there are no limits: whether anything decides.
pub(super) fn within<'a>(
    rule: &EvidenceRule,
    evidence: &'a Evidence,
    exceptions: &Exceptions<'a>,
    at: Time,
) -> Result<Vec<Excepted<'a>>, String> {
    if rule.max.is_empty() && rule.min.is_empty() {
        return match evidence.content.finding {
            Some(_) => Ok(Vec::new()),
            None => Err("decides nothing: the gate has no limits".to_owned()),
        };
    }
    let excepted = exceptions.among(evidence, at);
    let mut over = Vec::new();
    for (figure, max) in &rule.max {
        let left = counted(evidence, *figure)?.saturating_sub(taken_out(&excepted, *figure));
        if left > *max {
            let named = named(&counting(evidence, &excepted, *figure));
            over.push(format!("{left} {figure} (at most {max}){named}"));
        }
    }
    for (figure, min) in &rule.min {
        let count = counted(evidence, *figure)?;
        if count < *min {
            over.push(format!("{count} {figure} (at least {min})"));
        }
    }
    if over.is_empty() {
        return Ok(excepted);
    }
    let notes = notes(evidence, exceptions, at);
    Err(format!("is over the limit: {}{notes}", over.join("; ")))
}

/// The first end of an acceptance at which the figures would be over a limit.
pub(super) fn holds_until(
    rule: &EvidenceRule,
    evidence: &Evidence,
    excepted: &[Excepted<'_>],
) -> Option<Time> {
    let ends_of = |one: &Excepted<'_>| match one.by {
        Exception::Accepted(accepted) => Some(accepted.ends()),
        Exception::Stated { .. } => None,
    };
    let mut ends: Vec<Time> = excepted.iter().filter_map(ends_of).collect();
    ends.sort_unstable();
    ends.dedup();
    ends.into_iter().find(|end| {
        let lasting = excepted
            .iter()
            .filter(|one| ends_of(one).is_none_or(|ends| ends > *end));
        let lasting: Vec<_> = lasting.cloned().collect();
        rule.max.iter().any(|(figure, max)| {
            let count = counted(evidence, *figure).unwrap_or(u64::MAX);
            count.saturating_sub(taken_out(&lasting, *figure)) > *max
        })
    })
}

fn counted(evidence: &Evidence, figure: Figure) -> Result<u64, String> {
    let count = evidence.content.figures.get(figure.as_str());
    count.copied().ok_or_else(|| {
        let what = match figure.severity() {
            Some(severity) => format!("{severity} findings"),
            None => format!("`{figure}`"),
        };
        format!("has no count of {what}, and the gate has a limit: submit the report")
    })
}

fn taken_out(excepted: &[Excepted<'_>], figure: Figure) -> u64 {
    excepted
        .iter()
        .filter(|one| Figure::from(one.found.severity) == figure)
        .fold(0, |sum, one| sum.saturating_add(one.found.count))
}

/// The findings that count in a figure.
fn counting<'a>(
    evidence: &'a Evidence,
    excepted: &[Excepted<'_>],
    figure: Figure,
) -> Vec<&'a Found> {
    let is_out = |found: &Found| excepted.iter().any(|one| one.found == found);
    let all = evidence.content.findings.iter();
    all.filter(|found| Figure::from(found.severity) == figure && !is_out(found))
        .collect()
}

fn named(findings: &[&Found]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let first = findings.iter().take(NAMED_MAX).map(|found| {
        let times = if found.count > 1 {
            format!(" in {} places", found.count)
        } else {
            String::new()
        };
        format!("{}{times}", found.id)
    });
    format!(": {}", listed(first.collect(), findings.len()))
}

/// The first ones, and how many more there are.
fn listed(first: Vec<String>, all: usize) -> String {
    let more = all - first.len();
    let first = first.join(", ");
    if more == 0 {
        first
    } else {
        format!("{first} and {more} more")
    }
}

/// What could have helped and does not: an acceptance that has ended, a statement on parts of the
/// image, one that puts a finding back, and findings that are not listed.
fn notes(evidence: &Evidence, exceptions: &Exceptions<'_>, at: Time) -> String {
    let mut notes = Vec::new();
    for found in exceptions.limited(evidence) {
        if let Some(ended) = exceptions.acceptance(found).filter(|one| one.ends() <= at) {
            notes.push(format!(
                "the acceptance of {} ended with {}",
                ended.id, ended.until
            ));
        }
        if let Some((said, statement)) = exceptions.latest(found) {
            let (id, by) = (&found.id, said.content.id);
            if said.revoked.is_some() {
                notes.push(format!("what {by} said of {id} is revoked"));
            } else if statement.partial {
                notes.push(format!(
                    "what {by} says of {id} is about parts of the image, so it takes nothing out"
                ));
            } else if !statement.excepts() {
                notes.push(format!("{by} says {id} is {}", statement.status));
            }
        }
    }
    notes.dedup();
    let all = notes.len();
    notes.truncate(NAMED_MAX);
    let mut text = String::new();
    if all > 0 {
        text = format!("; {}", listed(notes, all));
    }
    if evidence.content.findings_left_out > 0 {
        text.push_str("; the list of findings was cut, and what is not in it cannot be accepted");
    }
    text
}

/// What is excepted and by what, for a verdict that passed.
pub(super) fn without(excepted: &[Excepted<'_>]) -> String {
    if excepted.is_empty() {
        return String::new();
    }
    let first = excepted.iter().take(NAMED_MAX);
    let first: Vec<_> = first.map(ToString::to_string).collect();
    let more = excepted.len() - first.len();
    let more = match more {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("; without {}{more}", first.join("; "))
}
