//! `liftlock history`

use clap::Args;
use liftlock_core::EnvironmentName;
use liftlock_core::policy::IdentityMode;
use serde_json::json;

use super::choice::Choice;
use crate::context::{Access, Context, policy};
use crate::done::Done;
use crate::failure::Failure;
use crate::show;

/// Every promotion: when, what digest, who asked, who approved, how it ended
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock history --to production")]
pub(crate) struct Arguments {
    /// Only this environment
    #[arg(long, value_name = "ENV")]
    to: Option<EnvironmentName>,
    /// Only this release
    #[arg(long, value_name = "RELEASE")]
    release: Option<Choice>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let session = context.open(Access::Read).await?;
    let policy = policy(&session.state)?;
    if let Some(environment) = &arguments.to {
        policy.require(environment)?;
    }
    let release = match &arguments.release {
        Some(choice) => Some(choice.find(&session, context).await?),
        None => None,
    };
    let promotions = session.state.promotions.values();
    let shown: Vec<_> = promotions
        .filter(|p| {
            arguments
                .to
                .as_ref()
                .is_none_or(|to| p.request.environment == *to)
        })
        .filter(|p| {
            release
                .as_ref()
                .is_none_or(|release| p.request.release == *release)
        })
        .collect();
    let json = json!({
        "identity": policy.identity,
        "promotions": shown.iter()
            .map(|p| show::promotion::json(&session.state, p.request.id)).collect::<Vec<_>>(),
    });
    if shown.is_empty() {
        return Ok(Done::new("no promotions yet", json));
    }
    let mut lines: Vec<_> = shown
        .iter()
        .map(|p| show::history::entry(&session.state, policy, p))
        .collect();
    if policy.identity == IdentityMode::Claimed {
        lines.push("identities are claimed: whoever can write this state can act as anyone; only a server makes identity a fact".to_owned());
    }
    Ok(Done::new(lines.join("\n"), json))
}
