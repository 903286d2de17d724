//! Programs: an argument list, a clean environment, bounded output and time.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{ExitStatus, Stdio};

use liftlock_core::Span;
use liftlock_engine::ports::{DeliveryError, OUTPUT_BYTES_MAX};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::process::Command;
use tokio::time::Instant;

use crate::ending;
use crate::group::Group;
use crate::note::{Noted, Noting};
use crate::output::{Bounded, last_line};

/// The most that is taken of an answer that Liftlock reads itself, in bytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A program to run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program<'a> {
    /// What errors call it.
    pub(crate) name: &'a str,
    /// Program and arguments. A relative program with a `/` is looked up in `dir`, one
    /// without a `/` in PATH.
    pub(crate) arguments: &'a [String],
    /// Its whole environment.
    pub(crate) environment: &'a BTreeMap<OsString, OsString>,
    /// Its working directory, absolute.
    pub(crate) dir: &'a Path,
    /// How long it may take; then its process group is ended.
    pub(crate) within: Span,
    /// Where it changes something: for what it runs, of which a note is kept meanwhile in
    /// `dir`, the pipeline file's folder.
    pub(crate) noted: Option<Noting<'a>>,
}

impl Program<'_> {
    /// Runs it to its end and returns what it printed, both streams in order.
    ///
    /// # Errors
    /// [`DeliveryError::Start`], [`DeliveryError::Failed`] for an exit status other than 0,
    /// [`DeliveryError::Timeout`], [`DeliveryError::Answer`] for an empty argument list.
    pub(crate) async fn run(&self) -> Result<Vec<u8>, DeliveryError> {
        // One pipe for both streams: their order is the order of the writes.
        let (reader, stdout) = self.started(io::pipe())?;
        let stderr = self.started(stdout.try_clone())?;
        let mut kept = Bounded::new(OUTPUT_BYTES_MAX);
        let mut reader = self.started(receiver(reader))?;
        let reading = read(&mut reader, &mut kept);
        let status = self.execute(stdout.into(), stderr.into(), reading).await?;
        let output = kept.finish();
        match self.failure(status, &output) {
            None => Ok(output),
            Some(error) => Err(error),
        }
    }

    /// Runs it to its end and returns its standard output alone.
    ///
    /// # Errors
    /// As [`Program::run`], with standard error as the output, and [`DeliveryError::Answer`]
    /// for an answer that is too long or is not UTF-8.
    pub(crate) async fn answer(&self) -> Result<String, DeliveryError> {
        let (reader, stdout) = self.started(io::pipe())?;
        let (errors, stderr) = self.started(io::pipe())?;
        let (mut kept, mut kept_errors) = (
            Bounded::new(ANSWER_BYTES_MAX),
            Bounded::new(OUTPUT_BYTES_MAX),
        );
        let mut reader = self.started(receiver(reader))?;
        let mut errors = self.started(receiver(errors))?;
        let reading = async {
            tokio::join!(
                read(&mut reader, &mut kept),
                read(&mut errors, &mut kept_errors)
            );
        };
        let status = self.execute(stdout.into(), stderr.into(), reading).await?;
        if let Some(error) = self.failure(status, &kept_errors.finish()) {
            return Err(error);
        }
        if kept.is_cut() {
            return Err(self.answered(format!("it is longer than {ANSWER_BYTES_MAX} bytes")));
        }
        String::from_utf8(kept.finish()).map_err(|_| self.answered("it is not UTF-8".to_owned()))
    }

    /// The error for an answer of this program that makes no sense.
    pub(crate) fn answered(&self, message: String) -> DeliveryError {
        DeliveryError::Answer {
            what: format!("the answer of {}", self.name),
            message,
        }
    }

    async fn execute(
        &self,
        stdout: OwnedFd,
        stderr: OwnedFd,
        reading: impl Future<Output = ()>,
    ) -> Result<Option<ExitStatus>, DeliveryError> {
        let deadline = Instant::now() + self.within.duration();
        let mut command = self.command()?;
        command.stdout(stdout).stderr(stderr);
        // Declared here, it is dropped, and the note removed, after the child and its group.
        let mut noted = self.note()?;
        let mut child = self.started(command.spawn())?;
        // It holds the writing ends: as long as it lives, the output does not end.
        drop(command);
        if let Some(noted) = &mut noted {
            // Ended again where it cannot be noted.
            let mut group = Group::of(&child);
            self.unnoted(noted.started(child.id()))?;
            group.disarm();
        }
        self.started(ending::wait(&mut child, deadline, pin!(reading)).await)
    }

    fn note(&self) -> Result<Option<Noted>, DeliveryError> {
        let begin = |noting| Noted::begin(self.dir, noting, self.name);
        // What only watches holds no lease that someone could take over, and undoes nothing.
        let noted = self.noted.filter(|noting| !noting.context.watched);
        self.unnoted(noted.map(begin).transpose())
    }

    fn unnoted<T>(&self, result: io::Result<T>) -> Result<T, DeliveryError> {
        let place = "its note in .liftlock/programs, beside the pipeline file, cannot be written";
        let failed = |e: io::Error| io::Error::new(e.kind(), format!("{place}: {e}"));
        self.started(result.map_err(failed))
    }

    fn command(&self) -> Result<Command, DeliveryError> {
        let Some((program, arguments)) = self.arguments.split_first() else {
            return Err(DeliveryError::Answer {
                what: format!("the command of {}", self.name),
                message: "it is empty; name a program and its arguments".to_owned(),
            });
        };
        let program = if program.contains('/') {
            self.dir.join(program)
        } else {
            PathBuf::from(program)
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment)
            .current_dir(self.dir)
            .stdin(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        Ok(command)
    }

    fn started<T>(&self, result: io::Result<T>) -> Result<T, DeliveryError> {
        result.map_err(|e| DeliveryError::Start {
            program: self.name.to_owned(),
            source: Box::new(e),
        })
    }

    /// What is wrong with how it ended.
    fn failure(&self, status: Option<ExitStatus>, output: &[u8]) -> Option<DeliveryError> {
        match status {
            Some(status) if status.success() => None,
            Some(status) => Some(DeliveryError::Failed {
                program: self.name.to_owned(),
                status: status.to_string(),
                message: last_line(output),
                output: output.to_owned(),
            }),
            None => Some(DeliveryError::Timeout {
                program: self.name.to_owned(),
                within: self.within,
                output: output.to_owned(),
            }),
        }
    }
}

fn receiver(reader: io::PipeReader) -> io::Result<Receiver> {
    Receiver::from_owned_fd(reader.into())
}

/// Reads to the end. A pipe that fails has nothing more to say.
async fn read(pipe: &mut Receiver, kept: &mut Bounded) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
        kept.push(&buffer[..count]);
    }
}
