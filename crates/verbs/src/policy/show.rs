//! The adopted policy.

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// Show the adopted policy
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  liftlock policy show --json")]
pub struct Show {}

pub(crate) async fn run(_: Show, session: &Session) -> Result<Done, Failure> {
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
