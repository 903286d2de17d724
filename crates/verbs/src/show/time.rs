//! Times as people read them.

use liftlock_core::{Span, Time};

/// An instant, to the second.
pub fn instant(time: Time) -> String {
    Time::from_us(time.us().div_euclid(1_000_000) * 1_000_000).to_string()
}

/// How long ago, in its largest unit.
pub fn ago(time: Time, now: Time) -> String {
    format!("{} ago", rough(now.since(time)))
}

/// A span in its largest unit.
pub fn rough(span: Span) -> String {
    let secs = span.us() / 1_000_000;
    match secs {
        ..60 => format!("{secs}s"),
        60..3600 => format!("{}m", secs / 60),
        3600..86_400 => format!("{}h", secs / 3600),
        _ => format!("{}d", secs / 86_400),
    }
}
