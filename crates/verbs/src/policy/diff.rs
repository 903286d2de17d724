//! How the pipeline file differs from what is adopted.

use liftlock_core::plan::{Effect, GateEffect, effects};
use liftlock_core::verdict::Answer;
use liftlock_pipeline_file::diff;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::file::of_this;
use super::{PipelineFile, changes};
use crate::done::{Done, Exit};
use crate::endpoint::{Field, Fields, Kind};
use crate::failure::Failure;
use crate::session::Session;

/// How a pipeline file differs from the adopted policy, and what adopting it would do to what waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diff {
    /// The file.
    pub file: PipelineFile,
}

impl Fields for Diff {
    fn fields() -> Vec<Field> {
        vec![Field::new("file", Kind::File, true, "The pipeline file")]
    }
}

pub(crate) async fn run(arguments: Diff, session: &Session) -> Result<Done, Failure> {
    let new = of_this(&arguments.file, session)?;
    let state = &session.state;
    let Some(adopted) = &state.adopted else {
        let json = json!({ "adopted": null, "changes": [] });
        return Ok(Done::new(
            "no policy is adopted yet; the first command that changes something adopts the file",
            json,
        )
        .exit(Exit::Usage));
    };
    let found = diff(&adopted.policy, &new);
    if found.is_empty() {
        let json = json!({ "adopted": adopted.digest, "changes": [], "effects": [] });
        return Ok(Done::new("the pipeline file is what is adopted", json));
    }
    let effects = effects(state, &new, crate::clock::now());
    let mut text = changes(&found);
    for effect in &effects {
        text.push('\n');
        text.push_str(&told(effect));
    }
    let json = json!({ "adopted": adopted.digest, "changes": found, "effects": effects });
    Ok(Done::new(text, json).exit(Exit::Usage))
}

/// What would become of a waiting promotion, in a few lines.
fn told(effect: &Effect) -> String {
    let (id, release, environment) = (effect.promotion, &effect.release, &effect.environment);
    let mut lines = vec![format!("  ! {id} ({release} to {environment}) waits")];
    if !effect.voided.is_empty() {
        let lost = crate::show::count(effect.voided.len(), "approval");
        lines.push(format!("      would lose {lost}"));
    }
    if !effect.void_overrides.is_empty() {
        let lost = crate::show::count(effect.void_overrides.len(), "override");
        lines.push(format!("      would lose {lost}"));
    }
    if let Some(why) = &effect.impossible {
        lines.push(format!("      could not go in any more: {why}"));
    }
    for GateEffect {
        gate,
        before,
        after,
    } in &effect.gates
    {
        lines.push(match (before, after) {
            (_, None) => format!("      {gate} would be gone"),
            (None, Some(after)) => format!(
                "      {gate} would be new, and {}: {}",
                word(after.answer),
                after.reason
            ),
            (Some(before), Some(after)) => format!(
                "      {gate} would be {} instead of {}: {}",
                word(after.answer),
                word(before.answer),
                after.reason
            ),
        });
    }
    lines.join("\n")
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Passed => "passed",
        Answer::Waiting => "waiting",
        Answer::Blocked => "blocked",
    }
}
