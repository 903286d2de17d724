//! The text of a pipeline file, as it comes in.

use crate::finding::{Finding, Position};

/// The longest text that is read, in bytes: 256 KiB.
pub const TEXT_BYTES_MAX: usize = 256 * 1024;

/// A pipeline file's name, for messages, and its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The name, as the user gave it; it starts each message.
    pub name: &'a str,
    /// The bytes; at most [`TEXT_BYTES_MAX`], UTF-8.
    pub text: &'a [u8],
}

impl<'a> Source<'a> {
    /// The text, where it is UTF-8 and not too long.
    pub(crate) fn checked(&self) -> Result<&'a str, Finding> {
        if self.text.len() > TEXT_BYTES_MAX {
            return Err(Finding::new(
                Position::START,
                format!(
                    "the file has {} bytes; the limit is {TEXT_BYTES_MAX} (256 KiB)",
                    self.text.len()
                ),
            ));
        }
        let text = str::from_utf8(self.text).map_err(|error| {
            let good = String::from_utf8_lossy(&self.text[..error.valid_up_to()]);
            let line = good.matches('\n').count() + 1;
            let column = good.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            Finding::new(Position { line, column }, "the file is not UTF-8 here")
                .hint("save it as UTF-8")
        })?;
        // A byte order mark says nothing more than that, and would shift the first line's columns.
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }
}
