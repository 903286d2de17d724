//! JUnit XML, as pytest, Maven Surefire, gotestsum, Jest and their like write it.
//!
//! The test cases decide; the counts in attributes are only held against them. A case with an
//! `error` counts as an error, else one with a `failure` as failed, else one with `skipped` (or
//! marked as disabled or not run) as skipped, else as passed. Runs that were repeated
//! (`flakyFailure`, `rerunFailure` and so on) don't count: what counts is how the case ended. An
//! `error` or `failure` outside of a case, such as a suite's broken set-up, counts as an error.

use std::collections::BTreeMap;

use jiff::Timestamp;
use roxmltree::Node;

use crate::text::bounded;
use crate::xml::xml_error;
use crate::{Facts, Format, Outcome, ReportError};

/// Reads a report from its root. It passes when nothing failed and at least one case ran: skipped
/// cases alone have examined nothing, so they fail.
pub(crate) fn read(root: Node<'_, '_>) -> Result<Facts, ReportError> {
    for suite in suites(root) {
        check_counts(suite)?;
    }
    let tally = Tally::of(root);
    if tally.tests == 0 && tally.errors == 0 {
        return Err(ReportError::Empty {
            what: "no test case",
            hint: "check that the test runner found the tests",
        });
    }
    let passed = tally.failed + tally.errors == 0 && tally.passed > 0;
    let figures = [
        ("tests", tally.tests),
        ("passed", tally.passed),
        ("failed", tally.failed),
        ("errors", tally.errors),
        ("skipped", tally.skipped),
    ];
    Ok(Facts {
        format: Format::JunitXml,
        outcome: Some(if passed {
            Outcome::Passed
        } else {
            Outcome::Failed
        }),
        figures: BTreeMap::from(figures.map(|(name, count)| (name.to_owned(), count))),
        findings: Vec::new(),
        time_us: earliest(root),
        subjects: Vec::new(),
        platform: None,
        statements: Vec::new(),
        tools: Vec::new(),
    })
}

fn suites<'a, 'input>(root: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    root.descendants()
        .filter(|node| matches!(node.tag_name().name(), "testsuites" | "testsuite"))
}

/// What is in an element, at any depth.
#[derive(Default)]
struct Tally {
    tests: u64,
    passed: u64,
    failed: u64,
    errors: u64,
    skipped: u64,
    /// Everything an attribute may have counted as a failure or an error.
    unsuccessful: u64,
    /// Earlier runs of cases that were run again: some runners count them too.
    repeated: u64,
}

/// How a case ended.
enum Ending {
    Passed,
    Failed,
    Error,
    Skipped,
}

impl Tally {
    fn of(element: Node<'_, '_>) -> Self {
        let mut tally = Self::default();
        for node in element.descendants().filter(Node::is_element) {
            match node.tag_name().name() {
                "testcase" => tally.count_case(node),
                "failure" | "error" => {
                    tally.unsuccessful += 1;
                    let in_case = node.parent().is_some_and(|parent| is(parent, "testcase"));
                    tally.errors += u64::from(!in_case);
                }
                "flakyFailure" | "flakyError" | "rerunFailure" | "rerunError" => {
                    tally.repeated += 1;
                }
                _ => {}
            }
        }
        tally
    }

    fn count_case(&mut self, case: Node<'_, '_>) {
        self.tests += 1;
        let (ending, marked) = ending(case);
        self.unsuccessful += u64::from(marked && matches!(ending, Ending::Failed));
        match ending {
            Ending::Passed => self.passed += 1,
            Ending::Failed => self.failed += 1,
            Ending::Error => self.errors += 1,
            Ending::Skipped => self.skipped += 1,
        }
    }
}

/// How a case ended, and whether only an attribute says so.
fn ending(case: Node<'_, '_>) -> (Ending, bool) {
    let has = |name: &str| case.children().any(|child| is(child, name));
    if has("error") {
        return (Ending::Error, false);
    }
    if has("failure") {
        return (Ending::Failed, false);
    }
    // GoogleTest marks disabled cases only here, and some runners failed ones.
    let marked = |words: &[&str]| {
        ["status", "result"]
            .into_iter()
            .filter_map(|name| case.attribute(name))
            .any(|value| words.iter().any(|word| value.eq_ignore_ascii_case(word)))
    };
    if marked(&["failed", "failure", "fail", "error", "errored", "broken"]) {
        return (Ending::Failed, true);
    }
    if has("skipped") || has("disabled") {
        return (Ending::Skipped, false);
    }
    if marked(&["notrun", "disabled", "skipped", "ignored", "suppressed"]) {
        return (Ending::Skipped, true);
    }
    (Ending::Passed, false)
}

/// By local names alone: some writers put reports into a namespace.
fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

/// Refuses a suite whose attributes speak of more tests, or more failures, than are in it: some
/// outcome is not shown. Fewer are fine, since runners differ in what they count.
fn check_counts(suite: Node<'_, '_>) -> Result<(), ReportError> {
    let tally = Tally::of(suite);
    let failures = count(suite, "failures")?;
    let errors = count(suite, "errors")?;
    let claims = [
        ("tests", count(suite, "tests")?, tally.tests),
        (
            "failures+errors",
            failures.saturating_add(errors),
            tally.unsuccessful,
        ),
    ];
    for (attribute, claimed, shown) in claims {
        if claimed > shown + tally.repeated {
            let at = suite.document().text_pos_at(suite.range().start);
            return Err(ReportError::Inconsistent {
                line: at.row,
                column: at.col,
                element: match suite.tag_name().name() {
                    "testsuites" => "testsuites",
                    _ => "testsuite",
                },
                attribute,
                claimed,
                shown,
            });
        }
    }
    Ok(())
}

/// A count; one that is missing or empty claims nothing.
fn count(suite: Node<'_, '_>, name: &str) -> Result<u64, ReportError> {
    let value = suite.attribute(name).unwrap_or_default().trim();
    if value.is_empty() {
        return Ok(0);
    }
    value.parse().map_err(|_| {
        let at = suite.document().text_pos_at(suite.range().start);
        let message = format!("{name}={:?} is not a count", bounded(value));
        xml_error((at.row, at.col), &message)
    })
}

/// The earliest time of all suites, since the report is as old as its oldest part. Most runners
/// write local time without a zone, which may be any instant within more than a day: if one suite
/// does, or its time cannot be read, the report has no time.
fn earliest(root: Node<'_, '_>) -> Option<i64> {
    let times: Option<Vec<i64>> = suites(root)
        .filter_map(|suite| suite.attribute("timestamp"))
        .map(|text| {
            let time: Option<Timestamp> = text.trim().parse().ok();
            time.map(Timestamp::as_microsecond)
        })
        .collect();
    times?.into_iter().min()
}
