//! A pipeline file with the files that it names: all that makes a policy.

use std::collections::BTreeMap;

use liftlock_core::Policy;
use liftlock_pipeline_file::{Source, parse};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bytes_text;
use crate::done::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The most files that a pipeline file may name.
pub const NAMED_FILES_MAX: usize = 1000;

/// A pipeline file as it is sent. Whoever adopts it reads it for himself: a policy that someone else
/// has read is not believed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineFile {
    /// What it is called where it is, for messages.
    pub name: String,
    /// The YAML text's bytes, in base64.
    #[serde(with = "bytes_text")]
    pub text: Vec<u8>,
    /// The files that it names, by the paths it has for them. At most [`NAMED_FILES_MAX`].
    #[serde(default)]
    pub files: BTreeMap<String, NamedFile>,
}

/// A file that a pipeline file names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NamedFile(#[serde(with = "bytes_text")] pub Vec<u8>);

impl PipelineFile {
    /// The policy that it says.
    ///
    /// # Errors
    /// All that is wrong with it, each with its place.
    pub fn policy(&self) -> Result<Policy, Failure> {
        if self.files.len() > NAMED_FILES_MAX {
            let message = format!("a pipeline file may name {NAMED_FILES_MAX} files at most");
            return Err(Failure::usage(message));
        }
        let read = |path: &str| match self.files.get(path) {
            Some(file) => Ok(file.0.clone()),
            None => Err("it was not sent with the pipeline file".to_owned()),
        };
        policy_of(&self.name, &self.text, &read)
    }
}

/// The policy that a file says, which has to be of the pipeline that is asked.
pub(super) fn of_this(file: &PipelineFile, session: &Session) -> Result<Policy, Failure> {
    let policy = file.policy()?;
    let asked = session.app.pipeline();
    if policy.pipeline != *asked {
        let (name, said) = (&file.name, &policy.pipeline);
        let message = format!("{name} is of the pipeline {said}, and {asked} was asked");
        return Err(Failure::usage(message));
    }
    Ok(policy)
}

/// The policy that a pipeline file's text says; `read` gives the files that it names.
///
/// # Errors
/// All that is wrong with it, each with its place.
pub fn policy_of(
    name: &str,
    text: &[u8],
    read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Policy, Failure> {
    parse(&Source { name, text }, read).map_err(|found| {
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        let mut failure = Failure::new(Exit::Usage, "pipeline-file", lines.join("\n"));
        failure.details = json!({ "diagnostics": found });
        failure
    })
}
