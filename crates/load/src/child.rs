//! Programs that run beside.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::trouble::Trouble;

/// How long a program may take to end once asked.
const END_WITHIN: Duration = Duration::from_secs(60);

const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A running program; it is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Running {
    /// Starts `program` with these words and variables. Its output goes to `log`.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub(crate) fn start(
        (program, words): (&Path, &[String]),
        dir: &Path,
        variables: &[(&str, String)],
        log: &Path,
    ) -> Result<Self, Trouble> {
        let out = File::create(log).map_err(Trouble::file(log))?;
        let errors = out.try_clone().map_err(Trouble::file(log))?;
        // The kernel ends it even where this program is killed and can end nothing itself.
        let spawned = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .arg(program)
            .args(words)
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(errors)
            .spawn();
        let name = program.display().to_string();
        let child = spawned.map_err(|source| Trouble::Start {
            program: name.clone(),
            source,
        })?;
        let log = log.to_owned();
        Ok(Self { child, name, log })
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `ready` finds what it looks for in what it says.
    ///
    /// # Errors
    /// Where it ends before, or takes longer.
    pub(crate) async fn until<T>(
        &mut self,
        within: Duration,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Trouble> {
        let start = Instant::now();
        loop {
            let runs = matches!(self.child.try_wait(), Ok(None));
            let bytes = fs::read(&self.log).map_err(Trouble::file(&self.log))?;
            let said = String::from_utf8_lossy(&bytes).into_owned();
            if let Some(found) = ready(&said) {
                return Ok(found);
            }
            if !runs {
                return Err(Trouble::Failed {
                    program: self.name.clone(),
                    status: "too early".to_owned(),
                    said,
                });
            }
            if start.elapsed() > within {
                return Err(Trouble::Timeout {
                    what: self.name.clone(),
                    within,
                    said,
                });
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Asks it to end, and waits for it.
    ///
    /// # Errors
    /// Where it does not end, or not with 0.
    pub(crate) async fn end(mut self) -> Result<(), Trouble> {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        asked.map_err(|source| Trouble::Start {
            program: "kill".to_owned(),
            source,
        })?;
        let start = Instant::now();
        while start.elapsed() < END_WITHIN {
            if let Ok(Some(status)) = self.child.try_wait() {
                if status.success() {
                    return Ok(());
                }
                return Err(Trouble::Failed {
                    program: self.name.clone(),
                    status: status.to_string(),
                    said: self.tail(),
                });
            }
            sleep(LOOK_EVERY).await;
        }
        Err(Trouble::Timeout {
            what: self.name.clone(),
            within: END_WITHIN,
            said: self.tail(),
        })
    }

    /// The last that it said.
    fn tail(&self) -> String {
        let said = fs::read(&self.log).unwrap_or_default();
        let said = String::from_utf8_lossy(&said).into_owned();
        let lines: Vec<&str> = said.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
