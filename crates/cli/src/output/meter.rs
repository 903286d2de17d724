//! Progress of long work: a spinner with the step on a terminal, lines elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressStyle};
use liftlock_engine::{Progress, Report};

use super::copying::{self, Quarters};
use super::{Ui, progress_json, to_stderr};

/// A report that shows progress as the user wants it.
pub(crate) fn report(ui: Ui) -> Report {
    if ui.quiet {
        return Arc::new(|_| {});
    }
    if ui.json {
        let quarters = Quarters::default();
        return Arc::new(move |progress| {
            if let Some(text) = line(progress, &quarters) {
                to_stderr(&progress_json::line(progress, &text));
            }
        });
    }
    if !std::io::stderr().is_terminal() {
        let quarters = Quarters::default();
        return Arc::new(move |progress| {
            if let Some(line) = line(progress, &quarters) {
                to_stderr(&line);
            }
        });
    }
    let quarters = Quarters::default();
    let spinners = Mutex::new(Spinners::default());
    Arc::new(move |progress| {
        let Ok(mut spinners) = spinners.lock() else {
            return;
        };
        match progress {
            Progress::StepStarted { number, .. } => {
                let bar = spinners.all.add(ProgressBar::new_spinner());
                bar.set_style(style());
                bar.set_message(line(progress, &quarters).unwrap_or_default());
                bar.enable_steady_tick(Duration::from_millis(120));
                spinners.steps.insert(*number, bar);
            }
            Progress::Copying { number, copied, .. } => {
                if let Some(bar) = spinners.steps.get(number) {
                    copying::advance(bar, copied);
                }
            }
            Progress::StepEnded { number, .. } => {
                let mut line = line(progress, &quarters).unwrap_or_default();
                if let Some(bar) = spinners.steps.remove(number) {
                    let took = HumanDuration(bar.elapsed());
                    line.push_str(&format!(" ({took:#})"));
                    bar.finish_and_clear();
                }
                spinners.all.suspend(|| to_stderr(&line));
            }
            _ => {
                for (_, bar) in std::mem::take(&mut spinners.steps) {
                    bar.finish_and_clear();
                }
                to_stderr(&line(progress, &quarters).unwrap_or_default());
            }
        }
    })
}

/// One for each step that is under way, by its place.
#[derive(Default)]
struct Spinners {
    all: MultiProgress,
    steps: BTreeMap<u32, ProgressBar>,
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// What is told of it; nothing of what has not got on far enough.
fn line(progress: &Progress, quarters: &Quarters) -> Option<String> {
    Some(match progress {
        Progress::Carrying {
            promotion,
            release,
            environment,
            rollback,
        } => {
            let what = if *rollback {
                "rolling back to"
            } else {
                "promoting"
            };
            format!("{promotion}: {what} {release} in {environment}")
        }
        Progress::StepStarted {
            promotion,
            number,
            of,
            title,
        } => {
            format!("{promotion} [{number}/{of}] {title} ...")
        }
        Progress::StepEnded {
            promotion,
            number,
            of,
            title,
            done,
            summary,
        } => {
            let mark = if *done { "ok" } else { "FAILED" };
            format!("{promotion} [{number}/{of}] {title}: {mark}: {summary}")
        }
        Progress::Copying {
            promotion,
            number,
            of,
            copied,
        } => return quarters.line((*promotion, *number, *of), copied),
        Progress::ChecksEnded { promotion, steps } => {
            let steps: Vec<String> = steps.iter().map(u32::to_string).collect();
            format!("{promotion}: stopped beside it: step {}", steps.join(", "))
        }
        Progress::Ended { lines } => lines.join("; "),
        Progress::Unattested { reasons } => reasons.join("\n"),
        Progress::Unproven { promotion, reason } => {
            format!("{promotion} is not proven beside its images yet: {reason}")
        }
        Progress::Reverting { promotion, reason } => {
            format!("{promotion}: putting tags back, because {reason}")
        }
        Progress::Waiting { promotion, reasons } => {
            format!("{promotion} is waiting: {}", reasons.join("; "))
        }
    })
}
