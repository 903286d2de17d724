//! Evidence is added.

use clap::Args;
use liftlock_core::decide::NewEvidence;
use liftlock_core::evidence::{Finding, ReportFacts};
use liftlock_core::{GateName, ImageKey};
use liftlock_engine::Submission;
use liftlock_oci::Digest;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{facts_of, lines, value};
use crate::bytes_text;
use crate::choice::Choice;
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::session::Session;

/// Evidence for a gate: a report, a plain pass or fail, or statements on findings.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[group(skip)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// A release, or a reference to an image that it pins
    pub release: Choice,
    /// The gate's name
    pub gate: GateName,
    /// A report that a tool has written.
    #[arg(skip)]
    pub report: Option<Report>,
    /// It passed
    #[arg(long)]
    #[serde(default)]
    pub pass: bool,
    /// It failed
    #[arg(long)]
    #[serde(default)]
    pub fail: bool,
    /// The image it is about, where that is not plain
    #[arg(long, value_name = "KEY")]
    pub image: Option<ImageKey>,
    /// Where to read more
    #[arg(long)]
    pub url: Option<String>,
    /// A note for people
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Change nothing, and show what would be recorded
    #[arg(short = 'n', long)]
    #[serde(default)]
    pub dry_run: bool,
}

/// A report as it is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What its file is called, for messages.
    pub name: String,
    /// Its bytes, in base64. At most [`liftlock_reports::REPORT_BYTES_MAX`].
    #[serde(with = "bytes_text")]
    pub bytes: Vec<u8>,
}

impl Report {
    /// What it says, and its bytes.
    ///
    /// # Errors
    /// Where it is none that is read here.
    pub fn facts(self) -> Result<(ReportFacts, Vec<u8>), Failure> {
        let facts = facts_of(&self.bytes, Digest::of(&self.bytes)).map_err(|error| {
            Failure::new(Exit::Usage, "report", format!("{}: {error}", self.name))
        })?;
        Ok((facts, self.bytes))
    }
}

impl Add {
    /// What can be seen to be wrong before a state is opened.
    ///
    /// # Errors
    /// Not exactly one of a report, `pass` and `fail`; a report that is none.
    pub fn check(&self) -> Result<(), Failure> {
        let said = [self.report.is_some(), self.pass, self.fail];
        if said.iter().filter(|said| **said).count() != 1 {
            return Err(Failure::usage("say one of a report, `pass` and `fail`"));
        }
        self.report.clone().map(Report::facts).transpose()?;
        Ok(())
    }
}

pub(crate) async fn run(arguments: Add, session: &Session) -> Result<Done, Failure> {
    let dry_run = arguments.dry_run;
    let report = arguments.report.map(Report::facts).transpose()?;
    let intake = arguments.release.find_or_create(session, dry_run).await?;
    let release = intake.release;
    if intake.created && dry_run {
        return Err(Failure::usage(format!(
            "the release {release} does not exist yet, so no evidence for it can be tried"
        ))
        .hint(format!(
            "create it with `liftlock release create {release} IMAGE`"
        )));
    }
    let finding = match (arguments.pass, arguments.fail) {
        (true, _) => Some(Finding::Passed),
        (_, true) => Some(Finding::Failed),
        _ => None,
    };
    let (facts, bytes) = report.unzip();
    let submission = Submission {
        evidence: NewEvidence {
            release,
            gate: arguments.gate,
            image: arguments.image,
            finding,
            report: facts,
            url: arguments.url,
            note: None,
        },
        report: bytes,
        note: arguments.note,
        dry_run,
    };
    let recorded = session.app.submit(submission).await?;
    let Some(evidence) = recorded.state.evidence.last() else {
        return Err(Failure::failed("state", "the evidence was not recorded"));
    };
    let verb = if dry_run { "would record" } else { "recorded" };
    let (state, now) = (&recorded.state, crate::clock::now());
    let json = json!({ "dry_run": dry_run, "evidence": value(state, evidence, now) });
    let lines = lines(state, evidence, now).join("\n");
    Ok(Done::new(format!("{verb} {lines}"), json))
}
