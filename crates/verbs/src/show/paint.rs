//! Colours, where they are wanted.

/// Green: it holds.
pub fn good(text: &str, color: bool) -> String {
    paint(text, "32", color)
}

/// Yellow: it waits.
pub fn waits(text: &str, color: bool) -> String {
    paint(text, "33", color)
}

/// Red: it does not hold.
pub fn bad(text: &str, color: bool) -> String {
    paint(text, "31", color)
}

/// Bold.
pub fn strong(text: &str, color: bool) -> String {
    paint(text, "1", color)
}

fn paint(text: &str, code: &str, color: bool) -> String {
    if color {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
