//! `liftlock tick`

use clap::Args;
use liftlock_verbs::{Done, Failure, Request, Tick};

use super::log::publish::{Target, publish};
use crate::context::Context;

/// Carry on what can go on now: waiting promotions whose gates pass, and what a crash left behind
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock tick\n\nExit code: 0 also where promotions still wait; 1 \
where one failed."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    tick: Tick,
    /// Where to publish the ledger's checkpoint afterwards, as with `log publish --to`
    #[arg(long, value_name = "PLACE", env = "LIFTLOCK_PUBLISH")]
    publish: Option<Target>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments { tick, publish: to } = arguments;
    let dry_run = tick.dry_run;
    let mut told = context.carry_out(Request::Tick(tick)).await?;
    let Some(to) = to.filter(|_| !dry_run) else {
        return Ok(told);
    };
    match publish(context, &to, false).await {
        Ok(done) => {
            told.text.push_str(&format!("\n{}", done.text));
            told.json["published"] = done.json;
        }
        Err(failure) => {
            told.exit = failure.exit;
            let message = failure.message;
            let line = format!("\nthe checkpoint was not published: {message}");
            told.text.push_str(&line);
        }
    }
    Ok(told)
}
