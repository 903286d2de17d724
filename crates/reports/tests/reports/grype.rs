//! `grype.json` is of the shape that Grype's `models.Document` gives, not of a run: its database
//! cannot be had where these tests were written.

use liftlock_core::policy::Severity;
use liftlock_reports::{FINDINGS_MAX, Finding, read};

use super::{check, sample};

#[test]
fn a_scan_is_read() {
    check(
        sample("grype"),
        "GrypeJson Undecided critical=2 high=0 low=1 medium=0 unknown=1 at 1772613067123456",
    );
    let facts = read(sample("grype").as_bytes()).unwrap();
    let firsts: String = facts.subjects.iter().map(|d| d.hex().remove(0)).collect();
    assert_eq!(firsts, "12");
    assert_eq!(facts.platform.unwrap().to_string(), "linux/arm64/v8");
    assert_eq!(facts.tools, ["grype 0.79.1"]);
    assert_eq!(
        facts.findings[3],
        Finding {
            id: "CVE-2024-0001".into(),
            severity: Severity::Unknown,
            package: "busybox".into(),
            installed: "1.36.1-r28".into(),
            fixed: Some("1.2, 2.1".into()),
        }
    );
    assert_eq!(facts.findings[2].severity, Severity::Low, "negligible");
}

/// The sample with one text replaced.
fn changed(from: &str, to: &str) -> String {
    let text = sample("grype");
    assert!(text.contains(from), "{from}");
    text.replace(from, to)
}

#[test]
fn what_is_missing_or_ambiguous_is_refused() {
    let one = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
    for (from, to, expected) in [
        (
            "\"type\": \"image\"",
            "\"type\": \"directory\"",
            "Unsupported: source.type is \"directory\"; expected image…",
        ),
        (
            "\"source\": {",
            "\"origin\": {",
            "Unsupported: source.type is \"\"; expected image…",
        ),
        (
            "\"imageID\": \"sha256:9",
            "\"imageID\": \"\", \"x\": \"",
            "Empty: the report holds no image…",
        ),
        (
            "\"name\": \"grype\"",
            "\"name\": \"syft\"",
            "Unsupported: descriptor.name is \"syft\"…",
        ),
        (
            "\"matches\": [",
            "\"matches\": null, \"x\": [",
            "NotRecognised: …",
        ),
        ("\"matches\": [", "\"matches\": {}, \"x\": [", "Json: …"),
        (
            "07.123456789+02:00",
            "07",
            "Unsupported: descriptor.timestamp is …",
        ),
        (
            "\"id\": \"CVE-2024-0001\"",
            "\"id\": \"\"",
            "Unsupported: vulnerability.id is \"\"…",
        ),
        ("\"id\": \"CVE-2024-0001\"", "\"name\": \"\"", "Json: …"),
        (
            "\"architecture\": \"arm64\"",
            "\"architecture\": \"arm/64\"",
            "Unsupported: source.target is …",
        ),
        (
            one,
            "sha256:11",
            "Unsupported: source.target.userInput is \"sha256:11\"…",
        ),
        (
            "\"manifestDigest\": \"sha256:2",
            "\"manifestDigest\": \"sha256:x",
            "Unsupported: source.target.manifestDigest…",
        ),
    ] {
        check(changed(from, to), expected);
    }
}

#[test]
fn what_grype_may_leave_out_is_not_asked_for() {
    for (from, to) in [
        (
            "\"timestamp\": \"2026-03-04T10:31:07.123456789+02:00\"",
            "\"timestamp\": \"\"",
        ),
        ("\"architecture\": \"arm64\"", "\"architecture\": \"\""),
        (
            "\"fix\": {\"versions\": [], \"state\": \"wont-fix\"}",
            "\"fix\": {\"versions\": null, \"state\": \"\"}",
        ),
    ] {
        check(changed(from, to), "GrypeJson Undecided critical=2 …");
    }
    let start = sample("grype")
        .find("[\n  {\n   \"vulnerability\"")
        .unwrap();
    let end = sample("grype").find(" \"ignoredMatches\"").unwrap();
    let none = format!(
        "{}[],\n{}",
        &sample("grype")[..start],
        &sample("grype")[end..]
    );
    check(
        none,
        "GrypeJson Undecided critical=0 high=0 low=0 medium=0 unknown=0…",
    );
}

#[test]
fn matches_are_limited() {
    let one = r#"{"vulnerability":{"id":"CVE-1"},"artifact":{"name":"a"}},"#;
    let many = format!("\"matches\": [{}", one.repeat(FINDINGS_MAX));
    check(
        changed("\"matches\": [", &many),
        "Limit: the report has more findings than the limit of 50000…",
    );
}
