//! `liftlock policy diff`

use std::sync::Arc;

use clap::Args;
use liftlock_core::State;
use liftlock_core::promotion::Status;
use liftlock_pipeline_file::diff;
use serde_json::json;

use super::file;
use crate::context::{Access, Context, changes};
use crate::done::{Done, Exit};
use crate::failure::Failure;

/// Show how the pipeline file differs from the adopted policy, and what adopting it would void
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock policy diff\n\nExit code: 0 no difference, 2 there is \
one."
)]
pub(crate) struct Arguments {}

pub(crate) async fn run(context: &Context) -> Result<Done, Failure> {
    let new = file(context)?;
    let quiet = Context {
        ui: crate::output::Ui {
            quiet: true,
            ..context.ui
        },
        ..context.clone()
    };
    let session = quiet.open_for_policy(Access::Read).await?;
    let state: Arc<State> = session.state;
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
        let json = json!({ "adopted": adopted.digest, "changes": [], "voided": [] });
        return Ok(Done::new("the pipeline file is what is adopted", json));
    }
    let voided = voided(&state, &new);
    let mut text = changes(&found);
    for (promotion, release, environment, approvals) in &voided {
        text.push_str(&format!(
            "\n  ! {promotion} ({release} to {environment}) waits, and would lose {}",
            crate::show::count(*approvals, "approval")
        ));
    }
    let json = json!({ "adopted": adopted.digest, "changes": found, "voided": voided });
    Ok(Done::new(text, json).exit(Exit::Usage))
}

/// Waiting promotions whose approvals the new policy would void.
fn voided(state: &State, new: &liftlock_core::Policy) -> Vec<(String, String, String, usize)> {
    let waiting = state
        .open_promotions()
        .filter(|p| p.status == Status::Waiting);
    let mut voided = Vec::new();
    for promotion in waiting {
        let digest = new.environment_digest(&promotion.request.environment);
        let lost = promotion
            .approvals
            .iter()
            .filter(|a| a.withdrawn.is_none() && Some(a.content.policy) != digest)
            .count();
        if lost > 0 {
            let request = &promotion.request;
            voided.push((
                request.id.to_string(),
                request.release.to_string(),
                request.environment.to_string(),
                lost,
            ));
        }
    }
    voided
}
