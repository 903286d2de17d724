//! The pipeline file is adopted.

use liftlock_core::Command;
use liftlock_pipeline_file::diff;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::file::of_this;
use super::{PipelineFile, changes};
use crate::done::Done;
use crate::endpoint::{Field, Fields, Kind};
use crate::failure::Failure;
use crate::session::Session;

/// A pipeline file to adopt; the adopted policy's owners may.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// The file.
    pub file: PipelineFile,
    /// Change nothing, and show what would be adopted.
    #[serde(default)]
    pub dry_run: bool,
}

impl Fields for Apply {
    fn fields() -> Vec<Field> {
        vec![
            Field::new("file", Kind::File, true, "The pipeline file"),
            Field::new("dry_run", Kind::Flag, false, "Change nothing"),
        ]
    }
}

pub(crate) async fn run(arguments: Apply, session: &Session) -> Result<Done, Failure> {
    let policy = of_this(&arguments.file, session)?;
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
        arguments.file.name, policy.pipeline
    );
    if let Some(found) = found.filter(|found| !found.is_empty()) {
        text.push_str(&format!("\n{}", changes(&found)));
    }
    Ok(Done::new(text, json))
}
