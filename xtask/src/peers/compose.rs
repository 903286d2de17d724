//! Docker's compose 2, the plugin. Its module has `exclude` lines, which `go install` refuses, so it
//! is built from a module of our own that requires it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::Note;
use super::folder::write;
use super::go::kept;
use super::program::Program;
use super::trouble::Trouble;

const MODULE: &str = "github.com/docker/compose/v2";
const VERSION: &str = "v2.40.3";
/// What it is called as a plugin.
pub(crate) const PROGRAM: &str = "docker-compose";
/// With all that it downloads.
const BUILT_WITHIN: Duration = Duration::from_secs(1800);

/// What `go mod download -json` says of a module, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Downloaded {
    go_mod: PathBuf,
}

/// The program's path; built where it is not there yet.
pub(crate) fn get(note: &mut Note<'_>) -> Result<PathBuf, Trouble> {
    let kept = kept()?;
    let folder = kept.join(format!("compose-{VERSION}"));
    let program = folder.join(PROGRAM);
    if program.is_file() {
        return Ok(program);
    }
    note(&format!("building compose {VERSION}"));
    let unfinished = kept.join(format!("compose-{VERSION}.{}", std::process::id()));
    let moved = build(&unfinished).and_then(|()| {
        fs::create_dir_all(&folder).map_err(Trouble::file(&folder))?;
        let from = unfinished.join(PROGRAM);
        fs::rename(&from, &program).map_err(Trouble::file(&from))
    });
    fs::remove_dir_all(&unfinished).ok();
    moved.map(|()| program)
}

fn build(folder: &Path) -> Result<(), Trouble> {
    fs::create_dir_all(folder).map_err(Trouble::file(folder))?;
    let module = format!("{MODULE}@{VERSION}");
    let said = go(folder, &["mod", "download", "-json", &module])?;
    let downloaded: Downloaded =
        serde_json::from_str(&said).map_err(|e| Trouble::answer("go", e.to_string()))?;
    let theirs =
        fs::read_to_string(&downloaded.go_mod).map_err(Trouble::file(&downloaded.go_mod))?;
    // Without their line for Go, the modules of all modules would be looked up one by one.
    let go_line = theirs.lines().find(|line| line.starts_with("go "));
    let ours = format!(
        "module peer\n\n{}\n\nrequire {MODULE} {VERSION}\n\n{}",
        go_line.unwrap_or_default(),
        excluded(&theirs)
    );
    write(&folder.join("go.mod"), ours)?;
    let flags = format!("-s -w -X {MODULE}/internal.Version={VERSION}");
    let package = format!("{MODULE}/cmd");
    let words = [
        "build",
        "-mod=mod",
        "-trimpath",
        "-ldflags",
        &flags,
        "-o",
        PROGRAM,
        &package,
    ];
    go(folder, &words).map(drop)
}

/// The versions that a module leaves out, as its file says it.
fn excluded(text: &str) -> String {
    let lines = text.lines().skip_while(|line| *line != "exclude (");
    let mut block: Vec<&str> = lines.take_while(|line| *line != ")").collect();
    if !block.is_empty() {
        block.push(")\n");
    }
    block.join("\n")
}

fn go(folder: &Path, words: &[&str]) -> Result<String, Trouble> {
    let asked = Program::new("go", words)
        .env("CGO_ENABLED", "0")
        .dir(folder)
        .within(BUILT_WITHIN);
    match asked.must() {
        Err(Trouble::Start { .. }) => Err(Trouble::Missing("go")),
        outcome => outcome,
    }
}
