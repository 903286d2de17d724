//! Text that has no place in the repository.

use crate::problem::Problem;
use crate::rust_code::{code_only, line_at, word_offsets};
use crate::tree::{File, Tree};

/// Macros that stand for work not done, or for looking at values once.
const UNFINISHED: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];

/// Folders of files that are as other tools wrote them.
const GIVEN: [&str; 2] = ["/samples/", "/snapshots/"];

/// The folder of one build machine. In two parts, because this file is checked too.
const MACHINE: &str = concat!("/wo", "rk/");

/// Unfinished code, spaces at line ends, paths of a build machine.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let sources = tree.with_ending("rs").flat_map(unfinished);
    let written = tree
        .files()
        .iter()
        .filter(|file| !GIVEN.iter().any(|folder| file.path.contains(folder)));
    sources.chain(written.flat_map(lines)).collect()
}

fn unfinished(file: &File) -> Vec<Problem> {
    let code = code_only(&file.text);
    let mut problems = Vec::new();
    for word in UNFINISHED {
        for at in word_offsets(&code, word) {
            let message = format!("`{word}` is not for code that is kept");
            problems.push(Problem::at(&file.path, line_at(&code, at), message));
        }
    }
    problems
}

fn lines(file: &File) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in file.text.split('\n').enumerate() {
        if line.ends_with([' ', '\t', '\r']) {
            let message = "space at the end of the line";
            problems.push(Problem::at(&file.path, index + 1, message));
        }
        if names_machine(line) {
            let message = format!("`{MACHINE}` is a folder of one machine: say it relative");
            problems.push(Problem::at(&file.path, index + 1, message));
        }
    }
    problems
}

/// Whether the folder stands at the beginning of a path, not within one.
fn names_machine(line: &str) -> bool {
    line.match_indices(MACHINE).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-/}".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        let problems = check(&Tree::of(&[(path, text)]));
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn unfinished_code_is_found_in_code_alone() {
        assert_eq!(
            messages("a.rs", "// todo!()\nfn f() { todo!() }\n"),
            ["a.rs:2: `todo!` is not for code that is kept"]
        );
        assert_eq!(messages("a.md", "todo!\n"), Vec::<String>::new());
    }

    #[test]
    fn space_at_a_line_end_is_found_but_not_in_samples() {
        assert_eq!(
            messages("a.md", "a\nb \n"),
            ["a.md:2: space at the end of the line"]
        );
        assert_eq!(messages("a.rs", "a\r\n").len(), 1);
        assert_eq!(messages("tests/samples/a.yaml", "b \n").len(), 0);
    }

    #[test]
    fn a_path_of_one_machine_is_found_but_not_a_part_of_another() {
        let text = format!("cd {MACHINE}main\n");
        assert_eq!(messages("a.sh", &text).len(), 1);
        let text = format!("https://example.com{MACHINE}a and docs{MACHINE}b\n");
        assert_eq!(messages("a.md", &text).len(), 0);
    }
}
