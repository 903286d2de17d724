//! Packages of PyPI, each set of them in an environment of its own that is kept.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::Note;
use super::go::kept;
use super::packages;
use super::program::Program;
use super::trouble::Trouble;

const INSTALLED_WITHIN: Duration = Duration::from_secs(300);

/// A folder of programs in which these packages (`NAME==VERSION`) are; `None` where there is no
/// Python.
pub(crate) fn with(names: &[&str], note: &mut Note<'_>) -> Result<Option<PathBuf>, Trouble> {
    let Some(system) = packages::find("python3") else {
        return Ok(None);
    };
    let folder = kept()?.join(names.join("-").replace("==", "-"));
    let programs = folder.join("bin");
    let done = folder.join("done");
    if !done.is_file() {
        note(&format!("installing {}", names.join(" and ")));
        let place = folder.display().to_string();
        let system = system.display().to_string();
        Program::new(&system, ["-m", "venv", &place])
            .within(INSTALLED_WITHIN)
            .must()?;
        let words = ["-m", "pip", "install", "-q", "--disable-pip-version-check"];
        let words = words.into_iter().chain(names.iter().copied());
        let install = Program::new(programs.join("python").display().to_string(), words);
        install.within(INSTALLED_WITHIN).must()?;
        fs::write(&done, "").map_err(Trouble::file(&done))?;
    }
    Ok(Some(programs))
}
