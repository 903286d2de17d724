//! Where output goes: data to stdout, messages to stderr.

mod copying;
mod meter;
mod progress_json;
mod tame;
mod transfer;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use liftlock_verbs::{Done, Exit, Failure, Notice, Voice};
use serde_json::Value;

pub(crate) use meter::report;
pub(crate) use transfer::{Doing, transfer};

/// How to speak to the user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    /// One JSON document instead of text.
    pub(crate) json: bool,
    /// No progress.
    pub(crate) quiet: bool,
    /// Colours on stdout.
    pub(crate) color: bool,
    /// Never ask.
    pub(crate) no_input: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    pub(crate) fn decide(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                std::io::stdout().is_terminal() && !refused
            }
        }
    }
}

impl Ui {
    /// Says what is said while a request is carried out.
    pub(crate) fn voice(self) -> Voice {
        let tell = move |notice| match notice {
            Notice::Note(message) => self.note(&message),
            Notice::Warning(message) => self.warn(&message),
        };
        Voice::new(self.color, Arc::new(tell))
    }

    /// Whether a question can be asked and answered.
    pub(crate) fn can_ask(&self) -> bool {
        !self.no_input
            && !self.json
            && std::io::stdin().is_terminal()
            && std::io::stderr().is_terminal()
    }

    /// A warning, on stderr.
    pub(crate) fn warn(&self, message: &str) {
        to_stderr(&tame::cut(&format!("warning: {message}")));
    }

    /// A message, on stderr, unless it is to be quiet.
    pub(crate) fn note(&self, message: &str) {
        if !self.quiet {
            let _ = write_line(
                &mut std::io::stderr().lock(),
                &tame::tame(message, self.color),
            );
        }
    }

    /// A line of data while a command is still at work; nothing with `--json`.
    pub(crate) fn say(&self, text: &str) {
        if !self.json {
            to_stdout(&tame::tame(text, self.color));
        }
    }

    /// A document in one line.
    pub(crate) fn json_line(&self, value: &Value) {
        to_stdout(&tame::json(&value.to_string()));
    }

    /// Bytes of data as they are; on a terminal harmlessly.
    pub(crate) fn raw(&self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        if out.is_terminal() {
            drop(out);
            to_stdout(&tame::tame(&String::from_utf8_lossy(bytes), false));
        } else {
            // A reader that has gone away is no reason to fail.
            let _ = out.write_all(bytes).and_then(|()| out.flush());
        }
    }

    /// Ends a command well.
    pub(crate) fn done(&self, command: &str, done: &Done) -> ExitCode {
        if self.json && done.one_line {
            self.json_line(&done.document(command));
        } else if self.json {
            document(&done.document(command));
        } else if !done.text.is_empty() {
            let text = done.text.trim_end_matches('\n');
            to_stdout(&tame::tame(text, self.color));
        }
        ExitCode::from(done.exit as u8)
    }

    /// Ends a command that stopped.
    pub(crate) fn failed(&self, command: &str, failure: &Failure) -> ExitCode {
        if self.json {
            return failed_document(command, failure);
        }
        to_stderr(&tame::cut(&format!("error: {}", failure.message)));
        if let Some(hint) = &failure.hint {
            to_stderr(&format!("hint: {hint}"));
        }
        ExitCode::from(failure.exit as u8)
    }

    /// Asks a yes-or-no question on stderr; anything but yes is no.
    pub(crate) fn ask(&self, question: &str) -> bool {
        let mut err = std::io::stderr();
        let asked = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
        let mut answer = String::new();
        asked.is_ok()
            && std::io::stdin().read_line(&mut answer).is_ok()
            && matches!(answer.trim(), "y" | "Y" | "yes")
    }
}

/// An error before anything could be set up.
pub(crate) fn fatal(message: &str) -> ExitCode {
    to_stderr(&format!("error: {message}"));
    ExitCode::from(1)
}

/// A command line that makes no sense, as text.
pub(crate) fn usage(text: &str) -> ExitCode {
    to_stderr(&tame::cut(text));
    ExitCode::from(Exit::Usage as u8)
}

/// The one document of a command that stopped.
pub(crate) fn failed_document(command: &str, failure: &Failure) -> ExitCode {
    document(&failure.document(command));
    ExitCode::from(failure.exit as u8)
}

fn document(value: &Value) {
    to_stdout(&tame::json(&format!("{value:#}")));
}

/// A reader that has gone away (`| head`) is no reason to fail.
fn to_stdout(text: &str) {
    let _ = write_line(&mut std::io::stdout().lock(), text);
}

/// A plain line on stderr.
fn to_stderr(text: &str) {
    let _ = write_line(&mut std::io::stderr().lock(), &tame::tame(text, false));
}

fn write_line(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    writeln!(out, "{text}").and_then(|()| out.flush())
}
