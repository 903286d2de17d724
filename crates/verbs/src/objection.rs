//! What `reject` and `withdraw` (and partly `cancel`) have in common: a word on a waiting promotion, with a
//! reason, that only records.

use clap::Args;
use liftlock_core::{Command, EnvironmentName, ReleaseName};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::choice::Choice;
use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;

/// A waiting promotion, and a reason.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// A release, or a reference to an image that it pins
    pub release: Choice,
    /// The environment
    #[arg(long, value_name = "ENV")]
    pub to: EnvironmentName,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Change nothing
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

/// How an objection is decided, and told.
pub(crate) struct Kind {
    /// The command that it becomes.
    pub(crate) command: fn(ReleaseName, EnvironmentName, String) -> Command,
    /// What it is about: `the promotion of`.
    pub(crate) about: &'static str,
    /// What has happened to that: `rejected`.
    pub(crate) done: &'static str,
}

impl Objection {
    /// Records it.
    pub(crate) async fn submit(self, kind: Kind, session: &Session) -> Result<Done, Failure> {
        let Self {
            release,
            to: environment,
            reason,
            dry_run,
        } = self;
        let release = release.find(session).await?;
        let command = (kind.command)(release.clone(), environment.clone(), reason);
        session.app.submit_command(&command, dry_run).await?;
        let would = if dry_run { "would be " } else { "" };
        let text = format!(
            "{} {release} to {environment}: {would}{}",
            kind.about, kind.done
        );
        let json = json!({ "release": release, "environment": environment, "dry_run": dry_run });
        Ok(Done::new(text, json))
    }
}
