//! Words of others, made fit to be shown.

/// The longest that words of others may be where they are told, in characters.
pub(crate) const WORDS_CHARS_MAX: usize = 120;

/// As one line of at most [`WORDS_CHARS_MAX`], without what could turn a terminal's text around.
pub(crate) fn words(text: &str) -> String {
    one_line(text).take(WORDS_CHARS_MAX).collect()
}

/// Without line ends, control characters and marks of direction.
pub(crate) fn one_line(text: &str) -> impl Iterator<Item = char> {
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(move |c| if odd(c) { ' ' } else { c })
}
