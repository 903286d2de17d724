//! `semantics`, "Evidence": limits on the figures of tests and load tests, and evidence of any kind.

use std::collections::BTreeMap;

use liftlock_core::decide::NewEvidence;
use liftlock_core::evidence::{Finding, ReportFacts};
use liftlock_core::policy::{EvidenceKind, EvidenceRule, Figure, GateRule};
use liftlock_core::verdict::Answer;

use crate::actors::token;
use crate::build::{env, evidence, policy};
use crate::world::{World, found_report, plain, scan_report};

fn one(rule: EvidenceRule) -> World {
    let mut world = World::with(policy(vec![
        env("dev").gate("it", GateRule::Evidence(rule)),
    ]));
    world.release("r1");
    world
}

fn report(kind: EvidenceKind, finding: Option<Finding>, figures: &[(&str, u64)]) -> ReportFacts {
    let figures = figures
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count));
    ReportFacts {
        kind,
        finding,
        figures: figures.collect(),
        ..scan_report("a", 0, &[])
    }
}

fn submitted(report: ReportFacts) -> NewEvidence {
    NewEvidence {
        finding: None,
        report: Some(report),
        ..plain("r1", "it")
    }
}

#[test]
fn a_least_and_a_most_of_tests() {
    let rule = EvidenceRule {
        min: BTreeMap::from([(Figure::Passed, 100)]),
        max: BTreeMap::from([(Figure::Skipped, 3)]),
        ..evidence(EvidenceKind::Tests)
    };
    let passed = Some(Finding::Passed);
    for (finding, figures, answer, word) in [
        (
            passed,
            &[("passed", 100), ("skipped", 3)][..],
            Answer::Passed,
            "e1",
        ),
        (
            passed,
            &[("passed", 99), ("skipped", 0)],
            Answer::Blocked,
            "99 passed (at least 100)",
        ),
        (
            passed,
            &[("passed", 100), ("skipped", 4)],
            Answer::Blocked,
            "4 skipped (at most 3)",
        ),
        (
            passed,
            &[("passed", 100)],
            Answer::Blocked,
            "has no count of `skipped`",
        ),
        (
            Some(Finding::Failed),
            &[("passed", 100), ("skipped", 0)],
            Answer::Blocked,
            "failed",
        ),
    ] {
        let mut world = one(rule.clone());
        let report = report(EvidenceKind::Tests, finding, figures);
        world.submit(submitted(report), &token("ci")).unwrap();
        let (found, reason) = world.verdict("r1", "dev", "it");
        assert_eq!(found, answer, "{reason}");
        assert!(reason.contains(word), "{reason}");
    }
    let mut world = one(rule);
    world.submit(plain("r1", "it"), &token("ci")).unwrap();
    let (answer, reason) = world.verdict("r1", "dev", "it");
    assert_eq!(answer, Answer::Blocked, "a bare pass: {reason}");
}

#[test]
fn a_load_tests_thresholds_decide_or_its_figures_do() {
    let limited = EvidenceRule {
        min: BTreeMap::from([(Figure::Requests, 10)]),
        max: BTreeMap::from([(Figure::RequestsFailed, 0)]),
        ..evidence(EvidenceKind::Load)
    };
    let free = evidence(EvidenceKind::Load);
    let good = &[("requests", 10), ("requests-failed", 0)][..];
    for (rule, finding, figures, answer) in [
        (&free, Some(Finding::Passed), good, Answer::Passed),
        (&free, Some(Finding::Failed), good, Answer::Blocked),
        // No thresholds, no limits: nothing decides.
        (&free, None, good, Answer::Blocked),
        (&limited, None, good, Answer::Passed),
        (&limited, Some(Finding::Failed), good, Answer::Blocked),
        (
            &limited,
            Some(Finding::Passed),
            &[("requests", 10)],
            Answer::Blocked,
        ),
        (
            &limited,
            None,
            &[("requests", 9), ("requests-failed", 0)],
            Answer::Blocked,
        ),
        (
            &limited,
            None,
            &[("requests", 10), ("requests-failed", 1)],
            Answer::Blocked,
        ),
    ] {
        let mut world = one(rule.clone());
        let report = report(EvidenceKind::Load, finding, figures);
        world.submit(submitted(report), &token("ci")).unwrap();
        assert_eq!(
            world.answer("r1", "dev", "it"),
            answer,
            "{finding:?} {figures:?}"
        );
    }
}

#[test]
fn any_evidence_is_of_any_kind_and_the_others_are_of_theirs() {
    let kinds = [EvidenceKind::Tests, EvidenceKind::Scan, EvidenceKind::Load];
    let gates = [EvidenceKind::Manual, EvidenceKind::Any];
    for gate in kinds.into_iter().chain(gates) {
        for kind in kinds {
            let mut world = one(evidence(gate));
            let report = report(kind, Some(Finding::Passed), &[]);
            let done = world.submit(submitted(report), &token("ci"));
            let fits = gate == kind || gate == EvidenceKind::Any;
            assert_eq!(done.is_ok(), fits, "{kind} for {gate}");
        }
        let mut world = one(evidence(gate));
        world.submit(plain("r1", "it"), &token("ci")).unwrap();
        assert_eq!(world.answer("r1", "dev", "it"), Answer::Passed);
    }
    let mut world = one(EvidenceRule {
        max: BTreeMap::from([(Figure::High, 0)]),
        ..evidence(EvidenceKind::Any)
    });
    let scan = found_report(
        "s",
        &[("CVE-1", liftlock_core::policy::Severity::High, 1)],
        &[],
    );
    world.submit(submitted(scan), &token("ci")).unwrap();
    assert_eq!(world.answer("r1", "dev", "it"), Answer::Blocked);
}
