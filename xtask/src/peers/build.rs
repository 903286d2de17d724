//! The product, built as it is handed out.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::Note;
use super::program::Program;
use super::trouble::Trouble;

/// A cold release build on a small machine.
const BUILD_WITHIN: Duration = Duration::from_secs(3600);

/// Names a program that is taken instead of building one.
const GIVEN: &str = "LIFTLOCK_PROGRAM";

/// The product and the folder it was built in.
pub(crate) struct Built {
    pub(crate) liftlock: PathBuf,
    /// Where this profile's programs are built.
    pub(crate) folder: PathBuf,
    /// Kept from run to run, for what is costly to get.
    pub(crate) kept: PathBuf,
}

/// The part of `cargo metadata` that is read.
#[derive(Deserialize)]
pub(super) struct Metadata {
    /// Where cargo builds.
    pub(super) target_directory: PathBuf,
    /// The project's folder.
    pub(super) workspace_root: PathBuf,
}

/// Builds it with one of the optimised profiles, into the folder that cargo uses for everything
/// else.
pub(crate) fn liftlock(profile: &str, note: &mut Note<'_>) -> Result<Built, Trouble> {
    let given = env::var_os(GIVEN).map(PathBuf::from);
    if let Some(program) = &given {
        note(&format!("taking {} for liftlock", program.display()));
    } else {
        note("building liftlock");
        let arguments = "build --locked --quiet --package liftlock-cli --profile".split(' ');
        Program::new(cargo(), arguments.chain([profile]))
            .within(BUILD_WITHIN)
            .must()?;
    }
    let target = metadata()?.target_directory;
    // Cargo's own profiles share two folders.
    let folder = target.join(match profile {
        "dev" => "debug",
        other => other,
    });
    Ok(Built {
        liftlock: given.unwrap_or_else(|| folder.join("liftlock")),
        folder,
        kept: target.join("interop"),
    })
}

/// The program that builds.
pub(super) fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Where things are.
pub(super) fn metadata() -> Result<Metadata, Trouble> {
    let arguments = "metadata --format-version 1 --no-deps".split(' ');
    let said = Program::new(cargo(), arguments).must()?;
    serde_json::from_str(&said).map_err(|e| Trouble::answer("cargo", e.to_string()))
}
