//! `liftlock policy show`

use clap::Args;
use serde_json::json;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;

/// Show the adopted policy
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock policy show --json")]
pub(crate) struct Arguments {}

pub(crate) async fn run(context: &Context) -> Result<Done, Failure> {
    let session = context.open_for_policy(Access::Read).await?;
    let Some(adopted) = &session.state.adopted else {
        return Err(liftlock_core::Refusal::NoPolicy.into());
    };
    let json = json!({
        "policy": adopted.policy,
        "digest": adopted.digest,
        "adopted_at": adopted.at,
        "environments": adopted.policy.environments.iter().map(|e| json!({
            "environment": e.name,
            "digest": adopted.policy.environment_digest(&e.name),
        })).collect::<Vec<_>>(),
    });
    let text = format!(
        "policy {} of {}, adopted {}\n{:#}",
        adopted.digest,
        adopted.policy.pipeline,
        crate::show::time::instant(adopted.at),
        json["policy"]
    );
    Ok(Done::new(text, json))
}
