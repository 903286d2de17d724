//! `liftlock man`

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use liftlock_verbs::{Done, Failure};
use serde_json::json;

use crate::arguments::Cli;

/// Write the man pages
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock man /usr/local/share/man/man1")]
pub(crate) struct Arguments {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Done, Failure> {
    let folder = &arguments.folder;
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    let name = folder.display().to_string();
    written
        .map_err(|error| Failure::failed("man", format!("{name} cannot be written: {error}")))?;
    Ok(Done::new(
        format!("wrote the man pages to {name}"),
        json!({ "folder": name }),
    ))
}
