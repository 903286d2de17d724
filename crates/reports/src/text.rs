//! Text from outside: cut to a length, made safe to show, and located; times.

use jiff::Timestamp;

use crate::ReportError;

/// Most characters of a text that is kept for showing.
const TEXT_CHARS_MAX: usize = 256;

/// `text` with at most [`TEXT_CHARS_MAX`] characters and no control characters: a longer one is
/// cut and ends in `…`.
pub(crate) fn bounded(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(TEXT_CHARS_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(TEXT_CHARS_MAX).is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// The line and column, both from 1, of the byte at `offset`. The column counts characters.
pub(crate) fn position(bytes: &[u8], offset: usize) -> (u32, u32) {
    let before = &bytes[..offset.min(bytes.len())];
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    // A byte 10xxxxxx continues a character.
    let characters = before[start..]
        .iter()
        .filter(|byte| **byte & 0xc0 != 0x80)
        .count();
    let from_one = |count: usize| u32::try_from(count).map_or(u32::MAX, |n| n.saturating_add(1));
    (from_one(lines), from_one(characters))
}

/// A time in microseconds since 1970-01-01T00:00:00Z. One without an offset names any instant
/// within more than a day, so it is refused.
pub(crate) fn time(field: &'static str, text: &str) -> Result<i64, ReportError> {
    let time: Result<Timestamp, _> = text.trim().parse();
    time.map(Timestamp::as_microsecond)
        .map_err(|_| ReportError::unsupported(field, text, "an RFC 3339 time with its offset"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_controls_replaced() {
        assert_eq!(bounded("a\u{1b}[31mb\n"), "a\u{fffd}[31mb\u{fffd}");
        assert_eq!(bounded(&"é".repeat(256)), "é".repeat(256));
        let cut = bounded(&"é".repeat(257));
        assert_eq!(cut, format!("{}…", "é".repeat(255)));
    }

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        for (offset, expected) in [
            (0, (1, 1)),
            (3, (1, 3)),
            (4, (2, 1)),
            (6, (2, 3)),
            (99, (2, 3)),
        ] {
            assert_eq!(position("éa\nbc".as_bytes(), offset), expected, "{offset}");
        }
    }
}
