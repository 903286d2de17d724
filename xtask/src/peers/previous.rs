//! The product as it was before, built from this repository's history.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Note;
use super::build::{cargo, metadata};
use super::folder::write;
use super::program::Program;
use super::trouble::Trouble;

/// A build of the product's own crates; what they depend on is there, mostly.
const BUILD_WITHIN: Duration = Duration::from_secs(1800);

/// What differs between two versions that do not have the same tables, or do not fold the same.
const VERSIONS: &str = "(FOLD_VERSION: u32 =|MIGRATIONS: \\[Migration;)";

/// An option of the server without which it cannot be played with.
const NEEDED: &str = "allow-program";

/// The product of a commit.
pub(crate) struct Previous {
    pub(crate) commit: String,
    pub(crate) program: PathBuf,
}

/// Builds the product as it was before the newest change of its tables or its fold, or else of one
/// commit before. Where there is no history, why.
pub(crate) fn build(note: &mut Note<'_>) -> Result<Result<Previous, String>, Trouble> {
    let place = metadata()?;
    let root = place.workspace_root;
    let commit = match commit(&root)? {
        Some(commit) => commit,
        None => return Ok(Err("no previous commit".to_owned())),
    };
    let kept = place.target_directory.join("interop");
    let (source, program) = (kept.join("previous"), kept.join("previous-liftlock"));
    if !source.join(".git").exists() {
        fs::create_dir_all(&kept).map_err(Trouble::file(&kept))?;
        let (from, to) = (root.display().to_string(), source.display().to_string());
        git(
            &root,
            &["clone", "-q", "--shared", "--no-checkout", &from, &to],
        )?;
    }
    git(&source, &["checkout", "-q", "--force", "--detach", &commit])?;
    rename(&source)?;
    note(&format!("building liftlock of {commit}"));
    let target = place.target_directory.display().to_string();
    let words = "build --quiet --package liftlock-cli --target-dir".split(' ');
    // What is built now has the place of what was built last, which may be what is shown here.
    let built = place.target_directory.join("debug/liftlock");
    let aside = kept.join("present-liftlock");
    let present = built.exists();
    if present {
        fs::rename(&built, &aside).map_err(Trouble::file(&built))?;
    }
    let made = Program::new(cargo(), words.chain([target.as_str()]))
        .dir(&source)
        .env("CARGO_INCREMENTAL", "0")
        .within(BUILD_WITHIN)
        .must()
        .and_then(|_| {
            fs::remove_file(&program).ok();
            fs::copy(&built, &program).map_err(Trouble::file(&built))
        });
    if present {
        fs::rename(&aside, &built).map_err(Trouble::file(&aside))?;
    }
    made?;
    Ok(Ok(Previous { commit, program }))
}

/// Gives its crates another version. Cargo tells what it built of two folders apart by that alone,
/// and would take what it built here for what it builds there.
fn rename(source: &Path) -> Result<(), Trouble> {
    let path = source.join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(Trouble::file(&path))?;
    let mut renamed = String::new();
    for line in text.lines() {
        match line
            .strip_prefix("version = \"")
            .and_then(|rest| rest.strip_suffix('"'))
        {
            Some(version) => renamed.push_str(&format!("version = \"{version}-previous\"")),
            None => renamed.push_str(line),
        }
        renamed.push('\n');
    }
    if renamed == text {
        return Err(Trouble::answer("Cargo.toml", "no version of its own"));
    }
    write(&path, renamed)
}

/// Which one.
fn commit(root: &Path) -> Result<Option<String>, Trouble> {
    let words = ["log", "-n", "1", "--format=%H", "-G", VERSIONS, "--"];
    let files = [
        "crates/core/src/state/snapshot.rs",
        "crates/store/src/schema.rs",
    ];
    let words = words.into_iter().chain(files);
    let changed = Program::new("git", words).dir(root).run()?.stdout;
    let candidates = [format!("{}~1", changed.trim()), "HEAD~1".to_owned()];
    for candidate in candidates {
        let words = ["rev-parse", "-q", "--verify", &candidate];
        let found = Program::new("git", words).dir(root).run()?;
        let commit = found.stdout.trim().to_owned();
        if found.code != Some(0) || commit.is_empty() {
            continue;
        }
        let words = ["grep", "-q", NEEDED, &commit, "--", "crates/cli/src"];
        if Program::new("git", words).dir(root).run()?.code == Some(0) {
            return Ok(Some(commit));
        }
    }
    Ok(None)
}

fn git(dir: &Path, words: &[&str]) -> Result<(), Trouble> {
    Program::new("git", words.iter().copied())
        .dir(dir)
        .must()
        .map(drop)
}
