//! `liftlock policy schema`

use clap::Args;
use liftlock_pipeline_file::schema;
use liftlock_verbs::{Done, Failure};

/// Print the JSON Schema of the pipeline file, for editors
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock policy schema > liftlock.schema.json")]
pub(crate) struct Arguments {}

pub(crate) fn run() -> Result<Done, Failure> {
    let schema = schema();
    Ok(Done::new(format!("{schema:#}"), schema))
}
