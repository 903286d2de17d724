//! An override is asked for.

use clap::Args;
use liftlock_core::decide::{NewOverride, Wanted};
use liftlock_core::{EnvironmentName, GateName, Span};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::choice::Choice;
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::session::Session;
use crate::show::overrides;
use crate::span_text;

/// Ask that a gate be passed by decision; another person has to confirm it
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Example:\n  liftlock override request 1.4.2 --to production --gate soak --for 2h --reason 'fixes the outage'\n\nWhere no promotion is open, one is opened for it, also where its gates block. A freeze is overridden as the gate `freeze`; `after` never is."
)]
pub struct Ask {
    /// A release, or a reference to an image that it pins
    pub release: Choice,
    /// The environment
    #[arg(long, value_name = "ENV")]
    pub to: EnvironmentName,
    /// The gate
    #[arg(long, value_name = "GATE")]
    pub gate: GateName,
    /// How long it counts once it is confirmed; the most the file allows where it is not said
    #[arg(long = "for", value_name = "TIME")]
    #[serde(default, with = "span_text")]
    pub lasts: Option<Span>,
    /// Where a promotion is opened for it: of a release created before the current one
    #[arg(long)]
    #[serde(default)]
    pub older: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Ask, session: &Session) -> Result<Done, Failure> {
    let dry_run = arguments.dry_run;
    let release = arguments.release.find(session).await?;
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
