//! `liftlock approve`

use clap::Args;
use liftlock_oci::Digest;
use liftlock_verbs::{Approve, Done, Exit, Failure, Inspect, Request};
use serde_json::json;

use crate::context::Context;

/// Approve a waiting promotion, after seeing what it is; nothing is deployed from here
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock approve 1.4.2 --to production --comment 'checked the \
release notes'"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    approve: Approve,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments { mut approve, yes } = arguments;
    if yes || approve.dry_run {
        return context.carry_out(Request::Approve(approve)).await;
    }
    let seen = context
        .carry_out(Request::Inspect(Inspect(approve.clone())))
        .await?;
    context.ui.note(&seen.text);
    if !context.ui.can_ask() {
        let failure = Failure::usage("approving needs an answer, and nobody can be asked here");
        return Err(failure.hint("read the above, and say --yes"));
    }
    let question = format!("Approve {} for {}?", approve.release, approve.to);
    if !context.ui.ask(&question) {
        return Ok(Done::new("not approved", json!({ "approved": false })).exit(Exit::Refused));
    }
    // What was looked at, and nothing else.
    approve.seen = seen_digest(&seen);
    context.carry_out(Request::Approve(approve)).await
}

fn seen_digest(seen: &Done) -> Option<Digest> {
    serde_json::from_value(seen.json["seen"].clone()).ok()
}
