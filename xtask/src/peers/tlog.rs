//! Go's own library of transparency logs, behind a program that reads a log's tiles with it.

use std::path::PathBuf;

use super::Note;
use super::go::from_source;
use super::program::{Outcome, Program};
use super::trouble::Trouble;

/// The program's source, with the version of the library.
const SOURCE: [(&str, &str); 3] = [
    ("main.go", include_str!("tlog/main.go")),
    ("go.mod", include_str!("tlog/go.mod.txt")),
    ("go.sum", include_str!("tlog/go.sum.txt")),
];

/// The version of `golang.org/x/mod`, for the folder's name.
const VERSION: &str = "v0.22.0";

/// The program.
pub(crate) struct Tlog(PathBuf);

impl Tlog {
    /// Built where it is not there yet, or was built from something else.
    pub(crate) fn get(note: &mut Note<'_>) -> Result<Self, Trouble> {
        from_source(("tlog", VERSION), &SOURCE, note).map(Self)
    }

    /// Verifies the checkpoint of the log at `address`, that it continues an `earlier` one (a file, or
    /// nothing), and that the entry at `seq` is in it. It prints the checkpoint.
    pub(crate) fn verify(
        &self,
        (address, token): (&str, &str),
        key: &str,
        (earlier, seq): (&str, u64),
    ) -> Result<Outcome, Trouble> {
        let seq = seq.to_string();
        Program::new(&self.0, [address, key, earlier, &seq])
            .env("TOKEN", token)
            .run()
    }
}
