//! What a registry says when it refuses (distribution specification, "Error Codes").

use serde::Deserialize;

/// The largest error body that is read, in bytes.
pub(crate) const ERROR_BODY_MAX: usize = 64 * 1024;

/// The longest message that is passed on, in characters.
const MESSAGE_MAX: usize = 300;

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    errors: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    detail: serde_json::Value,
}

/// A registry's error answer, made safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct OciError {
    /// The first error's code, such as `TAG_INVALID`; empty where there is none.
    pub(crate) code: String,
    /// Codes and messages in one line; empty where the registry said nothing.
    pub(crate) message: String,
}

impl OciError {
    /// Reads an error body. Whatever is not the specification's JSON is shown as text.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let Ok(parsed) = serde_json::from_slice::<Body>(body) else {
            return Self {
                code: String::new(),
                message: sanitise(&String::from_utf8_lossy(body)),
            };
        };
        let lines: Vec<String> = parsed.errors.iter().take(3).map(Entry::line).collect();
        Self {
            code: parsed
                .errors
                .first()
                .map_or_else(String::new, |e| sanitise(&e.code)),
            message: sanitise(&lines.join("; ")),
        }
    }

    /// The message, or `otherwise` where the registry said nothing.
    pub(crate) fn or(self, otherwise: &str) -> String {
        if self.message.is_empty() {
            otherwise.to_owned()
        } else {
            self.message
        }
    }
}

impl Entry {
    fn line(&self) -> String {
        // Some registries give the reason as the detail, in words.
        let detail = self.detail.as_str().unwrap_or_default();
        let parts = [self.code.as_str(), self.message.as_str(), detail];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        said.join(": ")
    }
}

/// One line of at most [`MESSAGE_MAX`] characters, without control characters.
pub(crate) fn sanitise(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control())
        .take(MESSAGE_MAX)
        .collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_errors_are_read() {
        let error = OciError::parse(br#"{"errors":[{"code":"TAG_INVALID","message":"no"}]}"#);
        assert_eq!(error.code, "TAG_INVALID");
        assert_eq!(error.message, "TAG_INVALID: no");
        assert_eq!(OciError::parse(b"{}").or("nothing"), "nothing");
    }

    #[test]
    fn hostile_bodies_are_cut_and_cleaned() {
        let error = OciError::parse(b"<html>\x1b[31m\r\nbad\x07\xff");
        assert!(!error.message.contains(['\u{1b}', '\u{7}', '\n']));
        let long = OciError::parse("é".repeat(5000).as_bytes());
        assert_eq!(long.message.chars().count(), MESSAGE_MAX);
    }
}
