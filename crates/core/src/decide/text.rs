//! Free texts: bounded, and without what could deceive a reader's eye.

use crate::Refusal;

/// The longest reason or other line, in characters.
const LINE_MAX: usize = 500;

/// A line of free text: not empty, bounded, and free of control and direction characters.
pub(super) fn line(what: &str, text: &str) -> Result<String, Refusal> {
    bounded(what, text, LINE_MAX)
}

/// A line of at most `max` characters.
pub(crate) fn bounded(what: &str, text: &str, max: usize) -> Result<String, Refusal> {
    let refused = |message: String| Refusal::Invalid {
        what: what.to_owned(),
        message,
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(refused("is empty; say something".to_owned()));
    }
    if text.chars().count() > max {
        return Err(refused(format!("is longer than {max} characters")));
    }
    if let Some(bad) = text.chars().find(|c| is_deceptive(*c)) {
        return Err(refused(format!(
            "contains {bad:?}, a control or invisible character"
        )));
    }
    Ok(text.to_owned())
}

/// Control characters, zero-width ones, and those that turn the direction of writing.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A web address.
pub(super) fn url(text: &str) -> Result<String, Refusal> {
    let text = bounded("the URL", text, 2048)?;
    let web = text.starts_with("https://") || text.starts_with("http://");
    if !web || text.contains(char::is_whitespace) {
        let message = "must start with https:// or http:// and hold no space".to_owned();
        return Err(Refusal::Invalid {
            what: "the URL".to_owned(),
            message,
        });
    }
    Ok(text)
}

/// A reason that a command needs.
pub(super) fn reason(text: &str) -> Result<String, Refusal> {
    line("the reason", text)
}

/// A line that a program wrote, as one that can be recorded.
pub(super) fn tamed(text: &str) -> String {
    let chars = text.trim().chars().take(LINE_MAX);
    chars
        .map(|c| if is_deceptive(c) { ' ' } else { c })
        .collect()
}
