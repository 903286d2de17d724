//! `liftlock completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use liftlock_verbs::{Done, Failure};
use serde_json::json;

use crate::arguments::Cli;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock completions bash > /etc/bash_completion.d/liftlock")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Done, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Cli::command(),
        "liftlock",
        &mut script,
    );
    let script = String::from_utf8_lossy(&script).into_owned();
    let json = json!({ "shell": arguments.shell.to_string(), "script": script });
    Ok(Done::new(script, json))
}
