//! Progress of bytes that move or are read: a bar on a terminal, a few lines elsewhere.

mod bar;
mod lines;
mod tally;

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex};

use liftlock_registry::CopyReport;

use self::bar::Bar;
use self::lines::Lines;
use super::{Ui, to_stderr};

/// What is done with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// They are brought to places.
    Copy,
    /// They are compared with their digests.
    Verify,
}

/// A report that shows progress as the user wants it. When the last clone of it is dropped, the
/// terminal is as it was.
pub(crate) fn transfer(ui: Ui, doing: Doing) -> CopyReport {
    if ui.quiet {
        return Arc::new(|_| {});
    }
    if ui.json || !std::io::stderr().is_terminal() {
        let lines = Mutex::new(Lines::new(doing));
        return Arc::new(move |event| {
            let line = lines.lock().ok().and_then(|mut lines| lines.take(event));
            if let Some(line) = line {
                to_stderr(&super::tame::cut(&line));
            }
        });
    }
    let bar = Bar::new(doing);
    Arc::new(move |event| bar.take(event))
}
