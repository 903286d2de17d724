//! What must hold of a report of any format, and of each.

use std::collections::BTreeMap;

use liftlock_core::policy::Severity;
use liftlock_reports::{
    FINDING_ID_CHARS_MAX, FINDINGS_MAX, Facts, Finding, Format, Outcome, SUBJECTS_MAX, Status, read,
};

/// The longest message of an error, in bytes: texts from outside are cut.
const MESSAGE_BYTES_MAX: usize = 2_000;

/// Reads `bytes`; inputs that became a report of another format are another target's.
pub fn check(bytes: &[u8], format: Format) {
    let facts = match read(bytes) {
        Ok(facts) => facts,
        Err(error) => {
            assert!(error.to_string().len() <= MESSAGE_BYTES_MAX);
            return;
        }
    };
    if facts.format != format {
        return;
    }
    surroundings(bytes, &facts);
    texts(&facts);
    let json = serde_json::to_string(&facts).expect("facts are JSON");
    let again: Facts = serde_json::from_str(&json).expect("read again");
    assert_eq!(again, facts);
    match format {
        Format::JunitXml => tests(&facts),
        Format::TrivyJson | Format::GrypeJson | Format::Sarif => scan(&facts),
        Format::K6Json => load(&facts),
        Format::Openvex => statements(&facts),
    }
}

/// What stands around a report says nothing, and a part of one is none.
fn surroundings(bytes: &[u8], facts: &Facts) {
    let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let marked = [b"\xef\xbb\xbf", plain, b"\n \t"].concat();
    assert_eq!(read(&marked).as_ref(), Ok(facts));
    // The end of XML may be a comment or white space; that of JSON is its last brace.
    let whole = bytes.trim_ascii_end();
    if facts.format != Format::JunitXml {
        assert!(read(&whole[..whole.len() - 1]).is_err());
        assert!(read(&[whole, b"}"].concat()).is_err());
    }
}

fn texts(facts: &Facts) {
    let ids = facts.findings.iter().map(|finding| &finding.id);
    let stated = facts.statements.iter();
    let stated = stated.flat_map(|one| std::iter::once(&one.id).chain(&one.aliases));
    for id in ids.chain(stated) {
        assert!(!id.is_empty() && id.chars().count() <= FINDING_ID_CHARS_MAX);
        assert!(!id.contains(char::is_control));
    }
    let shown = |finding: &Finding| [finding.package.clone(), finding.installed.clone()];
    for text in facts
        .findings
        .iter()
        .flat_map(shown)
        .chain(facts.tools.clone())
    {
        assert!(text.chars().count() <= 256 && !text.contains(char::is_control));
    }
    assert!(facts.findings.len() <= FINDINGS_MAX);
    assert!(facts.subjects.is_sorted_by(|one, next| one < next));
}

fn figure(figures: &BTreeMap<String, u64>, name: &str) -> u64 {
    *figures.get(name).expect("always there")
}

/// The cases decide, and each counts once.
fn tests(facts: &Facts) {
    let count = |name| figure(&facts.figures, name);
    let bad = count("failed") + count("errors");
    // A suite's own errors are no cases.
    assert!(count("tests") <= count("passed") + count("skipped") + bad);
    assert!(count("tests") >= count("passed") + count("skipped") + count("failed"));
    let passed = bad == 0 && count("passed") > 0;
    let outcome = [Outcome::Failed, Outcome::Passed][usize::from(passed)];
    assert_eq!(facts.outcome, Some(outcome));
    assert!(facts.subjects.is_empty() && facts.findings.is_empty());
}

/// The figures are the findings, counted.
fn scan(facts: &Facts) {
    for severity in Severity::ALL {
        let found = facts.findings.iter().filter(|one| one.severity == severity);
        let count = figure(&facts.figures, severity.as_str());
        assert_eq!(count, found.count() as u64);
    }
    assert_eq!(facts.outcome, None);
    assert_eq!(
        facts.figures.contains_key("suppressed"),
        facts.format == Format::Sarif
    );
}

/// The thresholds decide.
fn load(facts: &Facts) {
    let count = |name| figure(&facts.figures, name);
    assert!(count("iterations") > 0);
    assert!(count("checks-failed") <= count("checks"));
    let outcome = match (count("thresholds"), count("thresholds-failed")) {
        (0, failed) => {
            assert_eq!(failed, 0);
            None
        }
        (_, 0) => Some(Outcome::Passed),
        (all, failed) => {
            assert!(failed <= all);
            Some(Outcome::Failed)
        }
    };
    assert_eq!(facts.outcome, outcome);
}

/// Each is about images that the document names, and says why they are not affected.
fn statements(facts: &Facts) {
    assert!(!facts.statements.is_empty() && facts.figures.is_empty());
    for one in &facts.statements {
        assert!(!one.subjects.is_empty() && one.subjects.len() <= SUBJECTS_MAX);
        assert!(
            one.subjects
                .iter()
                .all(|digest| facts.subjects.contains(digest))
        );
        let why = one.justification.is_some();
        assert_eq!(why, one.status == Status::NotAffected);
    }
    let named = |digest| {
        facts
            .statements
            .iter()
            .any(|one| one.subjects.contains(digest))
    };
    assert!(facts.subjects.iter().all(named));
}
