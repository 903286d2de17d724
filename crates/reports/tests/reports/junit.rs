use super::{check, sample};

#[test]
fn runners_flavours_are_read() {
    for (name, expected) in [
        (
            "pytest",
            "JunitXml Failed errors=1 failed=1 passed=2 skipped=1 tests=5 at 1772613067104526",
        ),
        (
            "surefire",
            "JunitXml Passed errors=0 failed=0 passed=3 skipped=0 tests=3 at -",
        ),
        (
            "surefire-rerun",
            "JunitXml Failed errors=0 failed=1 passed=1 skipped=0 tests=2 at -",
        ),
        (
            "gotestsum",
            "JunitXml Passed errors=0 failed=0 passed=2 skipped=1 tests=3 at 1772613067000000",
        ),
        (
            "jest",
            "JunitXml Failed errors=1 failed=1 passed=1 skipped=1 tests=4 at -",
        ),
        (
            "googletest",
            "JunitXml Passed errors=0 failed=0 passed=1 skipped=2 tests=3 at -",
        ),
        (
            "phpunit-nested",
            "JunitXml Passed errors=0 failed=0 passed=3 skipped=0 tests=3 at -",
        ),
        // Written by cargo-nextest 0.9.151, pytest 9.2.0 and Maven Surefire 3.5.2; of the last one's output the properties
        // and the stack traces but for their first lines were taken out.
        (
            "nextest",
            "JunitXml Failed errors=0 failed=1 passed=2 skipped=0 tests=3 at 1…",
        ),
        (
            "pytest-9",
            "JunitXml Failed errors=1 failed=1 passed=2 skipped=2 tests=6 at 1795276459221681",
        ),
        (
            "surefire-3.5",
            "JunitXml Failed errors=1 failed=1 passed=2 skipped=1 tests=5 at -",
        ),
    ] {
        check(sample(name), expected);
    }
}

#[test]
fn the_cases_decide() {
    for (inside, expected) in [
        (
            "<testcase/>",
            "Passed errors=0 failed=0 passed=1 skipped=0 tests=1",
        ),
        // Nothing ran.
        (
            "<testcase><skipped/></testcase>",
            "Failed errors=0 failed=0 passed=0 skipped=1 tests=1",
        ),
        // Both count once, as the worse.
        (
            "<testcase><failure/><error/></testcase>",
            "Failed errors=1 failed=0 passed=0 skipped=0 tests=1",
        ),
        (
            "<testcase><skipped/><failure/></testcase>",
            "Failed errors=0 failed=1 passed=0 skipped=0 tests=1",
        ),
        // A suite's own.
        (
            "<testcase/><error/>",
            "Failed errors=1 failed=0 passed=1 skipped=0 tests=1",
        ),
        (
            "<error/>",
            "Failed errors=1 failed=0 passed=0 skipped=0 tests=0",
        ),
        // By attribute alone.
        (
            r#"<testcase status="Failed"/><testcase/>"#,
            "Failed errors=0 failed=1 passed=1 skipped=0 tests=2",
        ),
        // In elements nobody knows, and in a namespace.
        (
            "<group><testcase><failure/></testcase></group>",
            "Failed errors=0 failed=1 passed=0 skipped=0 tests=1",
        ),
        (
            r#"<j:testcase xmlns:j="urn:j"><j:failure/></j:testcase>"#,
            "Failed errors=0 failed=1 passed=0 skipped=0 tests=1",
        ),
        // Markup in output, comments and instructions is text.
        (
            "<!-- <failure/> --><?x <failure/>?><testcase><system-out><![CDATA[<failure/>]]>\
             </system-out></testcase>",
            "Passed errors=0 failed=0 passed=1 skipped=0 tests=1",
        ),
        (
            r#"<testcase name="a > b = '/&gt;&lt;failure/&gt;'"/>"#,
            "Passed errors=0 failed=0 passed=1 skipped=0 tests=1",
        ),
    ] {
        let text = format!("<testsuite>{inside}</testsuite>");
        check(text, &format!("JunitXml {expected} at -"));
    }
}

#[test]
fn counts_in_attributes_may_not_say_more_than_the_cases() {
    let passed = "JunitXml Passed errors=0 failed=0 passed=1 skipped=0 tests=1 at -";
    for (attributes, expected) in [
        ("tests='1' failures='0' errors=''", passed),
        ("tests='0'", passed),
        (
            "failures='1'",
            "Inconsistent: line 1, column 1: testsuite says failures+errors=1, but 0 are in it…",
        ),
        (
            "errors='2'",
            "Inconsistent: line 1, column 1: testsuite says failures+errors=2, but 0 are in it…",
        ),
        (
            "tests='2'",
            "Inconsistent: line 1, column 1: testsuite says tests=2, but 1 are in it…",
        ),
        (
            "failures='18446744073709551615' errors='18446744073709551615'",
            "Inconsistent: …",
        ),
        (
            "failures='-1'",
            "Xml: line 1, column 1: failures=\"-1\" is not a count",
        ),
        (
            "tests='NaN'",
            "Xml: line 1, column 1: tests=\"NaN\" is not a count",
        ),
    ] {
        check(
            format!("<testsuite {attributes}><testcase/></testsuite>"),
            expected,
        );
    }
    check(
        "<testsuites>\n  <testsuite failures='1'/>\n  <testcase><failure/></testcase></testsuites>",
        "Inconsistent: line 2, column 3: testsuite says failures+errors=1, but 0 are in it…",
    );
}

#[test]
fn a_time_counts_only_with_its_zone() {
    for (first, second, expected) in [
        (
            "2026-03-04T08:31:07Z",
            "2026-03-04T10:31:06+02:00",
            "1772613066000000",
        ),
        ("2026-03-04T08:31:07Z", "2026-03-04T10:31:06", "-"),
        ("2026-03-04T08:31:07", "2026-03-04T08:31:07", "-"),
        ("2026-13-04T08:31:07Z", "2026-03-04T08:31:07Z", "-"),
        ("yesterday", "", "-"),
    ] {
        check(
            format!(
                "<testsuites timestamp='{first}'><testsuite timestamp='{second}'><testcase/>\
                 </testsuite></testsuites>"
            ),
            &format!("JunitXml Passed errors=0 failed=0 passed=1 skipped=0 tests=1 at {expected}"),
        );
    }
}

#[test]
fn a_report_without_cases_says_nothing() {
    for text in [
        "<testsuites/>",
        "<testsuite tests='0' name='x'></testsuite>",
    ] {
        check(
            text,
            "Empty: the report holds no test case, so it says nothing; check that the test \
             runner found the tests",
        );
    }
}
