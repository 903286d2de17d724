//! `liftlock history`

use clap::Args;
use liftlock_core::freeze::{Freeze, Scope};
use liftlock_core::policy::IdentityMode;
use liftlock_core::{EnvironmentName, State};
use serde_json::json;

use super::choice::Choice;
use crate::context::{Access, Context, policy};
use crate::done::Done;
use crate::failure::Failure;
use crate::show;

/// Every promotion and freeze: when, what digest, who asked, who approved, how it ended
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
    let freezes = freezes(&session.state, &arguments);
    let json = json!({
        "identity": policy.identity,
        "freezes": freezes,
        "promotions": shown.iter()
            .map(|p| show::promotion::json(&session.state, p.request.id)).collect::<Vec<_>>(),
    });
    if shown.is_empty() && freezes.is_empty() {
        return Ok(Done::new("no promotions yet", json));
    }
    let mut lines: Vec<_> = shown
        .iter()
        .map(|p| {
            (
                p.requested_at,
                show::history::entry(&session.state, policy, p),
            )
        })
        .collect();
    let now = crate::system::now();
    let frozen = freezes.iter();
    lines.extend(frozen.map(|f| (f.at, show::freezes::entry(&session.state, f, now))));
    lines.sort_by_key(|(at, _)| *at);
    let mut lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    if policy.identity == IdentityMode::Claimed {
        lines.push("identities are claimed: whoever can write this state can act as anyone; only a server makes identity a fact".to_owned());
    }
    Ok(Done::new(lines.join("\n"), json))
}

/// The freezes of an environment, or of all; none where only a release is asked for.
fn freezes<'a>(state: &'a State, arguments: &Arguments) -> Vec<&'a Freeze> {
    let freezes = state.freezes.iter().filter(|freeze| match &freeze.scope {
        Scope::All => true,
        Scope::Environment(name) => arguments.to.as_ref().is_none_or(|to| to == name),
    });
    match arguments.release {
        Some(_) => Vec::new(),
        None => freezes.collect(),
    }
}
