//! What was recorded, what each tag says and what runs.

use clap::Args;
use liftlock_core::decide::repair_command;
use liftlock_core::drift as core;
use liftlock_core::{EnvironmentName, Time};
use liftlock_engine::{EngineError, Look, Looked, PromoteOutcome};
use liftlock_store::SaidOfTag;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ending;
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::session::{Session, policy};
use crate::show;

/// What was recorded, what each tag says and what runs, side by side
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Examples:\n  liftlock drift\n  liftlock drift production --repair\n\nWhat differs is recorded, \
once: the release does not count as verified there, and its soak begins anew, until everything is as \
recorded and its checks have passed.\n\nExit code: 0 where everything is as recorded, or was repaired; 5 where \
something is not."
)]
pub struct Drift {
    /// Only this environment
    #[arg(value_name = "ENV")]
    pub environment: Option<EnvironmentName>,
    /// Bring back what was recorded, as a promotion: it deploys again and moves the tags back
    #[arg(long)]
    #[serde(default)]
    pub repair: bool,
    /// Change nothing; with --repair, show the plan
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

/// What came of looking at all environments.
#[derive(Default)]
struct Report {
    lines: Vec<String>,
    environments: Vec<Value>,
    repaired: Vec<Value>,
    drifted: bool,
    failed: bool,
}

pub(crate) async fn run(arguments: Drift, session: &Session) -> Result<Done, Failure> {
    let policy = policy(&session.state)?;
    let environments: Vec<_> = match &arguments.environment {
        Some(only) => vec![policy.require(only)?.name.clone()],
        None => policy.environments.iter().map(|e| e.name.clone()).collect(),
    };
    let mut report = Report::default();
    for environment in &environments {
        match session.app.note_drift(environment, arguments.dry_run).await {
            Ok(looked) => {
                let looked = looked.as_ref();
                report
                    .add(environment, looked, (&arguments, session))
                    .await?;
            }
            Err(EngineError::Registry(error)) if arguments.environment.is_none() => {
                report.failed = true;
                report
                    .lines
                    .push(format!("{environment} could not be looked at: {error}"));
                let message = error.to_string();
                let json = json!({ "environment": environment, "message": message });
                report.environments.push(json);
            }
            Err(error) => return Err(error.into()),
        }
    }
    let exit = match (report.failed, report.drifted) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Mismatch,
        (false, false) => Exit::Done,
    };
    let json = json!({
        "environments": report.environments,
        "repaired": report.repaired,
        "dry_run": arguments.dry_run,
    });
    Ok(Done::new(report.lines.join("\n"), json).exit(exit))
}

impl Report {
    async fn add(
        &mut self,
        environment: &EnvironmentName,
        looked: Option<&Looked>,
        (arguments, session): (&Drift, &Session),
    ) -> Result<(), Failure> {
        let Some(Looked { look, recorded }) = looked else {
            self.lines.push(match session.state.under_way(environment) {
                Some(promotion) => {
                    let id = promotion.request.id;
                    format!("{environment}: {id} is being carried out")
                }
                None => format!("{environment}: nothing is there yet"),
            });
            let json = json!({ "environment": environment, "release": null });
            self.environments.push(json);
            return Ok(());
        };
        let state = match recorded {
            Ok(recorded) => recorded.state.clone(),
            Err(_) => session.state.clone(),
        };
        self.lines
            .extend(show::drift::text(&state, environment, look));
        if let Err(refusal) = recorded {
            self.lines.push(format!("  not recorded: {refusal}"));
        }
        let mut json = show::drift::json(&state, environment, look);
        let said = said(session, look).await?;
        self.lines.extend(said.iter().map(Said::line));
        if !said.is_empty() {
            json["said"] = said.iter().map(Said::json).collect();
        }
        self.environments.push(json);
        if look.drifts.is_empty() {
            return Ok(());
        }
        let outcome = match (arguments.repair, arguments.dry_run) {
            (false, _) => {
                let command = repair_command(&state, environment);
                self.lines
                    .extend(command.map(|command| format!("  -> {command}")));
                None
            }
            (true, true) => session.app.rehearse_repair(&state, environment).await?,
            (true, false) => session.app.repair(environment).await?,
        };
        match outcome {
            Some(outcome @ PromoteOutcome::Carried(_)) => {
                let done = ending::of(outcome, session).await;
                self.lines.push(done.text);
                self.repaired.push(done.json);
                self.failed |= done.exit != Exit::Done;
            }
            Some(outcome) => {
                let done = ending::of(outcome, session).await;
                self.lines.push(done.text);
                self.repaired.push(done.json);
                self.drifted = true;
            }
            None => self.drifted = true,
        }
        Ok(())
    }
}

/// What a registry said of a tag that is not where it was put: a hint, and no more.
struct Said {
    place: String,
    of: SaidOfTag,
}

/// What registries said of the tags that are elsewhere, where they spoke of where they are now.
async fn said(session: &Session, look: &Look) -> Result<Vec<Said>, Failure> {
    let mut all = Vec::new();
    for drift in &look.drifts {
        let core::Drift::Tag {
            repository,
            tag,
            found,
            ..
        } = drift
        else {
            continue;
        };
        let of = session.app.store().said_of_tag(repository, tag).await?;
        let place = format!("{repository}:{tag}");
        all.extend(
            of.filter(|of| of.digest == *found)
                .map(|of| Said { place, of }),
        );
    }
    Ok(all)
}

impl Said {
    fn line(&self) -> String {
        let by = self.of.by.as_deref();
        let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
        let at = show::time::instant(Time::from_us(self.of.at_us));
        let done = if self.of.digest.is_some() {
            "moved"
        } else {
            "taken away"
        };
        format!("  its registry says: {} was {done}{by} at {at}", self.place)
    }

    fn json(&self) -> Value {
        json!({
            "tag": self.place,
            "digest": self.of.digest,
            "by": self.of.by,
            "at": Time::from_us(self.of.at_us),
        })
    }
}
