//! Which answer passes.

use liftlock_core::policy::{HttpCheck, YamlPath, YamlStep};
use regex_lite::Regex;
use serde_json::Value;

use crate::web::Answer;

/// What passes.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    declared: &'a HttpCheck,
    matches: Option<Regex>,
}

impl<'a> Wanted<'a> {
    /// # Errors
    /// A regular expression that is none.
    pub(super) fn of(declared: &'a HttpCheck) -> Result<Self, String> {
        let matches = declared.matches.as_deref().map(Regex::new).transpose();
        let matches = matches.map_err(|e| format!("`matches` cannot be used: {e}"))?;
        Ok(Self { declared, matches })
    }

    /// What an answer lacks to pass, in a few words; nothing where it passes. Where the status is
    /// another that says enough, and the words are empty.
    pub(super) fn lacks(&self, answer: &Answer) -> Option<String> {
        if answer.status != self.declared.expect {
            return Some(String::new());
        }
        let header = self.declared.headers.iter().find_map(|(name, wanted)| {
            let values = answer.headers.get_all(name);
            let is_there = values
                .iter()
                .any(|value| value.as_bytes() == wanted.as_bytes());
            (!is_there).then(|| format!("without the header {name}: {wanted}"))
        });
        header
            .or_else(|| {
                let text = self.declared.contains.as_deref()?;
                (!holds(&answer.body, text)).then(|| format!("without {text:?} in its body"))
            })
            .or_else(|| {
                let regex = self.matches.as_ref()?;
                let matches = regex.is_match(&String::from_utf8_lossy(&answer.body));
                (!matches).then(|| format!("without a match of {:?} in its body", regex.as_str()))
            })
            .or_else(|| self.lacks_values(answer))
    }

    fn lacks_values(&self, answer: &Answer) -> Option<String> {
        if self.declared.json.is_empty() {
            return None;
        }
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
            return Some("without JSON as its body".to_owned());
        };
        self.declared.json.iter().find_map(|(path, wanted)| {
            let found = at(&body, path).map(text);
            match found {
                Some(found) if found == *wanted => None,
                Some(found) => {
                    let found: String = found.chars().take(80).collect();
                    Some(format!("with {found:?} at {path}, expected {wanted:?}"))
                }
                None => Some(format!("without a value at {path}, expected {wanted:?}")),
            }
        })
    }
}

fn holds(body: &[u8], text: &str) -> bool {
    text.is_empty()
        || body
            .windows(text.len())
            .any(|window| window == text.as_bytes())
}

fn at<'v>(value: &'v Value, path: &YamlPath) -> Option<&'v Value> {
    path.steps()
        .iter()
        .try_fold(value, |value, step| match step {
            YamlStep::Key(key) => value.get(key),
            YamlStep::Index(index) => value.get(index),
            YamlStep::Where { key, value: wanted } => value
                .as_array()?
                .iter()
                .find(|item| item.get(key).is_some_and(|found| text(found) == *wanted)),
        })
}

/// A value as it is compared: text without its quotes.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
