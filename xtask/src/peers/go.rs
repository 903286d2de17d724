//! Programs in Go, installed from their modules once for each version.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Note;
use super::folder::write;
use super::program::Program;
use super::trouble::Trouble;

/// The slowest takes three minutes on two cores, with all that it downloads.
const INSTALLED_WITHIN: Duration = Duration::from_secs(1800);

/// A program in a Go module.
#[derive(Debug)]
pub(crate) struct GoProgram {
    /// What we call it.
    pub(crate) name: &'static str,
    /// The file that is built.
    pub(crate) program: &'static str,
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
}

/// The program's path; built where this version is not there yet.
pub(crate) fn get(wanted: &GoProgram, note: &mut Note<'_>) -> Result<PathBuf, Trouble> {
    let GoProgram { name, version, .. } = wanted;
    let kept = kept()?;
    let folder = kept.join(format!("{name}-{version}"));
    let program = folder.join(wanted.program);
    if program.is_file() {
        return Ok(program);
    }
    note(&format!("building {name} {version}"));
    let start = Instant::now();
    // Beside its place, so that one that was broken off is never taken for the whole.
    let unfinished = kept.join(format!("{name}-{version}.{}", std::process::id()));
    let built = install(wanted, &unfinished);
    let moved = built.and_then(|()| {
        fs::create_dir_all(&folder).map_err(Trouble::file(&folder))?;
        let from = unfinished.join(wanted.program);
        fs::rename(&from, &program).map_err(Trouble::file(&from))
    });
    fs::remove_dir_all(&unfinished).ok();
    moved?;
    note(&format!("built {name} in {} s", start.elapsed().as_secs()));
    Ok(program)
}

/// A program of ours on a library of that version, from its source; built where it is not there yet,
/// or was built from something else.
pub(super) fn from_source(
    (name, version): (&str, &str),
    source: &[(&str, &str)],
    note: &mut Note<'_>,
) -> Result<PathBuf, Trouble> {
    let folder = kept()?.join(format!("{name}-{version}"));
    let program = folder.join(name);
    let same = |(file, text): &(&str, &str)| {
        fs::read_to_string(folder.join(file)).is_ok_and(|there| there == *text)
    };
    if program.is_file() && source.iter().all(same) {
        return Ok(program);
    }
    note(&format!("building {name} with its library {version}"));
    fs::create_dir_all(&folder).map_err(Trouble::file(&folder))?;
    for (file, text) in source {
        write(&folder.join(file), text)?;
    }
    let built = Program::new("go", ["build", "-trimpath", "-o", name, "."]).dir(&folder);
    built
        .env("CGO_ENABLED", "0")
        .within(INSTALLED_WITHIN)
        .must()?;
    Ok(program)
}

fn install(wanted: &GoProgram, folder: &Path) -> Result<(), Trouble> {
    fs::create_dir_all(folder).map_err(Trouble::file(folder))?;
    let package = format!("{}@{}", wanted.package, wanted.version);
    let words = ["install", "-trimpath", "-ldflags=-s -w", &package];
    let asked = Program::new("go", words)
        .env("GOBIN", &folder.display().to_string())
        .env("CGO_ENABLED", "0")
        // Not this repository's, should it ever have one of Go.
        .dir(folder)
        .within(INSTALLED_WITHIN);
    match asked.must() {
        Err(Trouble::Start { .. }) => Err(Trouble::Missing("go")),
        outcome => outcome.map(drop),
    }
}

/// Where they are kept, outside of the tree: a clean build does not need them again.
pub(super) fn kept() -> Result<PathBuf, Trouble> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = cache.or_else(home).ok_or(Trouble::NoHome)?;
    Ok(cache.join("liftlock-peers"))
}

#[cfg(test)]
mod tests {
    use crate::peers::versions::ALL;

    #[test]
    fn each_is_a_released_version_of_its_own_name() {
        for (at, peer) in ALL.iter().enumerate() {
            assert!(peer.version.starts_with('v'), "{peer:?}");
            assert!(peer.package.ends_with(peer.program), "{peer:?}");
            assert!(ALL[..at].iter().all(|p| p.name != peer.name), "{peer:?}");
        }
    }
}
