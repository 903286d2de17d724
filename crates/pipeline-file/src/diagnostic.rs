//! Findings as a user reads them: file, line, column, message, and the line itself.

use std::fmt;

use serde::Serialize;

use crate::finding::{Finding, Position};

/// The most diagnostics of one run: the first ones, by position.
pub const DIAGNOSTICS_MAX: usize = 20;

/// The most characters of a source line that are shown.
const SNIPPET_MAX: usize = 100;

/// One problem of a pipeline file. Control and invisible formatting characters of the file are
/// written as escapes in every field, so that it can be printed to a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it, where that is not part of the message.
    pub hint: Option<String>,
    /// The source line and, below it, a caret under the place; nothing for an empty line, or
    /// one that seems to hold a password.
    pub snippet: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
            ..
        } = self;
        write!(f, "{file}:{line}:{column}: {message}")?;
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        for line in self.snippet.iter().flat_map(|snippet| snippet.lines()) {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

/// The first findings in order of position, with their lines of `text`.
pub(crate) fn render(mut findings: Vec<Finding>, file: &str, text: &str) -> Vec<Diagnostic> {
    findings.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
    findings.dedup();
    findings.truncate(DIAGNOSTICS_MAX);
    findings
        .into_iter()
        .map(|finding| Diagnostic {
            file: visible(file),
            line: finding.at.line,
            column: finding.at.column,
            message: visible(&finding.message),
            hint: finding.hint.as_deref().map(visible),
            snippet: match finding.hidden {
                true => None,
                false => snippet(text, finding.at),
            },
        })
        .collect()
}

fn snippet(text: &str, at: Position) -> Option<String> {
    let line = text.lines().nth(at.line - 1)?;
    if line.trim().is_empty() {
        return None;
    }
    // Of a long line, the part around the place.
    let from = (at.column - 1).saturating_sub(SNIPPET_MAX * 3 / 4);
    let shown: String = line.chars().skip(from).take(SNIPPET_MAX).collect();
    let before: String = shown.chars().take(at.column - 1 - from).collect();
    let caret = " ".repeat(visible(&before).chars().count());
    Some(format!("{}\n{caret}^", visible(&shown)))
}

/// The text with what could mislead or steer a terminal written as escapes.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push(' '),
            c if is_hidden(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// Controls, line separators, and characters that are invisible or reorder others.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}
