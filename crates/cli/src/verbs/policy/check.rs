//! `liftlock policy check`

use clap::Args;
use liftlock_verbs::{Done, Failure};
use serde_json::json;

use super::missing;
use crate::context::{Context, load_policy};

/// Check the pipeline file, without a state
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock policy check --file ci/liftlock.yaml")]
pub(crate) struct Arguments {}

pub(crate) fn run(context: &Context) -> Result<Done, Failure> {
    let policy = load_policy(context)?.ok_or_else(|| missing(context))?;
    let names: Vec<_> = policy
        .environments
        .iter()
        .map(|e| e.name.as_str())
        .collect();
    let text = format!(
        "{} is valid: pipeline {}, {}, environments {}\npolicy {}",
        context.file.display(),
        policy.pipeline,
        liftlock_verbs::show::count(policy.images.len(), "image"),
        names.join(", "),
        policy.digest()
    );
    let json = json!({ "valid": true, "policy": policy, "digest": policy.digest() });
    Ok(Done::new(text, json))
}
