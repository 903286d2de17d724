//! A promotion is called off.

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::objection::Objection;
use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// Call a waiting promotion off, or give one up whose tags cannot be put back
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(transparent)]
#[command(
    after_help = "Example:\n  liftlock cancel 1.4.2 --to production --reason 'wrong build'\n\nWhere a promotion \
failed and a tag cannot be put back, it ends as failed, and an incident names the tags that stay as they are."
)]
pub struct Cancel {
    #[command(flatten)]
    /// Of which promotion, and why.
    pub objection: Objection,
}

pub(crate) async fn run(arguments: Cancel, session: &Session) -> Result<Done, Failure> {
    let Objection {
        release,
        to: environment,
        reason,
        dry_run,
    } = arguments.objection;
    let release = release.find(session).await?;
    let place = (&release, &environment);
    let open = session.state.open_promotion(&release, &environment);
    let given_up = open.is_some_and(|promotion| promotion.can_be_given_up());
    let recorded = session.app.cancel(place, &reason, dry_run).await?;
    let would = if dry_run { "would be " } else { "" };
    let done = if given_up { "given up" } else { "cancelled" };
    let mut text = format!("the promotion of {release} to {environment}: {would}{done}");
    let incident = recorded.state.environment(&environment).incident.as_ref();
    if let Some(incident) = incident.filter(|_| given_up) {
        text.push_str(&format!("\nincident {}: {}", incident.id, incident.reason));
    }
    let json = json!({
        "release": release,
        "environment": environment,
        "given_up": given_up,
        "dry_run": dry_run,
    });
    Ok(Done::new(text, json))
}
