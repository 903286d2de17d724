//! Programs that are run to their end.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::trouble::Trouble;

/// How long a program may take where nothing else is said.
const WITHIN: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A program with its arguments.
pub(crate) struct Program {
    command: Command,
    shown: String,
    input: Option<String>,
    within: Duration,
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Its command line.
    pub(crate) shown: String,
    /// Its exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) stdout: String,
    /// What else it said.
    pub(crate) stderr: String,
}

impl Outcome {
    /// Both outputs.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl Program {
    /// A program found in PATH, or by its path.
    pub(crate) fn new<A: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut command = Command::new(program.as_ref());
        let path = Path::new(program.as_ref());
        let name = path.file_name().unwrap_or(program.as_ref());
        let mut shown = name.to_string_lossy().into_owned();
        for argument in arguments {
            shown.push(' ');
            shown.push_str(&argument.as_ref().to_string_lossy());
            command.arg(argument);
        }
        Self {
            command,
            shown,
            input: None,
            within: WITHIN,
        }
    }

    /// In this folder.
    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// With exactly these variables.
    pub(crate) fn environment(mut self, variables: &[(String, String)]) -> Self {
        self.command.env_clear().envs(variables.iter().cloned());
        self
    }

    /// With one more variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With this on standard input, instead of nothing.
    pub(crate) fn input(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    /// For at most this long.
    pub(crate) fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// Runs it, however it ends.
    pub(crate) fn run(mut self) -> Result<Outcome, Trouble> {
        let stdin = match self.input {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        };
        let command = self.command.stdin(stdin);
        let spawned = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = spawned.map_err(|source| Trouble::Start {
            program: self.shown.clone(),
            source,
        })?;
        // Before it is waited for: a full pipe would keep it from ending.
        let stdout = child.stdout.take().map(collect);
        let stderr = child.stderr.take().map(collect);
        if let (Some(text), Some(mut stdin)) = (&self.input, child.stdin.take()) {
            // A program that does not read its input says itself why.
            stdin.write_all(text.as_bytes()).ok();
        }
        let code = wait(&mut child, self.within);
        let (stdout, stderr) = (joined(stdout), joined(stderr));
        match code {
            Some(code) => Ok(Outcome {
                shown: self.shown,
                code,
                stdout,
                stderr,
            }),
            None => Err(Trouble::Timeout {
                what: self.shown,
                within: self.within,
                said: stdout + &stderr,
            }),
        }
    }

    /// Runs it, and returns what it printed; ending with anything but 0 is trouble.
    pub(crate) fn must(self) -> Result<String, Trouble> {
        let outcome = self.run()?;
        if outcome.code == Some(0) {
            return Ok(outcome.stdout);
        }
        Err(Trouble::Failed {
            status: format!("{:?}", outcome.code),
            said: outcome.said(),
            program: outcome.shown,
        })
    }
}

/// The exit code; nothing where it had to be killed.
fn wait(child: &mut Child, within: Duration) -> Option<Option<i32>> {
    let start = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status.code());
        }
        if start.elapsed() > within {
            child.kill().ok();
            child.wait().ok();
            return None;
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn collect(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is worth showing.
        from.read_to_end(&mut bytes).ok();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn joined(reader: Option<JoinHandle<String>>) -> String {
    reader
        .and_then(|reader| reader.join().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program::new("sh", ["-c", script])
    }

    #[test]
    fn outputs_and_the_exit_code_are_kept_apart() {
        let outcome = shell("cat; echo no >&2; exit 3")
            .input("yes\n")
            .run()
            .unwrap();
        assert_eq!(outcome.code, Some(3));
        assert_eq!(
            (outcome.stdout.as_str(), outcome.stderr.as_str()),
            ("yes\n", "no\n")
        );
        let trouble = shell("echo why >&2; exit 3").must().unwrap_err();
        assert!(trouble.to_string().contains("why"), "{trouble}");
    }

    #[test]
    fn an_output_larger_than_a_pipe_does_not_block() {
        let printed = shell("yes | head -c 300000").must().unwrap();
        assert_eq!(printed.len(), 300_000);
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let endless = Program::new("sleep", ["1000"]).within(Duration::from_millis(50));
        assert!(matches!(endless.run(), Err(Trouble::Timeout { .. })));
    }
}
