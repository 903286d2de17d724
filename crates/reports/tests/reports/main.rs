//! Reports as tools write them, and as an attacker would.

mod hostile;
mod junit;
mod trivy;

use liftlock_reports::{Facts, ReportError, read};

/// Every sample by name.
pub const SAMPLES: [(&str, &str); 10] = [
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
];

/// A sample's text.
pub fn sample(name: &str) -> &'static str {
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
