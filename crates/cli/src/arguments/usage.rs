//! A command line that makes no sense: as text what clap says of it, with `--json` one document.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use liftlock_verbs::Failure;

use super::Cli;
use crate::output;

/// The most characters of a typed value that are shown again.
const VALUE_CHARS_MAX: usize = 80;

/// Says it, and returns 2; or shows the help or version that was asked for, and returns 0.
pub(super) fn end(mut error: clap::Error, typed: &[OsString]) -> ExitCode {
    let json = typed
        .iter()
        .take_while(|word| *word != "--")
        .any(|word| word == "--json");
    let help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    let missing = help || error.kind() == ErrorKind::MissingSubcommand;
    if !error.use_stderr() || (help && !json) {
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) {
        let value = ContextValue::String(shown(value));
        error.insert(ContextKind::InvalidValue, value);
    }
    let text = error.render().to_string();
    let (command, help_command) = command(typed);
    if missing && !json {
        return output::usage(&format!(
            "error: a command is missing\nhint: see `{help_command} --help`"
        ));
    }
    if !json {
        return output::usage(text.trim_end());
    }
    let said = text.split("\n\nUsage:").next().unwrap_or_default();
    let said = said.split("\n\nFor more information").next();
    let said = said.unwrap_or_default().trim();
    let message = if missing {
        "a command is missing"
    } else {
        said.strip_prefix("error: ").unwrap_or(said)
    };
    let failure = Failure::usage(message).hint(format!("see `{help_command} --help`"));
    output::failed_document(&command, &failure)
}

/// A typed value in one line, which no line of a message can be mistaken for.
fn shown(value: &str) -> String {
    let mut shown = String::new();
    for c in value.chars().take(VALUE_CHARS_MAX) {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    if value.chars().nth(VALUE_CHARS_MAX).is_some() {
        shown.push_str("...");
    }
    shown
}

/// The command that was meant, as far as it can be told, alone and as it is typed.
fn command(typed: &[OsString]) -> (String, String) {
    let mut at = Cli::command();
    let mut words = Vec::new();
    for word in typed.iter().skip(1) {
        if let Some(found) = at.find_subcommand(word) {
            words.push(found.get_name().to_owned());
            at = found.clone();
        }
    }
    let command = words.join(" ");
    let help = format!("liftlock {command}").trim_end().to_owned();
    (command, help)
}
