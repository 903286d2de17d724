//! What Alertmanager's webhook sends, from a file or from standard input.

use std::fs::File;
use std::io::Read;

use liftlock_hooks::incoming::{Alarm, BODY_BYTES_MAX, Notification};
use liftlock_verbs::Failure;

/// Reads a payload from a file, or from standard input for `-`: all its alerts are about one place.
pub(super) fn read(path: &str) -> Result<Alarm, Failure> {
    let unreadable = |e: std::io::Error| Failure::usage(format!("{path} cannot be read: {e}"));
    let limit = BODY_BYTES_MAX as u64 + 1;
    let mut bytes = Vec::new();
    match path {
        "-" => std::io::stdin().take(limit).read_to_end(&mut bytes),
        path => File::open(path)
            .map_err(unreadable)?
            .take(limit)
            .read_to_end(&mut bytes),
    }
    .map_err(unreadable)?;
    let notification = Notification::read(&bytes);
    let notification = notification.map_err(|why| Failure::usage(format!("{path}: {why}")))?;
    Ok(notification.whole())
}
