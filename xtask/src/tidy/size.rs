//! Sizes of Rust files: one has a limit, and the median has one that only ever goes down.

use std::fmt;

use crate::problem::Problem;
use crate::tree::Tree;

/// Most lines of one file.
const LINES_MAX: usize = 700;
/// Most lines of the file in the middle. A ratchet: lower it when the project is well below.
const MEDIAN_MAX: usize = 160;
/// Where the ratchet is.
const HERE: &str = "xtask/src/tidy/size.rs";
const MEDIAN_LINE: usize = 11;

/// The sizes of all Rust files, in lines, from the smallest on.
pub(super) struct Sizes {
    files: Vec<(usize, String)>,
}

impl Sizes {
    /// Counts the lines of every Rust file.
    pub(super) fn of(tree: &Tree) -> Self {
        let sources = tree.with_ending("rs");
        let mut files: Vec<_> = sources
            .map(|file| (file.text.lines().count(), file.path.clone()))
            .collect();
        files.sort();
        Self { files }
    }

    /// Files over the limit, and the median over its own.
    pub(super) fn check(&self) -> Vec<Problem> {
        let long = self.files.iter().filter(|(lines, _)| *lines > LINES_MAX);
        let mut problems: Vec<_> = long
            .map(|(lines, path)| {
                let message = format!("{lines} lines, over {LINES_MAX}: split it by what it does");
                Problem::at(path, LINES_MAX + 1, message)
            })
            .collect();
        let median = self.percentile(50);
        if median > MEDIAN_MAX {
            let message = format!("half of the files are over {median} lines, not {MEDIAN_MAX}");
            problems.push(Problem::at(HERE, MEDIAN_LINE, message));
        }
        problems
    }

    /// The lines that this share of the files, in percent, does not exceed (nearest rank).
    fn percentile(&self, percent: usize) -> usize {
        let rank = (self.files.len() * percent).div_ceil(100);
        self.files
            .get(rank.saturating_sub(1))
            .map_or(0, |(lines, _)| *lines)
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} Rust files (median {} lines, 9 in 10 up to {}, longest {})",
            self.files.len(),
            self.percentile(50),
            self.percentile(90),
            self.percentile(100),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(lines: &[usize]) -> Sizes {
        let texts: Vec<_> = lines.iter().map(|lines| "x\n".repeat(*lines)).collect();
        let files: Vec<_> = texts.iter().map(|text| ("a.rs", text.as_str())).collect();
        Sizes::of(&Tree::of(&files))
    }

    #[test]
    fn a_file_of_701_lines_is_too_long() {
        assert_eq!(sizes(&[1, 1, 700]).check(), []);
        let problems = sizes(&[1, 1, 701]).check();
        assert_eq!(
            problems[0].to_string(),
            "a.rs:701: 701 lines, over 700: split it by what it does"
        );
    }

    #[test]
    fn the_median_has_a_limit() {
        assert_eq!(sizes(&[160, 160, 600]).check(), []);
        let problems = sizes(&[1, 161, 161]).check();
        assert!(problems[0].message.contains("over 161 lines, not 160"));
    }

    #[test]
    fn the_problem_points_at_the_ratchet() {
        let line = include_str!("size.rs").lines().nth(MEDIAN_LINE - 1);
        assert!(line.is_some_and(|line| line.starts_with("const MEDIAN_MAX")));
    }

    #[test]
    fn sums_up() {
        let lines: Vec<usize> = (1..=10).collect();
        assert_eq!(
            sizes(&lines).to_string(),
            "10 Rust files (median 5 lines, 9 in 10 up to 9, longest 10)"
        );
    }
}
