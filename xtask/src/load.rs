//! `cargo xtask load`: many clients at a real server over a state with a long history.
//!
//! What asks and counts is the program `load` of its own crate: this one is compiled before anything
//! can be checked, and stays small.

use std::env;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use crate::peers::build;
use crate::peers::program::Program;
use crate::peers::trouble::Trouble;

/// A cold build on a small machine.
const BUILD_WITHIN: Duration = Duration::from_secs(3600);

/// Builds the product and `load`, and runs it with `words`. `--profile NAME`, as the first of them,
/// chooses cargo's profile. Whether all that was answered was recorded.
pub(crate) fn run(words: &[&str]) -> Result<bool, Trouble> {
    let (profile, words) = match words {
        ["--profile", profile, words @ ..] => (*profile, words),
        words => ("release", words),
    };
    // Progress is not the result.
    let mut note = |text: &str| drop(writeln!(std::io::stderr(), "{text}"));
    let built = build::liftlock(profile, &mut note)?;
    note("building load");
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = "build --locked --quiet --package liftlock-load --profile".split(' ');
    Program::new(&cargo, arguments.chain([profile]))
        .within(BUILD_WITHIN)
        .must()?;
    let load = built.folder.join("load");
    let status = Command::new(&load)
        .arg("--program")
        .arg(&built.liftlock)
        .args(words)
        .status();
    let status = status.map_err(|source| Trouble::Start {
        program: load.display().to_string(),
        source,
    })?;
    Ok(status.success())
}
