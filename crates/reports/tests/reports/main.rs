//! Reports as tools write them, and as an attacker would.

mod grype;
mod hostile;
mod junit;
mod k6;
mod openvex;
mod sarif;
mod trivy;

use liftlock_reports::{Facts, ReportError, read};

/// Every sample by name.
pub const SAMPLES: [(&str, &str); 23] = [
    ("pytest", include_str!("../samples/pytest.xml")),
    ("surefire", include_str!("../samples/surefire.xml")),
    (
        "surefire-rerun",
        include_str!("../samples/surefire-rerun.xml"),
    ),
    ("gotestsum", include_str!("../samples/gotestsum.xml")),
    ("jest", include_str!("../samples/jest.xml")),
    ("googletest", include_str!("../samples/googletest.xml")),
    (
        "phpunit-nested",
        include_str!("../samples/phpunit-nested.xml"),
    ),
    ("trivy-alpine", include_str!("../samples/trivy-alpine.json")),
    (
        "trivy-classes",
        include_str!("../samples/trivy-classes.json"),
    ),
    (
        "trivy-scratch",
        include_str!("../samples/trivy-scratch.json"),
    ),
    ("pytest-9", include_str!("../samples/pytest-9.xml")),
    ("surefire-3.5", include_str!("../samples/surefire-3.5.xml")),
    ("nextest", include_str!("../samples/nextest.xml")),
    ("semgrep", include_str!("../samples/semgrep.sarif")),
    ("grype", include_str!("../samples/grype.json")),
    ("bandit", include_str!("../samples/bandit.sarif")),
    ("trivy-sarif", include_str!("../samples/trivy.sarif")),
    (
        "k6-handle-pass",
        include_str!("../samples/k6-handle-pass.json"),
    ),
    (
        "k6-handle-fail",
        include_str!("../samples/k6-handle-fail.json"),
    ),
    (
        "k6-export-pass",
        include_str!("../samples/k6-export-pass.json"),
    ),
    (
        "k6-export-fail",
        include_str!("../samples/k6-export-fail.json"),
    ),
    (
        "k6-export-none",
        include_str!("../samples/k6-export-none.json"),
    ),
    ("openvex", include_str!("../samples/openvex.json")),
];

/// What k6 writes that is not read.
const K6_MACHINE: &str = include_str!("../samples/k6-machine.json");

/// A sample's text.
pub fn sample(name: &str) -> &'static str {
    if name == "k6-machine" {
        return K6_MACHINE;
    }
    let found = SAMPLES.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text).expect("a known sample")
}

/// Reads `text` and compares a one-line summary of the facts, or the error's message, with
/// `expected`. An expected text that ends in `…` is compared up to there.
#[track_caller]
pub fn check(text: impl AsRef<[u8]>, expected: &str) {
    let actual = match read(text.as_ref()) {
        Ok(facts) => summary(&facts),
        Err(error) => error_line(&error),
    };
    match expected.strip_suffix('…') {
        Some(start) => assert!(actual.starts_with(start), "{actual}\n  expected {expected}"),
        None => assert_eq!(actual, expected),
    }
}

fn summary(facts: &Facts) -> String {
    let outcome = match facts.outcome {
        Some(outcome) => format!("{outcome:?}"),
        None => "Undecided".to_owned(),
    };
    let figures: Vec<String> = facts
        .figures
        .iter()
        .map(|(name, count)| format!("{name}={count}"))
        .collect();
    let time = facts.time_us.map_or("-".to_owned(), |us| us.to_string());
    format!(
        "{:?} {outcome} {} at {time}",
        facts.format,
        figures.join(" ")
    )
}

fn error_line(error: &ReportError) -> String {
    let kind = format!("{error:?}");
    let name = kind.split([' ', '{']).next().unwrap_or_default();
    format!("{name}: {error}")
}
