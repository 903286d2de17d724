//! What a server answers, a line at a time.

use liftlock_engine::Progress;
use liftlock_verbs::{Done, Exit, Failure};
use serde_json::Value;

/// What is told on the way.
pub(super) enum Told {
    /// How far work is.
    Progress(Box<Progress>),
    /// What is done.
    Note(String),
    /// What may not be as it was meant.
    Warning(String),
    /// The pipeline file differs from the adopted policy.
    PolicyDiffers,
}

/// A line of an answer.
pub(super) enum Line {
    /// Something on the way.
    Told(Told),
    /// The end.
    Ended(Result<Done, Failure>),
    /// Only a sign of life, or something that a newer server tells.
    Nothing,
}

impl Line {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        if bytes.trim_ascii().is_empty() {
            return Ok(Self::Nothing);
        }
        let document: Value = serde_json::from_slice(bytes)?;
        if document.get("exit").is_some() {
            return Ok(Self::Ended(ended(document)));
        }
        Ok(told(document).map_or(Self::Nothing, Self::Told))
    }
}

fn told(mut document: Value) -> Option<Told> {
    if document["policy"] == "differs" {
        return Some(Told::PolicyDiffers);
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(text) = text(&document["note"]) {
        return Some(Told::Note(text));
    }
    if let Some(text) = text(&document["warning"]) {
        return Some(Told::Warning(text));
    }
    let progress = serde_json::from_value(document["progress"].take()).ok()?;
    Some(Told::Progress(progress))
}

/// The last document: how it ended.
pub(super) fn ended(mut document: Value) -> Result<Done, Failure> {
    let exit = Exit::of(document["exit"].as_u64().unwrap_or(1));
    if document["error"].is_object() {
        return Err(failure(exit, &mut document["error"]));
    }
    let text = document["text"].as_str().unwrap_or_default().to_owned();
    let mut done = Done::new(text, document["result"].take()).exit(exit);
    done.one_line = document["one_line"] == true;
    Ok(done)
}

/// An error as the API words it.
pub(super) fn failure(exit: Exit, error: &mut Value) -> Failure {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let code = text(&error["code"]).unwrap_or_else(|| "server".to_owned());
    let message = text(&error["message"]).unwrap_or_else(|| "the server refused it".to_owned());
    let mut failure = Failure::new(exit, code, message);
    failure.hint = text(&error["hint"]);
    failure.details = error["details"].take();
    failure
}
