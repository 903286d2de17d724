//! Every promotion and freeze.

use std::collections::BTreeMap;

use clap::Args;
use liftlock_core::freeze::{Freeze, Scope};
use liftlock_core::policy::IdentityMode;
use liftlock_core::{EnvironmentName, PromotionId, State};
use liftlock_engine::EngineError;
use liftlock_engine::ports::Store;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::choice::Choice;
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::session::{Session, policy};
use crate::show;

/// Every promotion and freeze: when, what digest, who asked, who approved, how it ended
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Examples:\n  liftlock history --to production\n  liftlock history p7 --output"
)]
pub struct History {
    /// Only this promotion, step by step
    #[arg(value_name = "PROMOTION", conflicts_with_all = ["to", "release"])]
    pub promotion: Option<PromotionId>,
    /// Show what its programs printed, and what its checks were answered
    #[arg(long, requires = "promotion")]
    #[serde(default)]
    pub output: bool,
    /// Only this environment
    #[arg(long, value_name = "ENV")]
    pub to: Option<EnvironmentName>,
    /// Only this release
    #[arg(long, value_name = "RELEASE")]
    pub release: Option<Choice>,
}

pub(crate) async fn run(arguments: History, session: &Session) -> Result<Done, Failure> {
    if let Some(id) = arguments.promotion {
        return one(id, arguments.output, session).await;
    }
    let policy = policy(&session.state)?;
    if let Some(environment) = &arguments.to {
        policy.require(environment)?;
    }
    let release = match &arguments.release {
        Some(choice) => Some(choice.find(session).await?),
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
    let now = crate::clock::now();
    let frozen = freezes.iter();
    lines.extend(frozen.map(|f| (f.at, show::freezes::entry(&session.state, f, now))));
    lines.sort_by_key(|(at, _)| *at);
    let mut lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    if policy.identity == IdentityMode::Claimed {
        lines.push("identities are claimed: whoever can write this state can act as anyone; only a server makes identity a fact".to_owned());
    }
    Ok(Done::new(lines.join("\n"), json))
}

/// One promotion, with what was done.
async fn one(id: PromotionId, output: bool, session: &Session) -> Result<Done, Failure> {
    let state = &session.state;
    let Some(promotion) = state.promotions.get(&id) else {
        let message = format!("there is no promotion {id}");
        let hint = "`liftlock history` lists all";
        return Err(Failure::new(Exit::Usage, "no-promotion", message).hint(hint));
    };
    let mut printed = BTreeMap::new();
    if output {
        for digest in show::steps::outputs(promotion) {
            let bytes = session.app.store().blob(&digest).await;
            let text = match bytes.map_err(EngineError::from)? {
                Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                None => "(erased)".to_owned(),
            };
            printed.insert(digest, text);
        }
    }
    let mut lines = vec![show::history::entry(state, policy(state)?, promotion)];
    lines.extend(show::steps::lines(promotion, |digest| {
        printed.get(digest).cloned()
    }));
    let mut json = json!({ "promotion": show::promotion::json(state, id) });
    if output {
        json["printed"] = json!(printed);
    }
    Ok(Done::new(lines.join("\n"), json))
}

/// The freezes of an environment, or of all; none where only a release is asked for.
fn freezes<'a>(state: &'a State, arguments: &History) -> Vec<&'a Freeze> {
    let freezes = state.freezes.iter().filter(|freeze| match &freeze.scope {
        Scope::All => true,
        Scope::Environment(name) => arguments.to.as_ref().is_none_or(|to| to == name),
    });
    match arguments.release {
        Some(_) => Vec::new(),
        None => freezes.collect(),
    }
}
