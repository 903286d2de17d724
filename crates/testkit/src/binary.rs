//! Running the binary under test.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tempfile::TempDir;

/// How often a process is asked whether it has ended.
const POLL: Duration = Duration::from_millis(2);

/// What a process left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
    /// Its exit code, or 128 and the signal that ended it, as shells say it.
    pub code: i32,
}

impl Output {
    /// Its stdout as the one JSON document of `--json`.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not one JSON document ({error}): {self:?}"))
    }
}

/// A process that was started. It can be killed from several threads; clones are the same one.
#[derive(Debug, Clone)]
pub struct Process {
    child: Arc<Mutex<Child>>,
    // Files, not pipes: a killed process loses nothing, and nobody has to read along.
    streams: Arc<TempDir>,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        let streams = tempfile::tempdir().expect("a folder for the output");
        let file = |name: &str| File::create(streams.path().join(name)).expect("an output file");
        command.stdout(file("stdout")).stderr(file("stderr"));
        let child = command.spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
        Self {
            child: Arc::new(Mutex::new(child)),
            streams: Arc::new(streams),
        }
    }

    /// Kills it with SIGKILL, and returns when it is gone.
    pub fn kill(&self) {
        let mut child = self.child();
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Sends it a signal, by its name: `TERM`, `STOP`, `CONT`. One that has ended gets none.
    pub fn signal(&self, name: &str) {
        let child = self.child();
        let id = child.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .output();
        sent.expect("a program `kill`");
    }

    /// Whether it still runs.
    pub fn is_running(&self) -> bool {
        self.ended().is_none()
    }

    /// What it has written to stdout so far.
    pub fn stdout(&self) -> String {
        self.stream("stdout")
    }

    /// What it has written to stderr so far.
    pub fn stderr(&self) -> String {
        self.stream("stderr")
    }

    /// Waits for its end.
    pub fn wait(&self) -> Output {
        let status = loop {
            match self.ended() {
                Some(status) => break status,
                None => std::thread::sleep(POLL),
            }
        };
        let signal = status.signal().map(|signal| 128 + signal);
        Output {
            stdout: self.stream("stdout"),
            stderr: self.stream("stderr"),
            code: status.code().or(signal).unwrap_or(-1),
        }
    }

    fn ended(&self) -> Option<ExitStatus> {
        self.child().try_wait().expect("the state of a process")
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stream(&self, name: &str) -> String {
        let path: PathBuf = self.streams.path().join(name);
        let bytes = std::fs::read(path).expect("an output file");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
