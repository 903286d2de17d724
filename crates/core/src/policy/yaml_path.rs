//! Where a value stands in a YAML file.

use std::fmt;
use std::str::FromStr;

/// The longest path, in bytes.
const BYTES_MAX: usize = 512;
/// The most steps of a path.
const STEPS_MAX: usize = 32;

/// A path to one value of a YAML file, as people write it:
/// `spec.template.spec.containers[name=web].image`, `images[0]`, `metadata."a.b/c"`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct YamlPath {
    text: String,
    steps: Vec<YamlStep>,
}

/// One step of a [`YamlPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum YamlStep {
    /// Into a mapping's value.
    Key(String),
    /// Into a list's item, from 0.
    Index(usize),
    /// Into the list's item that is a mapping in which this key has this value.
    Where {
        /// The key.
        key: String,
        /// Its value, as text.
        value: String,
    },
}

/// Why a text is not a [`YamlPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlPathError {
    /// Longer or deeper than the limits.
    #[error("a path has at most {BYTES_MAX} bytes and {STEPS_MAX} steps")]
    TooLong,
    /// A key that is not there.
    #[error("{0:?} has an empty key; write keys with dots between them, such as image.digest")]
    EmptyKey(String),
    /// A quote without its partner.
    #[error("{0:?} has a quote that is not closed")]
    Quote(String),
    /// Something else in brackets than a number or `key=value`.
    #[error("{0:?} is not a list's item; write [0] or [name=web]")]
    Item(String),
    /// Something between two steps.
    #[error("{0:?} cannot be read from {1:?} on; steps are separated by dots")]
    Separator(String, String),
}

impl YamlPath {
    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its steps, at least one.
    pub fn steps(&self) -> &[YamlStep] {
        &self.steps
    }
}

impl FromStr for YamlPath {
    type Err = YamlPathError;

    fn from_str(text: &str) -> Result<Self, YamlPathError> {
        if text.len() > BYTES_MAX {
            return Err(YamlPathError::TooLong);
        }
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (key, after) = key(text, rest)?;
            steps.push(YamlStep::Key(key));
            rest = after;
            while let Some(inner) = rest.strip_prefix('[') {
                let (item, after) = inner
                    .split_once(']')
                    .ok_or_else(|| YamlPathError::Item(shown(inner)))?;
                steps.push(step(item)?);
                rest = after;
            }
            if steps.len() > STEPS_MAX {
                return Err(YamlPathError::TooLong);
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => break,
                None => return Err(YamlPathError::Separator(shown(text), shown(rest))),
            }
        }
        let text = text.to_owned();
        Ok(Self { text, steps })
    }
}

/// The key that `rest` begins with, and what comes after it.
fn key<'t>(whole: &str, rest: &'t str) -> Result<(String, &'t str), YamlPathError> {
    let (key, after) = match rest.strip_prefix('"') {
        Some(inner) => inner
            .split_once('"')
            .ok_or_else(|| YamlPathError::Quote(shown(whole)))?,
        None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
    };
    if key.is_empty() {
        return Err(YamlPathError::EmptyKey(shown(whole)));
    }
    Ok((key.to_owned(), after))
}

fn step(item: &str) -> Result<YamlStep, YamlPathError> {
    if let Some((key, value)) = item.split_once('=')
        && !key.is_empty()
    {
        let (key, value) = (key.to_owned(), value.to_owned());
        return Ok(YamlStep::Where { key, value });
    }
    let digits = !item.is_empty() && item.bytes().all(|b| b.is_ascii_digit());
    let index = digits.then(|| item.parse().ok()).flatten();
    index
        .map(YamlStep::Index)
        .ok_or_else(|| YamlPathError::Item(shown(item)))
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

impl fmt::Display for YamlPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

liftlock_oci::serde_as_text!(YamlPath);

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> YamlStep {
        YamlStep::Key(text.to_owned())
    }

    #[test]
    fn paths_are_read() {
        let item = |key: &str, value: &str| YamlStep::Where {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        for (text, steps) in [
            ("image", vec![key("image")]),
            ("a.b", vec![key("a"), key("b")]),
            (
                "a[0][12].b",
                vec![key("a"), YamlStep::Index(0), YamlStep::Index(12), key("b")],
            ),
            (
                "a[name=web.x].b",
                vec![key("a"), item("name", "web.x"), key("b")],
            ),
            ("m.\"a.b/c\".d", vec![key("m"), key("a.b/c"), key("d")]),
        ] {
            let path: YamlPath = text.parse().unwrap();
            assert_eq!(path.steps(), steps, "{text}");
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "", ".", "a.", ".a", "a..b", "[0]", "a[", "a[]", "a[x]", "a[=b]", "a[0]b",
        ] {
            assert!(text.parse::<YamlPath>().is_err(), "{text}");
        }
        for text in ["\"a", "\"a\"b", &"a".repeat(513), &["a"; 33].join(".")] {
            assert!(text.parse::<YamlPath>().is_err(), "{text}");
        }
    }
}
