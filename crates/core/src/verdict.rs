//! Verdicts: a gate applied to a release now. The one answer to "why is this blocked?".

use serde::{Deserialize, Serialize};

use crate::{OverrideId, Time};

/// What a gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It holds.
    Passed,
    /// Something is still to come.
    Waiting,
    /// It does not hold, and time alone will not change that.
    Blocked,
}

/// A gate's answer, and its reason in words that every surface shows as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The gate's name; `after:NAME` and `environment` for the rules that are always there.
    pub gate: String,
    /// Its kind.
    pub kind: String,
    /// What it says.
    pub answer: Answer,
    /// Why, and who or what is missing.
    pub reason: String,
    /// The next instant at which time alone can change the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// A command that would help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The override by which it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<OverrideId>,
}

impl Verdict {
    /// A verdict without an instant or help.
    pub fn new(gate: impl ToString, kind: &str, answer: Answer, reason: impl Into<String>) -> Self {
        Self {
            gate: gate.to_string(),
            kind: kind.to_owned(),
            answer,
            reason: reason.into(),
            until: None,
            help: None,
            overridden: None,
        }
    }

    /// With the next instant at which time alone can change it.
    pub fn until(mut self, until: Option<Time>) -> Self {
        self.until = until;
        self
    }

    /// With a command that would help.
    pub fn help(mut self, command: impl Into<String>) -> Self {
        self.help = Some(command.into());
        self
    }
}

/// What all verdicts together say: the worst of them. Every gate counts; none is no gate.
pub fn overall(verdicts: &[Verdict]) -> Answer {
    verdicts
        .iter()
        .map(|verdict| verdict.answer)
        .max()
        .unwrap_or(Answer::Passed)
}
