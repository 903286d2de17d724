//! What is said while a request is carried out.

use std::fmt;
use std::sync::Arc;

/// Something said on the way, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// What is done or was done.
    Note(String),
    /// What may not be as it was meant.
    Warning(String),
}

/// Whom to tell, and how.
#[derive(Clone)]
pub struct Voice {
    /// Whether texts have colours (ECMA-48, SGR).
    pub color: bool,
    tell: Arc<dyn Fn(Notice) + Send + Sync>,
}

impl Voice {
    /// A voice that is heard by `tell`.
    pub fn new(color: bool, tell: Arc<dyn Fn(Notice) + Send + Sync>) -> Self {
        Self { color, tell }
    }

    /// Says what is done.
    pub fn note(&self, message: &str) {
        (self.tell)(Notice::Note(message.to_owned()));
    }

    /// Warns.
    pub fn warn(&self, message: &str) {
        (self.tell)(Notice::Warning(message.to_owned()));
    }
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Voice");
        shown.field("color", &self.color).finish_non_exhaustive()
    }
}
