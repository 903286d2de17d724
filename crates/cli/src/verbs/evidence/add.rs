//! `liftlock evidence add`

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use liftlock_reports::REPORT_BYTES_MAX;
use liftlock_verbs::Failure;
use liftlock_verbs::evidence::{Add, Report};

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
    /// A report that a tool has written
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    add: Add,
}

impl Arguments {
    pub(super) fn request(self) -> Result<Add, Failure> {
        let report = self.report.as_deref().map(read).transpose()?;
        let add = Add { report, ..self.add };
        add.check()?;
        Ok(add)
    }
}

/// Reads a report, and one byte over the limit, so that one that is too large is said to be.
fn read(path: &Path) -> Result<Report, Failure> {
    let name = path.display().to_string();
    let unreadable =
        |error: std::io::Error| Failure::usage(format!("{name} cannot be read: {error}"));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(REPORT_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(Report { name, bytes })
}
