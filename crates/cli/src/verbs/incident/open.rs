//! `liftlock incident open`

use clap::{ArgGroup, Args};
use liftlock_core::{Command, EnvironmentName};
use serde_json::json;

use super::{alertmanager, resolve};
use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;

/// Say that something is wrong: what is there is withdrawn, and its soak begins anew
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("why").required(true).args(["reason", "alertmanager"])))]
#[command(
    after_help = "Examples:\n  liftlock incident open production --reason 'orders fail'\n  liftlock incident open production --alertmanager - < payload.json\n\n\
A payload of Alertmanager's webhook opens an incident where an alert fires, and resolves the \
incident of the same group where all are resolved."
)]
pub(crate) struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    environment: EnvironmentName,
    /// What is wrong
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// What Alertmanager's webhook sends; `-` for standard input
    #[arg(long, value_name = "FILE")]
    alertmanager: Option<String>,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        environment,
        reason,
        alertmanager,
        dry_run,
    } = arguments;
    // Read first: a bad payload changes nothing.
    let reason = match alertmanager
        .as_deref()
        .map(alertmanager::read)
        .transpose()?
    {
        Some(sent) if !sent.fires() => {
            return resolve::of_group(environment, &sent.group(), dry_run, context).await;
        }
        Some(sent) => sent.reason(),
        None => reason.unwrap_or_default(),
    };
    let session = context.open(Access::changing(dry_run)).await?;
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
