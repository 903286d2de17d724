//! `liftlock watch`

use std::time::Duration;

use clap::Args;
use liftlock_core::{EnvironmentName, Span, Time};
use liftlock_engine::TickReport;
use liftlock_verbs::{Access, App, Done, Failure, Session, adopted, asked, now, show};
use serde_json::json;

use crate::context::Context;

/// Run the checks of what is current again and again, look for drift, and carry on what can go on
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock watch\n  liftlock watch production --for 1h\n\nIt does what `liftlock tick` \
does, each time that something can have changed: a check with `every` is due, a gate opens, someone else records \
something. A check that fails opens an incident, and the same check passing again resolves it. It ends with Ctrl-C, \
once what it is doing is done; with --json each line is a document of its own. A server watches by itself."
)]
pub(crate) struct Arguments {
    /// Watch only these environments
    #[arg(value_name = "ENV")]
    environments: Vec<EnvironmentName>,
    /// For this long, instead of until Ctrl-C
    #[arg(long = "for", value_name = "TIME")]
    lasts: Option<Span>,
}

/// The longest time between two looks for drift.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How often it is seen whether others have recorded something.
const POLL: Duration = Duration::from_secs(2);

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    if let Some(server) = context.server()? {
        let message = format!("{server} watches by itself, as long as it runs with its worker");
        return Err(Failure::usage(message)
            .hint("`liftlock status` shows what it saw last, and `liftlock tick` looks now"));
    }
    let session = context.open(Access::Write).await?;
    for environment in &arguments.environments {
        adopted(&session.state)?.require(environment)?;
    }
    let only = (!arguments.environments.is_empty()).then_some(arguments.environments.as_slice());
    let until = arguments.lasts.map(|lasts| now() + lasts);
    let mut checks = (0u64, 0u64);
    loop {
        let report = asked::watch(&session.app, only).await?;
        let failed = report.observations.iter().filter(|seen| !seen.passed);
        checks.0 += report.observations.len() as u64;
        checks.1 += failed.count() as u64;
        tell(&report, context);
        if until.is_some_and(|until| until <= now()) {
            break;
        }
        let version = report.state.version;
        let pause = pause(&session, (version, report.next), until);
        tokio::select! {
            () = pause => {}
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    let (run, failed) = checks;
    let text = format!("{run} checks were run, {failed} of them failed");
    let json = json!({ "checks": run, "failed": failed });
    Ok(Done::new(text, json).in_one_line())
}

/// Until time can have changed something, someone else has, or it is over.
async fn pause(session: &Session, (version, next): (u64, Option<Time>), until: Option<Time>) {
    let latest = now() + Span::from_secs(LOOK_EVERY.as_secs() as i64);
    let times = [next, until].into_iter().flatten();
    let wake = times.chain([latest]).min().unwrap_or(latest);
    loop {
        let left = wake.since(now()).duration();
        if left.is_zero() || has_changed(&session.app, version).await {
            return;
        }
        tokio::time::sleep(left.min(POLL)).await;
    }
}

/// A state that cannot be read is read again by the next tick, which says so.
async fn has_changed(app: &App, version: u64) -> bool {
    asked::state(app)
        .await
        .is_ok_and(|state| state.version != version)
}

fn tell(report: &TickReport, context: &Context) {
    let quiet = report.observations.iter().filter(|seen| seen.passed);
    for seen in quiet {
        context.ui.note(&show::watch::check(seen));
    }
    let told = liftlock_verbs::tick::told(report, context.ui.color);
    if context.ui.json {
        context.ui.json_line(&told.document("watch"));
        return;
    }
    let idle = ["next: ", "nothing to do"];
    let lines = told.text.lines();
    for line in lines.filter(|line| !idle.iter().any(|idle| line.starts_with(idle))) {
        context.ui.say(line);
    }
}
