//! Checks: what is asked can be asked, and in an order.

use std::collections::BTreeSet;

use super::Found;
use crate::policy::{
    Check, CheckKind, Environment, EvidenceKind, GateRule, K6Check, Policy, checks_in_order,
};
use crate::watching::gap_max;
use crate::{CheckName, Span};

pub(super) fn check(policy: &Policy, environment: &Environment, found: &mut Found) {
    let at = ["environments", environment.name.as_str(), "checks"];
    if environment.gap_max.is_some() && environment.gap_max != gap_max(&environment.checks) {
        found.add(
            at,
            "the time between two observations is not of these checks",
        );
    }
    for check in &environment.checks {
        let path = || at.into_iter().chain([check.name.as_str()]);
        for problem in problems(policy, environment, check) {
            found.add(path(), problem);
        }
    }
    let ordered: BTreeSet<_> = checks_in_order(&environment.checks)
        .into_iter()
        .map(|check| &check.name)
        .collect();
    let is_known = |name: &CheckName| environment.checks.iter().any(|c| c.name == *name);
    let mut stuck = environment
        .checks
        .iter()
        .filter(|check| !ordered.contains(&check.name) && check.after.iter().all(is_known));
    if let Some(first) = stuck.next() {
        let path = at.into_iter().chain([first.name.as_str()]);
        found.add(
            path,
            "it waits for itself, by its `after` and those of others",
        );
    }
}

fn problems(policy: &Policy, environment: &Environment, check: &Check) -> Vec<String> {
    let mut problems = Vec::new();
    if check.every == Some(Span::ZERO) {
        problems.push("`every` says how often; that cannot be 0s".to_owned());
    }
    let unknown = |name: &&CheckName| environment.checks.iter().all(|c| c.name != **name);
    if let Some(name) = check.after.iter().find(unknown) {
        problems.push(format!("{name} is not a check of this environment"));
    }
    let is_web = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    let no_url = || "the URL must start with http:// or https://".to_owned();
    match &check.kind {
        CheckKind::Http(http) => {
            if !is_web(&http.url) {
                problems.push(no_url());
            }
            if !(100..=599).contains(&http.expect) {
                problems.push(format!("{} is not an HTTP status", http.expect));
            }
        }
        CheckKind::Command { command, .. } if command.is_empty() => {
            problems.push("the command is empty".to_owned());
        }
        CheckKind::Command { .. } => {}
        CheckKind::K6(k6) => problems.extend(k6_evidence(policy, k6)),
        CheckKind::Prometheus(prometheus) => {
            if !is_web(&prometheus.url) {
                problems.push(no_url());
            }
            if prometheus.hold >= prometheus.within {
                problems.push(format!(
                    "it cannot hold for {} within {}",
                    prometheus.hold, prometheus.within
                ));
            }
        }
    }
    problems
}

fn k6_evidence(policy: &Policy, k6: &K6Check) -> Option<String> {
    let name = k6.evidence.as_ref()?;
    let takes = |gate: &crate::policy::Gate| {
        gate.name == *name
            && matches!(&gate.rule, GateRule::Evidence(rule)
                if matches!(rule.kind, EvidenceKind::Load | EvidenceKind::Any))
    };
    let mut gates = policy.environments.iter().flat_map(|e| e.gates.list());
    (!gates.any(takes)).then(|| format!("no gate {name} takes the evidence of a load test"))
}
