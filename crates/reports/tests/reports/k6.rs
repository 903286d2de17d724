//! The samples were written by k6 v1.8.1 against a server on loopback: `export` by
//! `--summary-export`, `handle` by a script's `handleSummary`.

use liftlock_reports::{METRICS_MAX, THRESHOLDS_MAX, read};

use super::{check, sample};

#[test]
fn runs_are_read() {
    for (name, outcome, checks, count, thresholds) in [
        (
            "handle-pass",
            "Passed",
            10,
            10,
            "thresholds=3 thresholds-failed=0",
        ),
        (
            "handle-fail",
            "Failed",
            10,
            10,
            "thresholds=4 thresholds-failed=1",
        ),
        (
            "export-pass",
            "Passed",
            10,
            10,
            "thresholds=3 thresholds-failed=0",
        ),
        (
            "export-fail",
            "Failed",
            10,
            10,
            "thresholds=4 thresholds-failed=1",
        ),
        (
            "export-none",
            "Undecided",
            0,
            2,
            "thresholds=0 thresholds-failed=0",
        ),
    ] {
        let failed = if checks == 0 { 2 } else { 0 };
        let expected = format!(
            "K6Json {outcome} checks={checks} checks-failed=0 iterations={count} \
             requests={count} requests-failed={failed} {thresholds} at -"
        );
        check(sample(&format!("k6-{name}")), &expected);
    }
    check(
        sample("k6-machine"),
        "NotRecognised: the report is a machine-readable summary of k6, which holds no thresholds…",
    );
}

fn summary(metrics: &str) -> String {
    format!(r#"{{"root_group":{{}},"metrics":{{"iterations":{{"count":1}}{metrics}}}}}"#)
}

#[test]
fn a_threshold_says_true_where_it_was_crossed_and_ok_where_it_held() {
    let one = |threshold: &str| summary(&format!(r#","a":{{"thresholds":{{"b":{threshold}}}}}"#));
    for (threshold, outcome) in [
        ("false", "Passed"),
        ("true", "Failed"),
        (r#"{"ok":true}"#, "Passed"),
        (r#"{"ok":false}"#, "Failed"),
    ] {
        check(one(threshold), &format!("K6Json {outcome} …"));
    }
    for bad in ["null", "1", "\"ok\"", "{}", r#"{"ok":1}"#] {
        check(one(bad), "Json: …");
    }
}

#[test]
fn a_run_that_did_nothing_says_nothing() {
    let none = r#"{"root_group":{},"metrics":{}}"#;
    check(none, "Empty: the report holds no iteration…");
    check(
        summary("").replace("1}", "0}"),
        "Empty: the report holds no iteration…",
    );
    check(summary(""), "K6Json Undecided checks=0…");
    for bad in ["1.5", "-1", "1e300", "null"] {
        check(
            summary("").replace("1}", &format!("{bad}}}")),
            "Unsupported: metrics is …",
        );
    }
}

#[test]
fn failed_requests_that_were_not_counted_are_not_none() {
    let figures = |metrics: &str| read(summary(metrics).as_bytes()).unwrap().figures;
    let requests = r#","http_reqs":{"count":3}"#;
    assert_eq!(figures("").get("requests-failed"), Some(&0));
    assert_eq!(figures(requests).get("requests-failed"), None);
    let counted = format!(r#"{requests},"http_req_failed":{{"passes":1,"fails":2}}"#);
    assert_eq!(figures(&counted).get("requests-failed"), Some(&1));
}

#[test]
fn metrics_and_thresholds_are_limited() {
    let metrics =
        |count: usize| -> String { (1..count).map(|n| format!(r#","m{n}":{{}}"#)).collect() };
    check(summary(&metrics(METRICS_MAX)), "K6Json Undecided …");
    check(
        summary(&metrics(METRICS_MAX + 1)),
        "Limit: the report has more metrics than the limit of 10000…",
    );
    let thresholds = |count: usize| {
        let all: Vec<String> = (0..count).map(|n| format!(r#""t{n}":false"#)).collect();
        summary(&format!(r#","a":{{"thresholds":{{{}}}}}"#, all.join(",")))
    };
    check(thresholds(THRESHOLDS_MAX), "K6Json Passed …");
    check(
        thresholds(THRESHOLDS_MAX + 1),
        "Limit: the report has more thresholds of a metric than the limit of 1000…",
    );
    // Which of two counts is not guessed.
    check(summary(r#","a":{},"a":{}"#), "Json: …");
}
