//! Programs that run beside: daemons, and commands that wait.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::trouble::Trouble;

/// How long a program may take to end once asked.
const END_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A running program; it is ended when this is dropped.
pub(crate) struct Background {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Background {
    /// Starts `words` with exactly these variables. Its output goes to `log`.
    pub(crate) fn start(
        words: &[&str],
        dir: &Path,
        variables: &[(String, String)],
        log: &Path,
    ) -> Result<Self, Trouble> {
        let out = File::create(log).map_err(Trouble::file(log))?;
        let errors = out.try_clone().map_err(Trouble::file(log))?;
        // The kernel ends it even where this program is killed and can end nothing itself.
        let spawned = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .args(words)
            .current_dir(dir)
            .env_clear()
            .envs(variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(errors)
            .spawn();
        let name = words.first().copied().unwrap_or_default().to_owned();
        let child = spawned.map_err(|source| Trouble::Start {
            program: name.clone(),
            source,
        })?;
        let log = log.to_owned();
        Ok(Self { child, name, log })
    }

    /// What it has said so far.
    pub(crate) fn log(&self) -> Result<String, Trouble> {
        let bytes = fs::read(&self.log).map_err(Trouble::file(&self.log))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until `ready` finds what it looks for; trouble where the program ends before.
    pub(crate) fn until<T>(
        &mut self,
        within: Duration,
        mut ready: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, Trouble> {
        let start = Instant::now();
        loop {
            let runs = self.runs();
            let log = self.log()?;
            if let Some(found) = ready(&log) {
                return Ok(found);
            }
            if !runs {
                return Err(Trouble::Failed {
                    program: self.name.clone(),
                    status: "too early".to_owned(),
                    said: log,
                });
            }
            self.patience(start, within)?;
        }
    }

    /// Waits until it ends by itself, and returns its exit code.
    pub(crate) fn end(&mut self, within: Duration) -> Result<Option<i32>, Trouble> {
        let start = Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Ok(status.code());
            }
            self.patience(start, within)?;
        }
    }

    /// Asks it to end, and waits for it. Its exit code, or nothing where a signal ended it.
    pub(crate) fn terminate(&mut self) -> Result<Option<i32>, Trouble> {
        if self.runs() {
            let id = self.child.id().to_string();
            // The shell's own `kill`: std can only kill outright.
            let asked = Command::new("sh")
                .args(["-c", "kill -TERM \"$0\"", &id])
                .status();
            asked.map_err(|source| Trouble::Start {
                program: "kill".to_owned(),
                source,
            })?;
        }
        self.end(END_WITHIN)
    }

    /// Ends it at once, whatever it does.
    pub(crate) fn kill(&mut self) -> Result<(), Trouble> {
        self.child.kill().map_err(|source| Trouble::Start {
            program: "kill".to_owned(),
            source,
        })?;
        self.end(END_WITHIN).map(drop)
    }

    fn patience(&self, start: Instant, within: Duration) -> Result<(), Trouble> {
        if start.elapsed() > within {
            return Err(Trouble::Timeout {
                what: self.name.clone(),
                within,
                said: self.log()?,
            });
        }
        thread::sleep(LOOK_EVERY);
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if self.terminate().is_err() {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(60);

    fn start(script: &str, folder: &Path) -> Background {
        let path = ("PATH".to_owned(), std::env::var("PATH").unwrap());
        Background::start(&["sh", "-c", script], folder, &[path], &folder.join("log")).unwrap()
    }

    #[test]
    fn it_is_asked_to_end_and_says_how_it_did() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done";
        let mut running = start(script, folder.path());
        let found = running.until(SOON, |log| log.contains("ready").then_some(1));
        assert_eq!(found.unwrap(), 1);
        assert!(running.runs());
        assert_eq!(running.terminate().unwrap(), Some(7));
        assert!(!running.runs());
    }

    #[test]
    fn one_that_ends_before_it_is_ready_is_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let mut running = start("echo no such address", folder.path());
        let trouble = running.until(SOON, |_| None::<()>).unwrap_err();
        assert!(trouble.to_string().contains("no such address"), "{trouble}");
    }

    #[test]
    fn it_is_ended_by_a_panic_too() {
        let folder = tempfile::tempdir().unwrap();
        let running = start("echo $$; exec sleep 1000", folder.path());
        let process = Path::new("/proc").join(running.child.id().to_string());
        assert!(process.exists());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _held = running;
            panic!("as a scenario might");
        }));
        assert!(panicked.is_err());
        assert!(!process.exists());
    }
}
