//! Load tests with k6: its thresholds decide, and its summary is a report.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use liftlock_core::evidence::{Finding, ReportFacts};
use liftlock_core::policy::K6Check;
use liftlock_engine::ports::{CheckOutcome, DeliveryError, OUTPUT_BYTES_MAX};
use liftlock_oci::Digest;
use liftlock_reports::{REPORT_BYTES_MAX, evidence, read};
use tokio::io::AsyncReadExt;

use crate::environment::environment;
use crate::local::LocalDelivery;
use crate::note::Noting;
use crate::output::{Bounded, one_line};
use crate::program::Program;

/// What k6 is told besides the declared variables: nothing is sent home, and no port is opened.
const SETTINGS: [(&str, &str); 2] = [("K6_NO_USAGE_REPORT", "true"), ("K6_NO_COLOR", "true")];
/// The figures that are shown, in this order.
const SHOWN: [&str; 4] = ["requests", "requests-failed", "iterations", "checks-failed"];

/// Runs the script. It passes where k6 ends well and its summary says that every threshold held;
/// a script without thresholds decides nothing, and fails.
pub(crate) async fn check(
    local: &LocalDelivery,
    noting: Noting<'_>,
    wanted: &K6Check,
) -> CheckOutcome {
    match run(local, noting, wanted).await {
        Ok(outcome) => outcome,
        Err(error) => failed(&error.to_string(), printed(error)),
    }
}

async fn run(
    local: &LocalDelivery,
    noting: Noting<'_>,
    wanted: &K6Check,
) -> Result<CheckOutcome, DeliveryError> {
    let folder = tempfile::Builder::new()
        .prefix("liftlock-k6-")
        .tempdir()
        .map_err(|e| temporary(&e))?;
    let summary = folder.path().join("summary.json");
    let mut variables: BTreeMap<OsString, OsString> =
        environment(noting.context, local.pass_env(), &wanted.env)?;
    variables.extend(SETTINGS.map(|(name, value)| (name.into(), value.into())));
    let words = ["k6", "run", "--quiet", "--address=", "--summary-export"];
    let mut arguments: Vec<String> = words.map(str::to_owned).to_vec();
    arguments.extend([summary.display().to_string(), wanted.script.clone()]);
    let program = Program {
        name: "k6",
        arguments: &arguments,
        environment: &variables,
        dir: local.base_dir(),
        within: wanted.within,
        noted: Some(noting),
    };
    let (ended, output) = match program.run().await {
        Ok(output) => (None, output),
        Err(DeliveryError::Failed { ref output, .. }) if output.is_empty() => {
            (Some("k6 failed".to_owned()), Vec::new())
        }
        Err(error @ DeliveryError::Failed { .. }) => (Some(error.to_string()), printed(error)),
        Err(error) => return Err(error),
    };
    let report = match summary_of(&summary).await {
        Ok(report) => report,
        Err(why) => return Ok(failed(&ended.unwrap_or(why), output)),
    };
    Ok(outcome(ended, &output, report))
}

fn outcome(
    ended: Option<String>,
    printed: &[u8],
    (bytes, facts): (Vec<u8>, ReportFacts),
) -> CheckOutcome {
    let figure = |name: &str| facts.figures.get(name).copied();
    let count = figure("thresholds").unwrap_or(0);
    let crossed = figure("thresholds-failed").unwrap_or(0);
    let passed = ended.is_none() && facts.finding == Some(Finding::Passed);
    let said = match (&ended, facts.finding) {
        (_, None) => {
            "the script has no thresholds, so nothing decides; add `thresholds` to its options"
                .to_owned()
        }
        (_, Some(Finding::Failed)) => format!("{crossed} of {count} thresholds crossed"),
        (None, Some(Finding::Passed)) => format!("all {count} thresholds held"),
        (Some(why), Some(Finding::Passed)) => format!("{why}, though all {count} thresholds held"),
    };
    let figures = SHOWN.iter().filter_map(|name| {
        let figure = figure(name)?;
        Some(format!("; {name} {figure}"))
    });
    let mut output = Bounded::new(OUTPUT_BYTES_MAX);
    output.push(printed);
    output.push(b"\n");
    output.push(&bytes);
    CheckOutcome {
        passed,
        summary: one_line(&format!("{said}{}", figures.collect::<String>())),
        output: output.finish(),
        report: Some((bytes, facts)),
    }
}

/// The summary, and what it says.
async fn summary_of(path: &Path) -> Result<(Vec<u8>, ReportFacts), String> {
    let unreadable = |e: std::io::Error| format!("k6 wrote no summary: {e}");
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let mut bytes = Vec::new();
    let mut limited = file.take(REPORT_BYTES_MAX as u64 + 1);
    limited.read_to_end(&mut bytes).await.map_err(unreadable)?;
    let facts = read(&bytes).map_err(|e| format!("k6's summary: {e}"))?;
    let facts = evidence(facts, Digest::of(&bytes));
    Ok((bytes, facts))
}

fn failed(summary: &str, output: Vec<u8>) -> CheckOutcome {
    CheckOutcome {
        passed: false,
        summary: one_line(summary),
        output,
        report: None,
    }
}

fn printed(error: DeliveryError) -> Vec<u8> {
    match error {
        DeliveryError::Failed { output, .. } | DeliveryError::Timeout { output, .. } => output,
        _ => Vec::new(),
    }
}

fn temporary(why: &impl ToString) -> DeliveryError {
    DeliveryError::File {
        file: "the folder for temporary files".to_owned(),
        message: why.to_string(),
    }
}
