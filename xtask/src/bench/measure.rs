//! What a command costs: time, processor, memory.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage as Resources, UsageWho, getrusage};
use serde::{Deserialize, Serialize};

use crate::peers::program::Program;
use crate::peers::trouble::Trouble;

/// The slowest client with the largest image, and some.
const WITHIN: Duration = Duration::from_secs(1800);

/// What one run used, with all processes it waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Usage {
    pub(super) wall_s: f64,
    pub(super) user_s: f64,
    pub(super) system_s: f64,
    /// The most memory that one process held at a time, in KiB.
    pub(super) rss_kib: i64,
}

/// Runs a command and measures it. Ending with anything but 0 is trouble.
///
/// A small process of its own does it: the kernel counts memory per parent, and a child begins
/// with the parent's figure.
pub(super) fn run(
    words: &[String],
    dir: &Path,
    variables: &[(String, String)],
) -> Result<Usage, Trouble> {
    let own = std::env::current_exe().map_err(Trouble::file(Path::new("this program")))?;
    let words = ["measured"]
        .into_iter()
        .chain(words.iter().map(String::as_str));
    let said = Program::new(own, words)
        .dir(dir)
        .environment(variables)
        .within(WITHIN)
        .must()?;
    serde_json::from_str(&said).map_err(|_| Trouble::answer("the measuring process", said))
}

/// The measuring process: runs a command with its output on standard error, and returns what it
/// used as a line of JSON.
pub(crate) fn inner(words: &[OsString]) -> Result<String, Trouble> {
    let [program, arguments @ ..] = words else {
        return Err(Trouble::answer("measured", "no command"));
    };
    let name = program.to_string_lossy().into_owned();
    let failed = |source| Trouble::Start {
        program: name.clone(),
        source,
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command.stdout(std::io::stderr());
    let start = Instant::now();
    let status = command.status().map_err(failed)?;
    let wall_s = start.elapsed().as_secs_f64();
    if !status.success() {
        return Err(Trouble::Failed {
            program: name,
            status: status.to_string(),
            said: String::new(),
        });
    }
    let all = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|e| failed(e.into()))?;
    let usage = usage(&all, wall_s);
    serde_json::to_string(&usage).map_err(|e| Trouble::answer("measured", e.to_string()))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds and microseconds of a run"
)]
fn usage(all: &Resources, wall_s: f64) -> Usage {
    let user = all.user_time();
    let system = all.system_time();
    Usage {
        wall_s,
        user_s: user.tv_sec() as f64 + user.tv_usec() as f64 / 1e6,
        system_s: system.tv_sec() as f64 + system.tv_usec() as f64 / 1e6,
        rss_kib: all.max_rss(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_is_no_figure() {
        let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let said = inner(&words(&["true"])).unwrap();
        let usage: Usage = serde_json::from_str(&said).unwrap();
        assert!(usage.rss_kib > 0, "{usage:?}");
        assert!(inner(&words(&["false"])).is_err());
        assert!(inner(&[]).is_err());
    }
}
