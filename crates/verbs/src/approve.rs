//! A waiting promotion is approved, after it was looked at.

use clap::Args;
use liftlock_core::plan::Plan;
use liftlock_core::{EnvironmentName, GateName, ReleaseName, State};
use liftlock_oci::Digest;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::choice::Choice;
use crate::done::Done;
use crate::endpoint::{Field, Fields};
use crate::evidence;
use crate::failure::Failure;
use crate::session::Session;
use crate::show;

/// An approval of a waiting promotion.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[group(skip)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// A release, or a reference to an image that it pins
    pub release: Choice,
    /// The environment
    #[arg(long, value_name = "ENV")]
    pub to: EnvironmentName,
    /// Serve this gate only; may be given several times
    #[arg(long = "gate", value_name = "GATE")]
    #[serde(default)]
    pub gates: Vec<GateName>,
    /// A comment for people
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
    /// The digest of the release's images as it was looked at: another one is not approved.
    #[arg(skip)]
    pub seen: Option<Digest>,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

/// What is to be seen before an approval is given: the same, without giving it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inspect(pub Approve);

impl Fields for Inspect {
    fn fields() -> Vec<Field> {
        Approve::fields()
    }
}

/// Shows what an approval would be of. Whether it could be given at all comes first.
pub(crate) async fn inspect(
    Inspect(arguments): Inspect,
    session: &Session,
) -> Result<Done, Failure> {
    let release = arguments.release.find(session).await?;
    let to = &arguments.to;
    let seen = session.state.release(&release)?.content.set_digest();
    let open = session.state.open_promotion(&release, to);
    let older = open.is_some_and(|promotion| promotion.request.older);
    let place = (&release, to);
    session
        .app
        .approve(place, arguments.gates, seen, arguments.comment, true)
        .await?;
    let plan = session.app.plan(&release, to, older).await?;
    let text = summary(&session.state, &plan, session.voice.color);
    let json = json!({ "release": release, "environment": to, "seen": seen, "plan": plan });
    Ok(Done::new(text, json))
}

pub(crate) async fn run(arguments: Approve, session: &Session) -> Result<Done, Failure> {
    let Approve {
        release,
        to,
        gates,
        comment,
        seen,
        dry_run,
    } = arguments;
    let release = release.find(session).await?;
    let set = session.state.release(&release)?.content.set_digest();
    if seen.is_some_and(|seen| seen != set) {
        let message = format!("{release} is not the release that was looked at");
        return Err(Failure::usage(message));
    }
    let place = (&release, &to);
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
    let now = crate::clock::now();
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
