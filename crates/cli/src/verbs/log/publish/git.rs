//! Checkpoints as commits of a branch, with git's own commands and no working tree.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use liftlock_ledger::SavedCheckpoint;
use liftlock_verbs::Failure;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The checkpoint's name on the branch.
pub(super) const FILE: &str = "checkpoint";

/// How long one command of git may take.
const WITHIN: Duration = Duration::from_secs(60);

/// The newest checkpoint on a branch; `None` where there is no such branch.
pub(super) async fn read(repository: &Path, branch: &str) -> Result<Option<String>, Failure> {
    // That there is a repository is asked first: "no branch" must not come from there being none.
    git(repository, &["rev-parse", "--git-dir"], None).await?;
    let Some(parent) = parent(repository, branch).await else {
        return Ok(None);
    };
    let names = git(repository, &["ls-tree", "--name-only", &parent], None).await?;
    if names.lines().ne([FILE]) {
        let message = format!(
            "the branch {branch} of {} holds other things than checkpoints",
            repository.display()
        );
        return Err(Failure::usage(message).hint("give checkpoints a branch of their own"));
    }
    let file = format!("{parent}:{FILE}");
    let size = git(repository, &["cat-file", "-s", &file], None).await?;
    if size
        .trim()
        .parse()
        .map_or(true, |size: usize| size > SavedCheckpoint::BYTES_MAX)
    {
        let message = format!(
            "{file} has {} bytes, more than a checkpoint has",
            size.trim()
        );
        return Err(Failure::failed("publish", message));
    }
    git(repository, &["cat-file", "blob", &file], None)
        .await
        .map(Some)
}

/// Puts a commit with a checkpoint upon the branch, unless someone else did meanwhile.
pub(super) async fn commit(
    repository: &Path,
    branch: &str,
    text: &str,
    size: u64,
) -> Result<(), Failure> {
    let parent = parent(repository, branch).await;
    let blob = git(repository, &["hash-object", "-w", "--stdin"], Some(text)).await?;
    let entry = format!("100644 blob {}\t{FILE}\n", blob.trim());
    let tree = git(repository, &["mktree"], Some(&entry)).await?;
    let message = message(size);
    let mut words = vec!["commit-tree", tree.trim(), "-m", &message];
    words.extend(parent.iter().flat_map(|parent| ["-p", parent.as_str()]));
    let commit = git(repository, &words, None).await?;
    let reference = format!("refs/heads/{branch}");
    // An empty old value: there must be no such branch.
    let old = parent.as_deref().unwrap_or("");
    let words = ["update-ref", &reference, commit.trim(), old];
    git(repository, &words, None).await.map(drop)
}

/// What a commit says.
pub(super) fn message(size: u64) -> String {
    format!("Checkpoint of {size} entries")
}

async fn parent(repository: &Path, branch: &str) -> Option<String> {
    let reference = format!("refs/heads/{branch}^{{commit}}");
    let words = ["rev-parse", "--verify", "--quiet", &reference];
    let found = git(repository, &words, None).await.ok()?;
    Some(found.trim().to_owned())
}

/// Runs git on the repository, and gives what it printed.
async fn git(repository: &Path, words: &[&str], input: Option<&str>) -> Result<String, Failure> {
    let failed = |why: String| {
        let (verb, place) = (words.first().unwrap_or(&""), repository.display());
        Failure::failed("publish", format!("git {verb} in {place}: {why}"))
    };
    let mut command = Command::new("git");
    command.arg("-C").arg(repository).args([
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "user.name=Liftlock",
        "-c",
        "user.email=liftlock@localhost",
    ]);
    // What names another repository or another author is not for this one.
    let variables = std::env::vars_os().map(|(name, _)| name);
    for name in variables.filter(|name| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command
        .args(words)
        .env("LC_ALL", "C")
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = async {
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin
                .write_all(input.unwrap_or_default().as_bytes())
                .await?;
        }
        child.wait_with_output().await
    };
    let output = tokio::time::timeout(WITHIN, run)
        .await
        .map_err(|_| failed(format!("not done within {}s", WITHIN.as_secs())))?
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.lines().next().unwrap_or("failed").to_owned()));
    }
    String::from_utf8(output.stdout).map_err(|_| failed("it printed no text".to_owned()))
}
