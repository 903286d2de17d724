//! Attested test results and scans as facts.

use std::collections::BTreeMap;

use liftlock_attest::Statement;
use liftlock_attest::predicates::{Predicate, TestOutcome, TestResult, Vulnerability, Vulns};
use liftlock_core::evidence::{Finding, Found, ReportFacts};
use liftlock_core::policy::{EvidenceKind, Severity};
use liftlock_oci::Digest;

/// The facts of a statement about `subject` whose bytes have the digest `payload`; nothing where it
/// is of another type, or has not the fields of its type.
pub(crate) fn of(statement: &Statement, subject: Digest, payload: Digest) -> Option<ReportFacts> {
    let empty = |format: &str, kind| ReportFacts {
        format: format.to_owned(),
        kind,
        digest: payload,
        made_at: None,
        finding: None,
        figures: BTreeMap::new(),
        findings: Vec::new(),
        statements: Vec::new(),
        tools: Vec::new(),
        subjects: vec![subject],
        platform: None,
    };
    if statement.predicate_type == TestResult::TYPE {
        let result: TestResult = statement.predicate().ok()?;
        let facts = empty("in-toto-test-result", EvidenceKind::Tests);
        return Some(tests(&result, facts));
    }
    if statement.predicate_type == Vulns::TYPE {
        let scan: Vulns = statement.predicate().ok()?;
        let facts = empty("in-toto-vulns", EvidenceKind::Scan);
        return Some(vulns(&scan, facts));
    }
    None
}

/// Counts are of the names that are listed: where none is, there are none.
fn tests(result: &TestResult, mut facts: ReportFacts) -> ReportFacts {
    facts.finding = Some(match result.result {
        TestOutcome::Passed | TestOutcome::Warned => Finding::Passed,
        TestOutcome::Failed => Finding::Failed,
    });
    let passed = (result.passed_tests.len() + result.warned_tests.len()) as u64;
    let failed = result.failed_tests.len() as u64;
    if passed + failed > 0 {
        for (name, count) in [
            ("tests", passed + failed),
            ("passed", passed),
            ("failed", failed),
        ] {
            facts.figures.insert(name.to_owned(), count);
        }
    }
    // It says that it passed, and lists what failed.
    if failed > 0 {
        facts.finding = Some(Finding::Failed);
    }
    facts
}

fn vulns(scan: &Vulns, mut facts: ReportFacts) -> ReportFacts {
    facts.made_at = scan.metadata.scan_finished_on.parse().ok();
    facts.tools = vec![scan.scanner.uri.chars().take(200).collect()];
    for severity in Severity::ALL {
        facts.figures.insert(severity.as_str().to_owned(), 0);
    }
    for one in &scan.scanner.result {
        let severity = severity(one);
        *facts
            .figures
            .entry(severity.as_str().to_owned())
            .or_default() += 1;
        facts.findings.push(Found {
            id: one.id.clone(),
            severity,
            count: 1,
        });
    }
    facts
}

/// The worst that any of its ways to say it comes to: a word, or a score of CVSS (version 3.1,
/// section 5). Not rated where none of them can be read.
fn severity(vulnerability: &Vulnerability) -> Severity {
    let scores = vulnerability.severity.iter();
    let rated = scores.map(|said| rating(&said.score));
    rated.min().unwrap_or(Severity::Unknown)
}

fn rating(score: &str) -> Severity {
    let word = score.trim().to_ascii_lowercase();
    match word.as_str() {
        "important" => Severity::High,
        "moderate" => Severity::Medium,
        "negligible" | "none" => Severity::Low,
        _ => match word.parse() {
            Ok(score) => Severity::of_score(score).unwrap_or(Severity::Unknown),
            Err(_) => Severity::of_word(&word),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_rating_counts_and_what_cannot_be_read_is_not_rated() {
        let with = |scores: &[&str]| {
            let scores = scores
                .iter()
                .map(|score| serde_json::json!({ "method": "nvd", "score": score }));
            let json = serde_json::json!({ "id": "CVE-1", "severity": scores.collect::<Vec<_>>() });
            severity(&serde_json::from_value(json).expect("a vulnerability"))
        };
        assert_eq!(with(&["3.9", "HIGH"]), Severity::High);
        assert_eq!(with(&["9.8"]), Severity::Critical);
        assert_eq!(with(&["0.0"]), Severity::Low);
        for odd in ["11", "NaN", "-1", "", "bad"] {
            assert_eq!(with(&[odd]), Severity::Unknown, "{odd}");
        }
        assert_eq!(with(&[]), Severity::Unknown);
    }
}
