//! `bandit.sarif` is what Bandit 1.9.4 wrote, `semgrep.sarif` what Semgrep 1.182.0 did. `trivy.sarif` is of the shape that Trivy's writer
//! gives, not of a run of it.

use liftlock_core::policy::Severity;
use liftlock_reports::{FINDINGS_MAX, RUNS_MAX, read};

use super::{check, sample};

/// A log of one run with these rules and results.
fn run(rules: &str, results: &str) -> String {
    let tool = format!(r#"{{"driver":{{"name":"lint","version":"1.0","rules":[{rules}]}}}}"#);
    format!(r#"{{"version":"2.1.0","runs":[{{"tool":{tool},"results":[{results}]}}]}}"#)
}

/// A log of one result with these fields, besides the rule `R`.
fn result(rule: &str, fields: &str) -> String {
    let rule = format!(r#"{{"id":"R"{rule}}}"#);
    run(
        &rule,
        &format!(r#"{{"ruleId":"R","message":{{}}{fields}}}"#),
    )
}

#[test]
fn logs_of_tools_are_read() {
    check(
        sample("bandit"),
        "Sarif Undecided critical=0 high=2 low=1 medium=1 suppressed=0 unknown=0 at 1…",
    );
    check(
        sample("trivy-sarif"),
        "Sarif Undecided critical=2 high=0 low=1 medium=0 suppressed=0 unknown=0 at -",
    );
    // One of its three results is suppressed in the source; the levels are the rules'.
    check(
        sample("semgrep"),
        "Sarif Undecided critical=0 high=1 low=0 medium=1 suppressed=1 unknown=0 at -",
    );
    let facts = read(sample("semgrep").as_bytes()).unwrap();
    assert_eq!(facts.tools, ["Semgrep OSS 1.182.0"]);
    let facts = read(sample("bandit").as_bytes()).unwrap();
    let found: Vec<_> = facts
        .findings
        .iter()
        .map(|f| (f.id.as_str(), f.severity))
        .collect();
    let expected = [
        ("B404", Severity::Low),
        ("B602", Severity::High),
        ("B102", Severity::Medium),
        ("B324", Severity::High),
    ];
    assert_eq!(found, expected);
    assert_eq!(facts.findings[0].package, "app.py");
    assert_eq!(
        (facts.tools, facts.subjects),
        (vec!["Bandit 1.9.4".to_owned()], vec![])
    );
    let facts = read(sample("trivy-sarif").as_bytes()).unwrap();
    assert_eq!(
        facts.subjects,
        [format!("sha256:{}", "1".repeat(64)).parse().unwrap()]
    );
    assert_eq!(facts.findings[1].package, "Trivy 0.58.0");
}

#[test]
fn scores_go_before_levels_and_the_results_own_before_the_rules() {
    let score = |score: &str| format!(r#","properties":{{"security-severity":{score}}}"#);
    let level = |level: &str| format!(r#","defaultConfiguration":{{"level":"{level}"}}"#);
    for (rule, fields, severity) in [
        (score("\"9.0\""), String::new(), "critical"),
        (score("10"), String::new(), "critical"),
        (score("\"8.9\""), String::new(), "high"),
        (score("\" 4.0 \""), String::new(), "medium"),
        (score("0.1"), r#","level":"error""#.to_owned(), "low"),
        (score("\"9.5\""), score("2.0"), "low"),
        (score("null"), String::new(), "medium"),
        // 0.0 rates nothing.
        (score("0.0"), r#","level":"error""#.to_owned(), "high"),
        (level("error"), String::new(), "high"),
        (level("error"), r#","level":"note""#.to_owned(), "low"),
        (level("none"), String::new(), "unknown"),
        // Not a failure for sure, and not a pass.
        (level("error"), r#","kind":"review""#.to_owned(), "unknown"),
        (String::new(), String::new(), "medium"),
    ] {
        let facts = read(result(&rule, &fields).as_bytes()).unwrap();
        assert_eq!(
            facts.findings[0].severity.as_str(),
            severity,
            "{rule} {fields}"
        );
        assert_eq!(facts.figures[severity], 1);
    }
    for bad in ["\"high\"", "10.1", "-1", "\"NaN\"", "\"\""] {
        let text = result(&score(bad), "");
        check(text, "Unsupported: properties.security-severity is …");
    }
}

#[test]
fn an_invocation_may_give_a_rule_another_level() {
    let tool = r#"{"driver":{"name":"lint","rules":[{"id":"R","defaultConfiguration":{"level":"note"}}]},"extensions":[{"name":"more","rules":[{"id":"X"},{"id":"Y"}]}]}"#;
    let configured = |descriptor: &str, configuration: &str| {
        format!(r#"{{"descriptor":{descriptor},"configuration":{configuration}}}"#)
    };
    let r = r#"{"id":"R"}"#;
    let error = r#"{"level":"error"}"#;
    for (overrides, result, severity) in [
        (configured(r, error), r#""ruleId":"R""#, "high"),
        (
            configured(r#"{"index":0}"#, error),
            r#""ruleId":"R/1""#,
            "high",
        ),
        (
            configured(r, r#"{"level":"none"}"#),
            r#""ruleIndex":0"#,
            "unknown",
        ),
        // A configuration that says no level says `warning`.
        (configured(r, "{}"), r#""ruleId":"R""#, "medium"),
        // Its own level goes first.
        (
            configured(r, error),
            r#""ruleId":"R","level":"warning""#,
            "medium",
        ),
        // Of another rule, of another component, of no rule.
        (configured(r#"{"id":"X"}"#, error), r#""ruleId":"R""#, "low"),
        (
            configured(r#"{"index":1,"toolComponent":{"index":0}}"#, error),
            r#""ruleId":"Y""#,
            "high",
        ),
        (
            configured(r#"{"index":1,"toolComponent":{"index":7}}"#, error),
            r#""ruleId":"Y""#,
            "medium",
        ),
        (configured(r#"{"id":"Z"}"#, error), r#""ruleId":"R""#, "low"),
    ] {
        let severity_at = |index: &str| {
            let result = format!(r#"{{"message":{{}},"provenance":{{{index}}},{result}}}"#);
            let invocations = format!(r#"[{{}},{{"ruleConfigurationOverrides":[{overrides}]}}]"#);
            let text = format!(
                r#"{{"version":"2.1.0","runs":[{{"tool":{tool},"invocations":{invocations},"results":[{result}]}}]}}"#
            );
            let facts = read(text.as_bytes()).unwrap();
            facts.findings[0].severity
        };
        let found = severity_at(r#""invocationIndex":1"#);
        assert_eq!(found.as_str(), severity, "{overrides} {result}");
        // Of another invocation, or of none that is said, nothing is known.
        let plain = severity_at(r#""invocationIndex":0"#);
        assert_eq!(severity_at(""), plain);
        assert_eq!(severity_at(r#""invocationIndex":-1"#), plain);
        assert_eq!(severity_at(r#""invocationIndex":9"#), plain);
    }
}

#[test]
fn what_is_suppressed_gone_or_no_failure_does_not_count() {
    let suppressed = |list: &str| format!(r#","suppressions":{list}"#);
    let one = "medium=1 suppressed=0";
    let out = "medium=0 suppressed=1";
    for (fields, expected) in [
        (suppressed("[]"), one),
        (suppressed("null"), one),
        (suppressed(r#"[{"kind":"inSource"}]"#), out),
        (
            suppressed(r#"[{"kind":"external","status":"accepted"}]"#),
            out,
        ),
        (suppressed(r#"[{"status":"underReview"}]"#), one),
        (
            suppressed(r#"[{"kind":"inSource"},{"status":"rejected"}]"#),
            one,
        ),
        (r#","baselineState":"unchanged""#.to_owned(), one),
        (
            r#","baselineState":"absent""#.to_owned(),
            "medium=0 suppressed=0",
        ),
        (r#","kind":"pass""#.to_owned(), "medium=0 suppressed=0"),
        (
            r#","kind":"informational""#.to_owned(),
            "medium=0 suppressed=0",
        ),
        (
            r#","kind":"notApplicable""#.to_owned(),
            "medium=0 suppressed=0",
        ),
        (r#","kind":"fail""#.to_owned(), one),
    ] {
        let expected = format!("Sarif Undecided critical=0 high=0 low=0 {expected} unknown=0 at -");
        check(result("", &fields), &expected);
    }
}

#[test]
fn a_results_rule_is_found_by_index_or_id() {
    let rules = r#"{"id":"A"},{"id":"B","defaultConfiguration":{"level":"error"}}"#;
    let extension =
        r#"{"name":"more","rules":[{"id":"X","defaultConfiguration":{"level":"note"}}]}"#;
    let extended = |text: String| {
        let end = r#"]},"extensions":[EXT]},"results""#.replace("EXT", extension);
        text.replacen(r#"]}},"results""#, &end, 1)
    };
    for (fields, id, severity) in [
        (r#""ruleIndex":1"#, "B", Severity::High),
        (r#""ruleId":"B""#, "B", Severity::High),
        (r#""ruleId":"B/7""#, "B/7", Severity::High),
        (r#""rule":{"index":1}"#, "B", Severity::High),
        (r#""rule":{"id":"B"}"#, "B", Severity::High),
        (r#""ruleId":"B","ruleIndex":9"#, "B", Severity::High),
        (r#""ruleId":"B","ruleIndex":-1"#, "B", Severity::High),
        (r#""ruleId":"X""#, "X", Severity::Low),
        (
            r#""rule":{"index":0,"toolComponent":{"index":0}}"#,
            "X",
            Severity::Low,
        ),
        (
            r#""ruleId":"?","rule":{"index":0,"toolComponent":{"index":9}}"#,
            "?",
            Severity::Medium,
        ),
    ] {
        let text = extended(run(rules, &format!(r#"{{"message":{{}},{fields}}}"#)));
        let found = &read(text.as_bytes()).unwrap().findings[0];
        assert_eq!(
            (found.id.as_str(), found.severity),
            (id, severity),
            "{fields}"
        );
    }
    check(
        run("", r#"{"message":{}}"#),
        "Unsupported: runs.results.ruleId is \"\"…",
    );
}

#[test]
fn several_runs_are_one_log_as_old_as_its_oldest() {
    let run = |tool: &str, more: &str| {
        let result = r#"{"ruleId":"R","message":{}}"#;
        format!(r#"{{"tool":{{"driver":{{"name":"{tool}"}}}},"results":[{result}]{more}}}"#)
    };
    let at = |time: &str| {
        format!(r#","invocations":[{{"executionSuccessful":true,"endTimeUtc":"{time}"}}]"#)
    };
    let log = |runs: &[String]| format!(r#"{{"version":"2.1.0","runs":[{}]}}"#, runs.join(","));
    let (early, late) = (at("2026-03-04T08:00:00Z"), at("2026-03-04T09:00:00.5Z"));
    let both = log(&[run("a", &late), run("b", &early), run("a", &late)]);
    check(
        &both,
        "Sarif Undecided critical=0 high=0 low=0 medium=3 suppressed=0 unknown=0 at 1772611200000000",
    );
    assert_eq!(read(both.as_bytes()).unwrap().tools, ["a", "b"]);
    let undated = log(&[run("a", &late), run("b", "")]);
    assert_eq!(read(undated.as_bytes()).unwrap().time_us, None);
    let failed = run("a", r#","invocations":[{"executionSuccessful":false}]"#);
    check(
        log(&[run("b", ""), failed]),
        "Unsupported: runs.invocations.executionSuccessful is \"false\"…",
    );
    check(
        log(&[run("a", &at("2026-03-04T08:00:00"))]),
        "Unsupported: runs.invocations.endTimeUtc or startTimeUtc is …",
    );
    let many = vec![run("a", ""); RUNS_MAX + 1];
    check(
        log(&many),
        "Limit: the report has more runs than the limit of 20…",
    );
}

#[test]
fn a_log_that_says_nothing_is_refused() {
    for (text, expected) in [
        (
            r#"{"version":"2.1.0","runs":[]}"#,
            "Empty: the report holds no run…",
        ),
        (
            r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}}}]}"#,
            "Empty: the report holds a run without results…",
        ),
        (
            r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}},"results":null}]}"#,
            "Empty: the report holds a run without results…",
        ),
        (
            r#"{"version":"2.0.0","runs":[{"tool":{"driver":{"name":"a"}},"results":[]}]}"#,
            "Unsupported: version is \"2.0.0\"; expected 2.1.0",
        ),
        (r#"{"version":"2.1.0","runs":[{"results":[]}]}"#, "Json: …"),
        (
            r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}},"results":[{}]}]}"#,
            "Json: …",
        ),
        (
            r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}},"results":[]}]}"#,
            "Sarif Undecided critical=0 high=0…",
        ),
    ] {
        check(text, expected);
    }
    let one = r#"{"ruleId":"R","message":{}}"#;
    let many = vec![one; FINDINGS_MAX + 1].join(",");
    check(
        run("", &many),
        "Limit: the report has more findings than the limit of 50000…",
    );
    let half = vec![one; FINDINGS_MAX / 2 + 1].join(",");
    let half = format!(r#"{{"tool":{{"driver":{{"name":"a"}}}},"results":[{half}]}}"#);
    check(
        format!(r#"{{"version":"2.1.0","runs":[{half},{half}]}}"#),
        "Limit: the report has more findings…",
    );
}
