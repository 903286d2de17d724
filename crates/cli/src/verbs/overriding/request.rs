//! `liftlock override request`

use clap::Args;
use liftlock_core::decide::{NewOverride, Wanted};
use liftlock_core::{EnvironmentName, GateName, Span};
use serde_json::json;

use crate::context::{Access, Context};
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::show::overrides;
use crate::verbs::choice::Choice;

/// Ask that a gate be passed by decision; another person has to confirm it
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock override request 1.4.2 --to production --gate soak --for 2h --reason 'fixes the outage'\n\nWhere no promotion is open, one is opened for it, also where its gates block. A freeze is overridden as the gate `freeze`; `after` never is."
)]
pub(crate) struct Arguments {
    /// A release, or a reference to an image that it pins
    release: Choice,
    /// The environment
    #[arg(long, value_name = "ENV")]
    to: EnvironmentName,
    /// The gate
    #[arg(long, value_name = "GATE")]
    gate: GateName,
    /// How long it counts once it is confirmed; the most the file allows where it is not said
    #[arg(long = "for", value_name = "TIME")]
    lasts: Option<Span>,
    /// Where a promotion is opened for it: of a release created before the current one
    #[arg(long)]
    older: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let dry_run = arguments.dry_run;
    let session = context.open(Access::changing(dry_run)).await?;
    let release = arguments.release.find(&session, context).await?;
    let new = NewOverride {
        wanted: Wanted {
            release,
            environment: arguments.to,
            older: arguments.older,
            again: false,
        },
        gate: arguments.gate,
        lasts: arguments.lasts,
        reason: arguments.reason,
    };
    let recorded = session.app.request_override(new, dry_run).await?;
    let Some(known) = recorded.state.overrides.last() else {
        return Ok(Done::new("nothing was asked for", json!({})).exit(Exit::Failed));
    };
    let mut text = overrides::line(&recorded.state, known);
    if dry_run {
        text.insert_str(0, "would be asked for: ");
    } else {
        let id = known.content.id;
        text.push_str(&format!(
            "\nit counts once another person confirms it\n  -> liftlock override confirm {id}"
        ));
    }
    let json = json!({ "dry_run": dry_run, "override": overrides::json(&recorded.state, known) });
    Ok(Done::new(text, json))
}
