//! Progress of long work: a spinner with the step on a terminal, lines elsewhere.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use liftlock_engine::{Progress, Report};

use super::{Ui, to_stderr};

/// A report that shows progress as the user wants it.
pub(crate) fn report(ui: Ui) -> Report {
    if ui.quiet {
        return Arc::new(|_| {});
    }
    if !std::io::stderr().is_terminal() || ui.json {
        return Arc::new(|progress| to_stderr(&line(progress)));
    }
    let spinner: Mutex<Option<ProgressBar>> = Mutex::new(None);
    Arc::new(move |progress| {
        let Ok(mut spinner) = spinner.lock() else {
            return;
        };
        match progress {
            Progress::StepStarted { .. } => {
                let bar = ProgressBar::new_spinner().with_style(style());
                bar.set_message(line(progress));
                bar.enable_steady_tick(Duration::from_millis(120));
                *spinner = Some(bar);
            }
            _ => {
                if let Some(bar) = spinner.take() {
                    bar.finish_and_clear();
                }
                to_stderr(&line(progress));
            }
        }
    })
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn line(progress: &Progress) -> String {
    match progress {
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
        Progress::Ended { lines } => lines.join("; "),
        Progress::Reverting { promotion, reason } => {
            format!("{promotion}: putting tags back, because {reason}")
        }
        Progress::Waiting { promotion, reasons } => {
            format!("{promotion} is waiting: {}", reasons.join("; "))
        }
    }
}
