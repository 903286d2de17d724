//! The numbers in a JUnit report.

use std::fs;
use std::path::Path;

use super::trouble::Trouble;

/// What became of the test cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

/// Counts the cases of a report.
pub(crate) fn counts(path: &Path) -> Result<Counts, Trouble> {
    let text = fs::read_to_string(path).map_err(Trouble::file(path))?;
    Ok(count(&text))
}

/// By its tags: quotes and angle brackets within a text are escaped in XML.
fn count(text: &str) -> Counts {
    let tags = |name: &str| {
        let ends = [" ", ">", "/"].map(|end| format!("<{name}{end}"));
        ends.iter()
            .map(|tag| text.matches(tag.as_str()).count())
            .sum::<usize>()
    };
    let failed = tags("failure") + tags("error");
    let skipped = tags("skipped");
    Counts {
        passed: tags("testcase").saturating_sub(failed + skipped),
        failed,
        skipped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_counted_by_what_became_of_them() {
        let text = r#"<testsuites><testsuite name="s" tests="4" failures="1" skipped="1">
            <testcase name="a"/><testcase name="b &lt;failure&gt;" time="1"></testcase>
            <testcase name="c"><failure message="no" type="f">why</failure></testcase>
            <testcase name="d"><skipped></skipped></testcase>
            </testsuite></testsuites>"#;
        let expected = Counts {
            passed: 2,
            failed: 1,
            skipped: 1,
        };
        assert_eq!(count(text), expected);
    }
}
