//! In-toto's own library, in Go, behind a program that reads a statement with it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::Note;
use super::folder::write;
use super::go::kept;
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

const BUILT_WITHIN: Duration = Duration::from_secs(600);

/// The program.
pub(crate) struct InToto(PathBuf);

impl InToto {
    /// Built where it is not there yet, or was built from something else.
    pub(crate) fn get(note: &mut Note<'_>) -> Result<Self, Trouble> {
        let folder = kept()?.join(format!("in-toto-{VERSION}"));
        let program = folder.join("in-toto");
        let same = |(name, text): &(&str, &str)| {
            fs::read_to_string(folder.join(name)).is_ok_and(|there| there == *text)
        };
        if program.is_file() && SOURCE.iter().all(same) {
            return Ok(Self(program));
        }
        note(&format!(
            "building a program with in-toto's library {VERSION}"
        ));
        fs::create_dir_all(&folder).map_err(Trouble::file(&folder))?;
        for (name, text) in SOURCE {
            write(&folder.join(name), text)?;
        }
        let built = Program::new("go", ["build", "-trimpath", "-o", "in-toto", "."]).dir(&folder);
        built.env("CGO_ENABLED", "0").within(BUILT_WITHIN).must()?;
        Ok(Self(program))
    }

    /// Whether it reads a statement, and a predicate that it knows, with every field known.
    pub(crate) fn read(&self, statement: &str) -> Result<Outcome, Trouble> {
        Program::new(&self.0, Vec::<&str>::new())
            .input(statement)
            .run()
    }
}
