//! The board.

use clap::Args;
use liftlock_core::decide::{IncidentAnswer, answer_to_incident};
use liftlock_core::{EnvironmentName, Labels, Time};
use liftlock_engine::ports::Store as _;
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
        if only.is_some_and(|only| only != name.as_str()) {
            continue;
        }
        if let Some(label) = state.worker_of(name) {
            let seen = session.app.store().worker_seen(label.as_str()).await?;
            let worker = show::workers::Workers {
                label,
                seen: seen.map(Time::from_us),
                // Who has the state at hand needs no worker.
                awaited: *session.app.labels() != Labels::All,
            };
            text.push_str(&format!("\n{}", worker.line(name, now)));
            if let Some(board) = board_of(&mut json, name) {
                board["worker"] = worker.json();
            }
        }
        let there = state.environment(name);
        let Some(current) = &there.current else {
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
        if let Some(board) = board_of(&mut json, name)
            && !last.is_empty()
        {
            board["observations"] = Value::Array(last);
        }
    }
    Ok(Done::new(text, json))
}

fn board_of<'j>(json: &'j mut Value, name: &EnvironmentName) -> Option<&'j mut Value> {
    let boards = json["environments"].as_array_mut();
    let mut boards = boards.into_iter().flatten();
    boards.find(|board| board["environment"] == name.as_str())
}
