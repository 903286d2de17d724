//! Who carries an environment out that names a label.

use liftlock_core::{EnvironmentName, Label, Time, sighting};
use serde_json::{Value, json};

/// The workers of an environment.
pub struct Workers<'a> {
    /// Their label.
    pub label: &'a Label,
    /// When one was last seen.
    pub seen: Option<Time>,
    /// Whether nothing goes on there without them.
    pub awaited: bool,
}

impl Workers<'_> {
    /// One line.
    pub fn line(&self, environment: &EnvironmentName, now: Time) -> String {
        let label = self.label;
        let mut line = format!("{environment} is carried out by workers with the label {label}");
        if self.awaited || self.seen.is_some() {
            line.push_str(&format!("; {}", sighting(self.seen, now)));
        }
        line
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        json!({ "label": self.label, "seen": self.seen })
    }
}
