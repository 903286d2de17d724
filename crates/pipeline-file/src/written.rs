//! Values as a pipeline file writes them: for comparing policies, and for text that is generated.

use std::fmt;

/// A value in the pipeline file's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// A number, a boolean: as it is.
    Raw(String),
    /// Text, in quotes where it needs them.
    Text(String),
    List(Vec<Self>),
    /// Names or keys and their values.
    Map(Vec<(String, Self)>),
    /// Keys and values of a gate, check or deployment, its kind first: of another kind, it is
    /// another thing.
    Kind(Vec<(String, Self)>),
}

impl Written {
    pub(crate) fn text(value: &impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    pub(crate) fn raw(value: impl ToString) -> Self {
        Self::Raw(value.to_string())
    }

    pub(crate) fn list<'v, T: ToString + 'v>(values: impl IntoIterator<Item = &'v T>) -> Self {
        Self::List(values.into_iter().map(Self::text).collect())
    }

    pub(crate) fn map<K: ToString>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter();
        Self::Map(
            entries
                .map(|(key, value)| (key.to_string(), value))
                .collect(),
        )
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Raw(_) | Self::Text(_) => false,
            Self::List(items) => items.is_empty(),
            Self::Map(entries) | Self::Kind(entries) => entries.is_empty(),
        }
    }
}

impl fmt::Display for Written {
    /// In one line, in YAML's flow notation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw(text) => f.write_str(text),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Map(entries) | Self::Kind(entries) if entries.is_empty() => f.write_str("{}"),
            Self::Map(entries) | Self::Kind(entries) => {
                f.write_str("{ ")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    // A key of this format, whatever other versions of YAML make of it.
                    let key = if key == "on" {
                        key.clone()
                    } else {
                        quoted(key)
                    };
                    write!(f, "{comma}{key}: {value}")?;
                }
                f.write_str(" }")
            }
        }
    }
}

/// The text as a YAML scalar that every reader takes for text: bare where that is safe.
pub(crate) fn quoted(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let is_span = text.ends_with(['s', 'm', 'h', 'd'])
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric());
    // Words that YAML 1.1 or 1.2 read as something else than text.
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_reserved = reserved.contains(&text.to_ascii_lowercase().as_str());
    if (is_word || is_span) && !is_reserved {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            c if c.is_alphanumeric() => quoted.push(c),
            c => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}
