//! What evidence says of findings: those that an environment limits, and what does not count there.

use liftlock_core::evidence::{Evidence, Found};
use liftlock_core::gates::{Excepted, Exception, excepted};
use liftlock_core::policy::{EvidenceRule, Figure, Severity};
use liftlock_core::{EnvironmentName, State, Time};
use serde_json::{Value, json};

/// Most findings of a severity, and most statements, that are shown.
const SHOWN_MAX: usize = 8;

/// What a piece of evidence says of the findings that an environment's gate limits.
pub(super) struct Said<'a> {
    environment: &'a EnvironmentName,
    /// Those that count.
    counting: Vec<&'a Found>,
    /// Those that do not.
    excepted: Vec<Excepted<'a>>,
}

/// For each environment whose gate of this evidence's name limits findings.
pub(super) fn by_environment<'a>(
    state: &'a State,
    evidence: &'a Evidence,
    now: Time,
) -> Vec<Said<'a>> {
    let Ok(policy) = state.policy() else {
        return Vec::new();
    };
    let gate = &evidence.content.gate;
    let said = |(environment, rule): (&'a EnvironmentName, &'a EvidenceRule)| {
        let limited = |found: &&Found| rule.max.contains_key(&Figure::from(found.severity));
        let excepted = excepted((state, policy), gate, rule, evidence, now);
        let is_out = |found: &Found| excepted.iter().any(|one| one.found == found);
        let all = evidence.content.findings.iter().filter(limited);
        Said {
            environment,
            counting: all.filter(|found| !is_out(found)).collect(),
            excepted,
        }
    };
    let rules = policy.evidence_rules(gate).into_iter();
    let mut all: Vec<_> = rules.map(said).collect();
    all.retain(|said| !said.counting.is_empty() || !said.excepted.is_empty());
    all
}

impl Said<'_> {
    /// One line a severity, and one a finding that does not count.
    pub(super) fn lines(&self) -> Vec<String> {
        let place = self.environment;
        let mut lines = Vec::new();
        for severity in Severity::ALL {
            let of_it = self.counting.iter().filter(|one| one.severity == severity);
            let ids: Vec<String> = of_it.map(|found| named(found)).collect();
            if !ids.is_empty() {
                lines.push(format!("     {place}: {severity} {}", cut(&ids, ", ")));
            }
        }
        let out: Vec<String> = self.excepted.iter().map(ToString::to_string).collect();
        lines.extend(shown(&out, |out| format!("     {place}: without {out}")));
        lines
    }

    pub(super) fn json(&self) -> Value {
        let excepted = self.excepted.iter().map(|one| {
            let by = match one.by {
                Exception::Accepted(accepted) => {
                    json!({ "accepted": accepted, "ends": accepted.ends() })
                }
                Exception::Stated {
                    statement,
                    evidence,
                } => json!({ "statement": statement, "evidence": evidence.content.id }),
            };
            json!({ "finding": one.found, "by": by })
        });
        json!({
            "environment": self.environment,
            "counting": self.counting,
            "excepted": excepted.collect::<Vec<_>>(),
        })
    }
}

/// One line a statement.
pub(super) fn statements(evidence: &Evidence) -> Vec<String> {
    let said = evidence.content.statements.iter().map(|statement| {
        let why = statement.justification.as_deref();
        let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
        let parts = if statement.partial {
            ", of parts of the image only"
        } else {
            ""
        };
        let names: Vec<&str> = statement.names().collect();
        format!("{} is {}{why}{parts}", names.join(", "), statement.status)
    });
    shown(&said.collect::<Vec<_>>(), |said| format!("     {said}"))
}

fn named(found: &Found) -> String {
    if found.count > 1 {
        format!("{} ({})", found.id, found.count)
    } else {
        found.id.clone()
    }
}

fn cut(all: &[String], between: &str) -> String {
    let more = all.len().saturating_sub(SHOWN_MAX);
    let first = all[..all.len() - more].join(between);
    match more {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn shown(all: &[String], line: impl Fn(&str) -> String) -> Vec<String> {
    let more = all.len().saturating_sub(SHOWN_MAX);
    let first = all[..all.len() - more].iter();
    let mut lines: Vec<String> = first.map(|one| line(one)).collect();
    if more > 0 {
        lines.push(line(&format!("{more} more")));
    }
    lines
}
