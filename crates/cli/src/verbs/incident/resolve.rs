//! `liftlock incident resolve`

use clap::Args;
use liftlock_core::{Command, EnvironmentName};
use serde_json::json;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;

/// Say that it is over; what is there has to be promoted again to count as verified
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock incident resolve production")]
pub(crate) struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: EnvironmentName,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        environment,
        dry_run,
    } = arguments;
    resolve(environment, None, dry_run, context).await
}

/// Resolves the open incident where its reason begins so; any other is left to whom it belongs.
pub(super) async fn of_group(
    environment: EnvironmentName,
    group: &str,
    dry_run: bool,
    context: &Context,
) -> Result<Done, Failure> {
    resolve(environment, Some(group), dry_run, context).await
}

async fn resolve(
    environment: EnvironmentName,
    group: Option<&str>,
    dry_run: bool,
    context: &Context,
) -> Result<Done, Failure> {
    let session = context.open(Access::changing(dry_run)).await?;
    let open = session.state.environment(&environment).incident.clone();
    if let (Some(group), Some(open)) = (group, &open)
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
