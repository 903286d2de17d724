//! In-toto's own library, in Go, behind a program that reads a statement with it.

use std::path::PathBuf;

use super::Note;
use super::go::from_source;
use super::program::{Outcome, Program};
use super::trouble::Trouble;

/// The program's source, with the versions of what it takes.
const SOURCE: [(&str, &str); 3] = [
    ("main.go", include_str!("in_toto/main.go")),
    ("go.mod", include_str!("in_toto/go.mod.txt")),
    ("go.sum", include_str!("in_toto/go.sum.txt")),
];

/// The version of the library, for the folder's name.
const VERSION: &str = "v1.2.0";

/// The program.
pub(crate) struct InToto(PathBuf);

impl InToto {
    /// Built where it is not there yet, or was built from something else.
    pub(crate) fn get(note: &mut Note<'_>) -> Result<Self, Trouble> {
        from_source(("in-toto", VERSION), &SOURCE, note).map(Self)
    }

    /// Whether it reads a statement, and a predicate that it knows, with every field known.
    pub(crate) fn read(&self, statement: &str) -> Result<Outcome, Trouble> {
        Program::new(&self.0, Vec::<&str>::new())
            .input(statement)
            .run()
    }
}
