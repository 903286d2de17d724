//! `liftlock evidence add`

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use liftlock_core::decide::NewEvidence;
use liftlock_core::evidence::{Finding, ReportFacts};
use liftlock_core::{GateName, ImageKey};
use liftlock_engine::Submission;
use liftlock_oci::Digest;
use liftlock_reports::{REPORT_BYTES_MAX, read};
use serde_json::json;

use super::{lines, value};
use crate::context::{Access, Context};
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::verbs::choice::Choice;

/// Submit evidence for a gate: a report, a plain pass or fail, or statements on findings
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["report", "pass", "fail"])))]
#[command(
    after_help = "Examples:\n  liftlock evidence add 1.4.2 unit-tests --report junit.xml\n  \
liftlock evidence add 1.4.2 image-scan --report trivy.json\n  liftlock evidence add 1.4.2 manual-qa \
--pass --note 'checked the basket'\n  liftlock evidence add 1.4.2 image-scan --report vex.json\n\n\
Reports that are read, told apart by what is in them: JUnit XML; Trivy JSON, Grype JSON, SARIF; \
the summary of k6 as JSON (--summary-export, or what handleSummary is given); OpenVEX, whose \
statements take findings out of a scan's, or put them back, where the gate says `vex`."
)]
pub(crate) struct Arguments {
    /// A release, or a reference to an image that it pins
    release: Choice,
    /// The gate's name
    gate: GateName,
    /// A report that a tool has written
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// It passed
    #[arg(long)]
    pass: bool,
    /// It failed
    #[arg(long)]
    fail: bool,
    /// The image it is about, where that is not plain
    #[arg(long, value_name = "KEY")]
    image: Option<ImageKey>,
    /// Where to read more
    #[arg(long)]
    url: Option<String>,
    /// A note for people
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Change nothing, and show what would be recorded
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let dry_run = arguments.dry_run;
    // Read first: a bad report changes nothing, not even a new state.
    let report = arguments.report.as_deref().map(read_report).transpose()?;
    let session = context.open(Access::changing(dry_run)).await?;
    let intake = arguments
        .release
        .find_or_create(&session, context, dry_run)
        .await?;
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
    let (state, now) = (&recorded.state, crate::system::now());
    let json = json!({ "dry_run": dry_run, "evidence": value(state, evidence, now) });
    let lines = lines(state, evidence, now).join("\n");
    Ok(Done::new(format!("{verb} {lines}"), json))
}

fn read_report(path: &Path) -> Result<(ReportFacts, Vec<u8>), Failure> {
    let name = path.display();
    let unreadable =
        |error: std::io::Error| Failure::usage(format!("{name} cannot be read: {error}"));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(REPORT_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    let facts = read(&bytes)
        .map_err(|error| Failure::new(Exit::Usage, "report", format!("{name}: {error}")))?;
    Ok((liftlock_reports::evidence(facts, Digest::of(&bytes)), bytes))
}
