//! An incident is resolved.

use clap::Args;
use liftlock_core::{Command, EnvironmentName};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// Say that it is over; what is there has to be promoted again to count as verified
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  liftlock incident resolve production")]
pub struct Resolve {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: EnvironmentName,
    /// Only where the open incident's reason begins so; any other is left to whom it belongs.
    #[arg(skip)]
    pub group: Option<String>,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Resolve, session: &Session) -> Result<Done, Failure> {
    let Resolve {
        environment,
        group,
        dry_run,
    } = arguments;
    let open = session.state.environment(&environment).incident.clone();
    if let (Some(group), Some(open)) = (&group, &open)
        && !open.reason.starts_with(group)
    {
        let text = format!(
            "{} stays open in {environment}: it is not of these alerts",
            open.id
        );
        let json = json!({
            "environment": environment,
            "incident": open.id,
            "changed": false,
            "dry_run": dry_run,
        });
        return Ok(Done::new(text, json));
    }
    let command = Command::ResolveIncident {
        environment: environment.clone(),
    };
    let recorded = session.app.submit_command(&command, dry_run).await?;
    let id = open.map(|incident| incident.id);
    let text = match (id, dry_run) {
        (None, _) => format!("no incident is open in {environment}"),
        (Some(id), true) => format!("{id} would be resolved in {environment}"),
        (Some(id), false) => format!("{id} is resolved in {environment}"),
    };
    let json = json!({
        "environment": environment,
        "incident": id,
        "changed": !recorded.events.is_empty(),
        "dry_run": dry_run,
    });
    Ok(Done::new(text, json))
}
