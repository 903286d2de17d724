//! What a command that came to an end prints.

use serde_json::{Value, json};

/// Exit codes. They are part of the interface, and never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// Usage, or an invalid or unadopted pipeline file.
    Usage = 2,
    /// A gate blocks, a rejection, not allowed.
    Refused = 3,
    /// Evidence is missing, or an approval, or soak.
    Waiting = 4,
    /// Drift, or a verification that does not match.
    Mismatch = 5,
}

impl Exit {
    /// The exit code of that number; what is none of these has failed.
    pub fn of(code: u64) -> Self {
        let all = [
            Self::Done,
            Self::Failed,
            Self::Usage,
            Self::Refused,
            Self::Waiting,
            Self::Mismatch,
        ];
        let known = all.into_iter().find(|exit| *exit as u64 == code);
        known.unwrap_or(Self::Failed)
    }
}

/// A command's end: its exit code, and what it says as text and as JSON.
#[derive(Debug)]
pub struct Done {
    /// The exit code.
    pub exit: Exit,
    /// For people.
    pub text: String,
    /// For programs: the `result` of the document.
    pub json: Value,
    /// Whether the JSON document is one line, the last of several.
    pub one_line: bool,
}

/// The version of the JSON documents.
pub const JSON_VERSION: u32 = 1;

impl Done {
    /// Done, with exit code 0.
    pub fn new(text: impl Into<String>, json: Value) -> Self {
        Self {
            exit: Exit::Done,
            text: text.into(),
            json,
            one_line: false,
        }
    }

    /// As the last of several documents, each in a line.
    pub fn in_one_line(mut self) -> Self {
        self.one_line = true;
        self
    }

    /// With another exit code.
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The one document of `--json`.
    pub fn document(&self, command: &str) -> Value {
        json!({
            "version": JSON_VERSION,
            "command": command,
            "exit": self.exit as u8,
            "result": self.json,
        })
    }
}
