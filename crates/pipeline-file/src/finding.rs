//! What the walk finds wrong, before it is rendered.

use granit_parser::Marker;

/// A place in the text: line and column, both from 1; a column is a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Position {
    /// The file's first character.
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

impl From<Marker> for Position {
    fn from(marker: Marker) -> Self {
        Self {
            line: marker.line().max(1),
            column: marker.col() + 1,
        }
    }
}

/// One problem and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) at: Position,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Whether the line may hold a secret, and is not shown.
    pub(crate) hidden: bool,
}

impl Finding {
    pub(crate) fn new(at: Position, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            hint: None,
            hidden: false,
        }
    }

    /// Does not show the line: it may hold a secret.
    pub(crate) fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A key or value that the design knows and this version does not.
    pub(crate) fn later(at: Position, word: &str) -> Self {
        Self::new(
            at,
            format!("`{word}` is not available in this version of Liftlock"),
        )
    }
}

/// The most characters of a user's text that a message repeats.
const QUOTED_MAX: usize = 60;

/// A user's text between backticks, cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    let cut: String = text.chars().take(QUOTED_MAX).collect();
    if cut.len() < text.len() {
        format!("`{cut}...`")
    } else {
        format!("`{cut}`")
    }
}
