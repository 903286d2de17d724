//! Progress on a terminal: a bar of bytes, and below it the blobs.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use liftlock_registry::CopyEvent;

use super::super::tame;
use super::Doing;
use super::lines::again;
use super::tally::Tally;

/// How often it is drawn while nothing is told.
const TICK: Duration = Duration::from_millis(120);

/// A bar that is drawn until it is dropped, and leaves nothing behind.
pub(super) struct Bar {
    doing: Doing,
    tally: Mutex<Tally>,
    bar: ProgressBar,
}

impl Bar {
    pub(super) fn new(doing: Doing) -> Self {
        let bar = ProgressBar::new_spinner().with_style(style("{spinner} {msg} ({elapsed})"));
        bar.set_message("looking what there is to do");
        bar.enable_steady_tick(TICK);
        Self {
            doing,
            tally: Mutex::default(),
            bar,
        }
    }

    pub(super) fn take(&self, event: &CopyEvent) {
        let Ok(mut tally) = self.tally.lock() else {
            return;
        };
        tally.take(event);
        match event {
            CopyEvent::Planned { bytes: 1.., .. } => {
                let line = "{bar:20} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left\n{msg}";
                self.bar.set_style(style(line));
                self.bar.reset();
            }
            CopyEvent::Again { .. } => {
                if let Some(line) = again(event, tally.again) {
                    self.bar.println(tame::tame(&tame::cut(&line), false));
                }
            }
            _ => {}
        }
        if self.bar.length() != Some(tally.bytes) {
            self.bar.set_length(tally.bytes);
        }
        self.bar.set_position(tally.passed);
        // A message is drawn at once, and there are as many pieces as there are reads.
        if !matches!(event, CopyEvent::Bytes { .. }) {
            self.bar.set_message(self.message(&tally));
        }
    }

    fn message(&self, tally: &Tally) -> String {
        if tally.moved >= tally.moves && self.doing == Doing::Copy {
            return "writing manifests and tags".to_owned();
        }
        let mut message = format!("blobs {}/{}", tally.moved, tally.moves);
        match tally.again {
            0 => {}
            1 => message.push_str(", 1 sent again"),
            again => message.push_str(&format!(", {again} sent again")),
        }
        message
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style.map_or_else(
        |_| ProgressStyle::default_spinner(),
        |s| s.progress_chars("=> "),
    )
}
