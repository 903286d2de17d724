//! What can go on is carried on.

use clap::Args;
use liftlock_core::decide::automatic_candidate;
use liftlock_engine::{TickReport, Unproven};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ending;
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::session::{Session, policy};
use crate::show;

/// What can go on now is carried on.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Tick {
    /// Change nothing, and show what waits
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

pub(crate) async fn run(arguments: Tick, session: &Session) -> Result<Done, Failure> {
    if arguments.dry_run {
        return dry_run(session).await;
    }
    let report = session.app.tick().await?;
    Ok(told(&report, session.voice.color))
}

/// What a tick came to.
pub fn told(report: &TickReport, color: bool) -> Done {
    let now = crate::clock::now();
    let mut lines = Vec::new();
    let mut exit = Exit::Done;
    lines.extend(report.expired.iter().map(|id| format!("{id} expired")));
    for carried in &report.carried {
        let ended = ending::carried(carried);
        if ended.exit == Exit::Failed {
            exit = Exit::Failed;
        }
        lines.push(ended.text);
    }
    for (id, error) in &report.failed {
        exit = Exit::Failed;
        lines.push(format!("{id} could not be looked at: {error}"));
    }
    for (environment, error) in &report.unasked {
        exit = Exit::Failed;
        lines.push(format!(
            "nothing could be asked for automatically in {environment}: {error}"
        ));
    }
    for (environment, error) in &report.unlooked {
        exit = Exit::Failed;
        lines.push(format!("{environment} could not be looked at: {error}"));
    }
    for Unproven { promotion, reason } in &report.unproven {
        exit = Exit::Failed;
        lines.push(format!(
            "{promotion} is not proven beside its images yet: {reason}"
        ));
    }
    let failed = report.observations.iter().filter(|seen| !seen.passed);
    lines.extend(failed.map(show::watch::check));
    for (environment, events) in &report.looked {
        lines.extend(
            events
                .iter()
                .flat_map(|event| show::watch::news(environment, event)),
        );
    }
    for waiting in &report.waiting {
        lines.push(format!(
            "{} {} waits to enter {}",
            waiting.promotion, waiting.release, waiting.environment
        ));
        let open = waiting.verdicts.iter();
        let open = open.filter(|v| v.answer != liftlock_core::verdict::Answer::Passed);
        lines.extend(open.map(|v| show::verdicts::styled(v, Some(now), color)));
        let help = show::verdicts::help(&waiting.verdicts).into_iter();
        lines.extend(help.map(|command| format!("  -> {command}")));
    }
    if let Some(next) = report.next {
        lines.push(format!("next: {}", show::time::instant(next)));
    }
    if lines.is_empty() {
        lines.push("nothing to do".to_owned());
    }
    let json = json!({
        "expired": report.expired,
        "carried": report.carried.iter()
            .map(|c| show::promotion::json(&c.state, c.promotion)).collect::<Vec<_>>(),
        "failed": report.failed.iter()
            .map(|(id, error)| json!({ "promotion": id, "message": error.to_string() })).collect::<Vec<_>>(),
        "unasked": report.unasked.iter()
            .map(|(environment, error)| json!({ "environment": environment, "message": error.to_string() })).collect::<Vec<_>>(),
        "unlooked": report.unlooked.iter()
            .map(|(environment, error)| json!({ "environment": environment, "message": error.to_string() })).collect::<Vec<_>>(),
        "unproven": report.unproven.iter()
            .map(|u| json!({ "promotion": u.promotion, "message": u.reason })).collect::<Vec<_>>(),
        "observations": report.observations.iter()
            .map(show::watch::check_json).collect::<Vec<_>>(),
        "looked": report.looked.iter()
            .map(|(environment, events)| json!({ "environment": environment, "events": events })).collect::<Vec<_>>(),
        "waiting": report.waiting.iter().map(|w| json!({
            "promotion": w.promotion,
            "release": w.release,
            "environment": w.environment,
            "verdicts": w.verdicts,
        })).collect::<Vec<_>>(),
        "next": report.next,
    });
    Done::new(lines.join("\n"), json).exit(exit)
}

async fn dry_run(session: &Session) -> Result<Done, Failure> {
    let open = session.state.open_promotions();
    let mut lines = Vec::new();
    let mut json = Vec::new();
    for promotion in open {
        let request = &promotion.request;
        let plan = session
            .app
            .plan(&request.release, &request.environment, request.older)
            .await?;
        lines.push(format!(
            "{}: {}",
            request.id,
            show::promotion::status(promotion)
        ));
        lines.push(show::plan::text(&plan, session.voice.color));
        json.push(json!({ "promotion": request.id, "plan": plan }));
    }
    let mut automatic = Vec::new();
    let state = session.app.as_watched(session.state.clone()).await?;
    for environment in &policy(&state)?.environments {
        let now = crate::clock::now();
        if let Some(release) = automatic_candidate(&state, &environment.name, now) {
            let (release, environment) = (&release.content.name, &environment.name);
            lines.push(format!(
                "{release} would be promoted to {environment} automatically"
            ));
            automatic.push(json!({ "release": release, "environment": environment }));
        }
    }
    if lines.is_empty() {
        lines.push("nothing is open".to_owned());
    }
    Ok(Done::new(
        lines.join("\n"),
        json!({ "dry_run": true, "open": json, "automatic": automatic }),
    ))
}
