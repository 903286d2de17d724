//! The board.

use clap::Args;
use liftlock_core::EnvironmentName;
use liftlock_core::decide::{IncidentAnswer, answer_to_incident};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::{Session, policy};
use crate::show;

/// The board: what is in each environment, since when, and what is awaited
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Examples:\n  liftlock status\n  liftlock status production --json")]
pub struct Status {
    /// Only this environment
    #[arg(value_name = "ENV")]
    pub environment: Option<EnvironmentName>,
}

pub(crate) async fn run(arguments: Status, session: &Session) -> Result<Done, Failure> {
    // What is watched and not summed yet counts for how far a soak is shown to be.
    let state = session.app.as_watched(session.state.clone()).await?;
    let policy = policy(&state)?;
    if let Some(environment) = &arguments.environment {
        policy.require(environment)?;
    }
    let only = arguments.environment.as_ref().map(EnvironmentName::as_str);
    let now = crate::clock::now();
    let mut text = show::board::text(&state, policy, only, now);
    let mut json = show::board::json(&state, policy, only, now);
    for environment in &policy.environments {
        let name = &environment.name;
        let there = state.environment(name);
        let Some(current) = there
            .current
            .as_ref()
            .filter(|_| only.is_none_or(|only| only == name.as_str()))
        else {
            continue;
        };
        let last = session.app.last_observations(name, current).await?;
        for line in show::watch::standing(environment, &last, now) {
            text.push_str(&format!("\n{line}"));
        }
        if let IncidentAnswer::Person { why } = answer_to_incident(&state, name) {
            text.push_str(&format!("\na person must act in {name}: {why}"));
        }
        let last: Vec<_> = last.iter().map(show::watch::check_json).collect();
        let boards = json["environments"].as_array_mut();
        let mut boards = boards.into_iter().flatten();
        if let Some(board) = boards.find(|board| board["environment"] == name.as_str())
            && !last.is_empty()
        {
            board["observations"] = Value::Array(last);
        }
    }
    Ok(Done::new(text, json))
}
