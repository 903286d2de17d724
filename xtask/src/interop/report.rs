//! A line a check, and their number.

use std::fmt::{Debug, Display};
use std::io::Write;
use std::time::Instant;

use crate::peers::program::Outcome;
use crate::peers::trouble::Trouble;

/// How many lines of a program's output are shown beside a check that did not hold.
const SHOWN_LINES: usize = 40;

/// What was checked so far.
pub(super) struct Report<'a> {
    out: &'a mut dyn Write,
    passed: u32,
    failed: u32,
    skipped: u32,
    start: Instant,
}

impl<'a> Report<'a> {
    /// Nothing yet.
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            passed: 0,
            failed: 0,
            skipped: 0,
            start: Instant::now(),
        }
    }

    /// Says what is going on.
    pub(super) fn note(&mut self, text: &str) {
        // Where standard output is closed, the exit code still speaks.
        writeln!(self.out, "{text}").ok();
        self.out.flush().ok();
    }

    /// A new scenario, with the seconds since the start.
    pub(super) fn heading(&mut self, name: &str) {
        let seconds = self.start.elapsed().as_secs();
        self.note(&format!("\n== {name} (at {seconds} s)"));
    }

    /// A scenario that could not be played to its end.
    pub(super) fn broke(&mut self, name: &str, trouble: &Trouble) {
        self.that(
            &format!("{name} can be played to its end"),
            false,
            "no trouble",
            trouble,
        );
    }

    /// Something that this machine cannot show.
    pub(super) fn skip(&mut self, what: &str, why: &str) {
        self.skipped += 1;
        self.note(&format!("skipped {what}: {why}"));
    }

    /// Whether something holds.
    pub(super) fn that(
        &mut self,
        what: &str,
        holds: bool,
        expected: impl Display,
        found: impl Display,
    ) {
        if holds {
            self.passed += 1;
            self.note(&format!("ok {what}"));
        } else {
            self.failed += 1;
            self.note(&format!(
                "FAILED {what}: expected {expected}, found {found}"
            ));
        }
    }

    /// Whether two values are the same.
    pub(super) fn equal<T: PartialEq + Debug>(&mut self, what: &str, expected: T, found: T) {
        let (e, f) = (format!("{expected:?}"), format!("{found:?}"));
        self.that(what, expected == found, e, f);
    }

    /// Whether a program ended with `code` and said each of `texts`.
    pub(super) fn ended(&mut self, what: &str, outcome: &Outcome, code: i32, texts: &[&str]) {
        let said = outcome.said();
        let missing = texts.iter().filter(|text| !said.contains(**text));
        let missing: Vec<_> = missing.map(|text| format!("{text:?}")).collect();
        let holds = outcome.code == Some(code) && missing.is_empty();
        let expected = format!("exit {code} and {texts:?}");
        let mut found = format!("exit {:?}", outcome.code);
        if !missing.is_empty() {
            found.push_str(&format!(" without {}", missing.join(", ")));
        }
        let found = format!("{found}\n  $ {}\n{}", outcome.shown, indented(&said));
        self.that(what, holds, expected, found);
    }

    /// Says how many checks there were. Whether all held, and there were any.
    pub(super) fn finish(mut self) -> bool {
        let seconds = self.start.elapsed().as_secs();
        let (passed, failed) = (self.passed, self.failed);
        let skipped = match self.skipped {
            0 => String::new(),
            skipped => format!(", {skipped} skipped"),
        };
        self.note(&format!(
            "\nafter {seconds} s\n{passed} passed, {failed} failed{skipped}"
        ));
        failed == 0 && passed > 0
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let first = lines.len().saturating_sub(SHOWN_LINES);
    let shown = lines[first..].iter().map(|line| format!("  | {line}"));
    shown.collect::<Vec<_>>().join("\n")
}
