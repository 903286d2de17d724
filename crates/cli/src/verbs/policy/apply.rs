//! `liftlock policy apply`

use clap::Args;
use liftlock_core::Command;
use liftlock_pipeline_file::diff;
use serde_json::json;

use super::file;
use crate::context::{Access, Context, changes};
use crate::done::Done;
use crate::failure::Failure;

/// Adopt the pipeline file into the state; the adopted policy's owners may
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock policy diff && liftlock policy apply")]
pub(crate) struct Arguments {
    /// Change nothing, and show what would be adopted
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let policy = file(context)?;
    let access = Access::changing(arguments.dry_run);
    let session = context.open_for_policy(access).await?;
    let found = session
        .state
        .adopted
        .as_ref()
        .map(|adopted| diff(&adopted.policy, &policy));
    let command = Command::Adopt {
        policy: Box::new(policy.clone()),
    };
    let recorded = session
        .app
        .submit_command(&command, arguments.dry_run)
        .await?;
    let json = json!({
        "dry_run": arguments.dry_run,
        "adopted": !recorded.events.is_empty(),
        "digest": policy.digest(),
        "changes": found,
    });
    if recorded.events.is_empty() {
        return Ok(Done::new(
            "the pipeline file is what is adopted; nothing to do",
            json,
        ));
    }
    let verb = if arguments.dry_run {
        "would adopt"
    } else {
        "adopted"
    };
    let mut text = format!(
        "{verb} {} as the policy of {}",
        context.file.display(),
        policy.pipeline
    );
    if let Some(found) = found.filter(|found| !found.is_empty()) {
        text.push_str(&format!("\n{}", changes(&found)));
    }
    Ok(Done::new(text, json))
}
