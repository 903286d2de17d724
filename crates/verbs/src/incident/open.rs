//! An incident is opened.

use clap::Args;
use liftlock_core::{Command, EnvironmentName};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// Something is wrong: what is there is withdrawn, and its soak begins anew.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[group(skip)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: EnvironmentName,
    /// What is wrong
    #[arg(long, value_name = "TEXT")]
    #[serde(default)]
    pub reason: Option<String>,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Open, session: &Session) -> Result<Done, Failure> {
    let Open {
        environment,
        reason,
        dry_run,
    } = arguments;
    let reason = reason.unwrap_or_default();
    let command = Command::OpenIncident {
        environment: environment.clone(),
        reason,
    };
    let recorded = session.app.submit_command(&command, dry_run).await?;
    let there = recorded.state.environment(&environment);
    let id = there.incident.as_ref().map(|incident| incident.id);
    let named = id.map(|id| id.to_string()).unwrap_or_default();
    let mut text = match (recorded.events.is_empty(), dry_run) {
        (true, _) => format!("{named} is open in {environment} already"),
        (false, true) => format!("{named} would be opened in {environment}"),
        (false, false) => format!("{named} is open in {environment}"),
    };
    if let Some(current) = there
        .current
        .as_ref()
        .filter(|_| !recorded.events.is_empty())
    {
        let release = &current.release;
        text.push_str(&format!(
            "\n{release} does not count as verified there any more\n  -> liftlock rollback {environment} --reason TEXT\n  -> liftlock incident resolve {environment}, and then liftlock promote {release} --to {environment} --again"
        ));
    }
    let json = json!({
        "environment": environment,
        "incident": id,
        "changed": !recorded.events.is_empty(),
        "dry_run": dry_run,
    });
    Ok(Done::new(text, json))
}
