//! `liftlock approve`

use clap::Args;
use liftlock_core::plan::Plan;
use liftlock_core::{EnvironmentName, GateName, ReleaseName, State};
use serde_json::json;

use super::choice::Choice;
use super::evidence;
use crate::context::{Access, Context};
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::show;

/// Approve a waiting promotion, after seeing what it is; nothing is deployed from here
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock approve 1.4.2 --to production --comment 'checked the \
release notes'"
)]
pub(crate) struct Arguments {
    /// A release, or a reference to an image that it pins
    release: Choice,
    /// The environment
    #[arg(long, value_name = "ENV")]
    to: EnvironmentName,
    /// Serve this gate only; may be given several times
    #[arg(long = "gate", value_name = "GATE")]
    gates: Vec<GateName>,
    /// A comment for people
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        release,
        to,
        gates,
        comment,
        yes,
        dry_run,
    } = arguments;
    let session = context.open(Access::changing(dry_run)).await?;
    let release = release.find(&session, context).await?;
    let set = session.state.release(&release)?.content.set_digest();
    let place = (&release, &to);
    let older = session
        .state
        .open_promotion(&release, &to)
        .is_some_and(|promotion| promotion.request.older);
    // Whether it could be approved at all comes before the question.
    session
        .app
        .approve(place, gates.clone(), set, comment.clone(), true)
        .await?;
    if !yes && !dry_run {
        let plan = session.app.plan(&release, &to, older).await?;
        context
            .ui
            .note(&summary(&session.state, &plan, context.ui.color));
        if !context.ui.can_ask() {
            return Err(
                Failure::usage("approving needs an answer, and nobody can be asked here")
                    .hint("read the above, and say --yes"),
            );
        }
        if !context.ui.ask(&format!("Approve {release} for {to}?")) {
            return Ok(Done::new("not approved", json!({ "approved": false })).exit(Exit::Refused));
        }
    }
    let recorded = session
        .app
        .approve(place, gates, set, comment, dry_run)
        .await?;
    let promotion = recorded.state.open_promotion(&release, &to);
    let approval = promotion.and_then(|promotion| promotion.approvals.last());
    let served: Vec<_> = approval
        .map(|a| a.content.gates.iter().map(GateName::to_string).collect())
        .unwrap_or_default();
    let verb = if dry_run { "would approve" } else { "approved" };
    let text = format!(
        "{verb} {release} for {to} as {} ({})\n`liftlock promote {release} --to {to}` or `liftlock tick` carries it out",
        session.app.actor(),
        served.join(", ")
    );
    let json = json!({
        "approved": !dry_run,
        "dry_run": dry_run,
        "approval": approval.map(|approval| &approval.content),
        "promotion": promotion.map(|p| show::promotion::json(&recorded.state, p.request.id)),
    });
    Ok(Done::new(text, json))
}

/// What an approver must see: digests, what changes, the findings, and the way back.
fn summary(state: &State, plan: &Plan, color: bool) -> String {
    let mut lines = vec![show::plan::body(plan, color), String::new()];
    let there = state.environment(&plan.environment);
    match &there.current {
        None => lines.push(format!(
            "{} is empty: this would be its first release",
            plan.environment
        )),
        Some(current) if current.release == plan.release => {
            lines.push(format!(
                "{} is there now, and would be put there again",
                current.release
            ));
        }
        Some(current) => {
            lines.push(format!("it would replace {}:", current.release));
            lines.extend(changed(state, &current.release, plan));
        }
    }
    lines.push(String::new());
    lines.push("findings:".to_owned());
    lines.extend(findings(state, &plan.release));
    let mut back = state.known_good(&plan.environment, Some(&plan.release));
    lines.push(String::new());
    lines.push(match back.next() {
        Some(standing) => format!(
            "the way back: `liftlock rollback {} --reason ...` returns to {}",
            plan.environment, standing.release
        ),
        None => "the way back: there is none, no release is known-good there".to_owned(),
    });
    lines.join("\n")
}

fn changed(state: &State, current: &ReleaseName, plan: &Plan) -> Vec<String> {
    let Ok(current) = state.release(current) else {
        return Vec::new();
    };
    let before = current.content.pinned();
    let each = plan.images.iter().map(|(key, new)| match before.get(key) {
        Some(old) if old.digest == new.digest => format!("  {key} stays {}", new.digest.short()),
        Some(old) => format!("  {key} {} -> {}", old.digest.short(), new.digest.short()),
        None => format!("  {key} is new: {}", new.digest.short()),
    });
    each.collect()
}

fn findings(state: &State, release: &ReleaseName) -> Vec<String> {
    let Ok(release) = state.release(release) else {
        return Vec::new();
    };
    let now = crate::system::now();
    let lines: Vec<_> = evidence::about(state, release)
        .into_iter()
        .flat_map(|evidence| evidence::lines(state, evidence, now))
        .map(|line| format!("  {line}"))
        .collect();
    if lines.is_empty() {
        vec!["  none".to_owned()]
    } else {
        lines
    }
}
