//! The policy in force is the adopted one; the file only says what should be.

use std::sync::Arc;

use liftlock_core::{Command, Policy, State};
use liftlock_pipeline_file::diff;
use liftlock_verbs::policy::changes;
use liftlock_verbs::{Access, App, Exit, Failure, asked};
use serde_json::json;

use super::Context;

/// Adopts the file into a new state; stops a command that decides while the file differs.
pub(super) async fn settle(
    context: &Context,
    app: &App,
    policy: Option<Policy>,
    access: Access,
    scratch: bool,
) -> Result<Arc<State>, Failure> {
    let state = asked::state(app).await?;
    let Some(policy) = policy else {
        return Ok(state);
    };
    let Some(adopted) = &state.adopted else {
        if access == Access::Write || scratch {
            let adopt = Command::Adopt {
                policy: Box::new(policy),
            };
            let recorded = asked::record(app, &adopt).await?;
            if !scratch {
                context.ui.note(&format!(
                    "adopted {} into a new state, {}",
                    context.file.display(),
                    context.state_name()?
                ));
            }
            return Ok(recorded.state);
        }
        return Ok(state);
    };
    if adopted.digest == policy.digest() {
        return Ok(state);
    }
    if access == Access::Read {
        warn_of_other(context, &policy, &state);
        return Ok(state);
    }
    let found = diff(&adopted.policy, &policy);
    let mut failure = Failure::new(
        Exit::Usage,
        "unadopted",
        format!(
            "{} differs from the adopted policy:\n{}",
            context.file.display(),
            changes(&found)
        ),
    )
    .hint("`liftlock policy apply` adopts it; what waits for approval then needs it anew");
    failure.details = json!({ "changes": found });
    Err(failure)
}

/// Warns where the file is not what is in force.
pub(crate) fn warn_of_other(context: &Context, policy: &Policy, state: &State) {
    let Some(adopted) = &state.adopted else {
        return;
    };
    if adopted.digest == policy.digest() {
        return;
    }
    let found = diff(&adopted.policy, policy);
    context.ui.warn(&format!(
        "{} differs from the adopted policy in {}, and the adopted one is in force; see `liftlock policy diff`",
        context.file.display(),
        liftlock_verbs::show::count(found.len(), "place")
    ));
}
