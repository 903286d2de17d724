//! What a terminal is given. Registries, reports and typed words are other people's text: they may
//! not move the cursor, clear the screen, or turn the direction of writing.

/// The longest line of a message, in characters.
const LINE_CHARS_MAX: usize = 2000;

/// The sequences that this program writes itself, where colours are wanted.
const OWN: [&str; 5] = [
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
];

/// The text with control and invisible characters written out, as Rust and others escape them.
/// Line feeds and tabs stay, and colours where they are wanted.
pub(super) fn tame(text: &str, color: bool) -> String {
    let mut tamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let own = OWN.iter().find(|own| color && rest.starts_with(**own));
        let length = own.map_or(next.len_utf8(), |own| own.len());
        if own.is_some() || !is_deceptive(next) {
            tamed.push_str(&rest[..length]);
        } else {
            tamed.extend(next.escape_unicode());
        }
        rest = &rest[length..];
    }
    tamed
}

/// A JSON document that says the same, with such characters escaped (RFC 8259, section 7). All of
/// them are in strings, and in the basic plane.
pub(super) fn json(document: &str) -> String {
    let mut tamed = String::with_capacity(document.len());
    for c in document.chars() {
        if is_deceptive(c) {
            tamed.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            tamed.push(c);
        }
    }
    tamed
}

/// A message whose lines do not fill the screen.
pub(super) fn cut(text: &str) -> String {
    let lines = text
        .split('\n')
        .map(|line| match line.char_indices().nth(LINE_CHARS_MAX) {
            None => line.to_owned(),
            Some((end, _)) => {
                let more = line[end..].chars().count();
                format!("{} ... ({more} more characters)", &line[..end])
            }
        });
    lines.collect::<Vec<_>>().join("\n")
}

fn is_deceptive(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_peoples_text_does_not_steer_the_terminal() {
        assert_eq!(
            tame("a\u{1b}[2J\r\u{202e}b\tc\nd é\u{9b}", true),
            "a\\u{1b}[2J\\u{d}\\u{202e}b\tc\nd é\\u{9b}"
        );
    }

    #[test]
    fn own_colours_stay_only_where_they_are_wanted() {
        let red = "\u{1b}[31mred\u{1b}[0m";
        assert_eq!(tame(red, true), red);
        assert_eq!(tame(red, false), "\\u{1b}[31mred\\u{1b}[0m");
    }

    #[test]
    fn a_json_document_says_the_same_in_harmless_characters() {
        let value = serde_json::json!({ "a": "x\u{1b}\u{202e}\u{9b}é" });
        let document = json(&format!("{value:#}"));
        assert!(document.contains("\\u202e\\u009bé"));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&document).ok(),
            Some(value)
        );
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        let long = format!("short\n{}", "é".repeat(2007));
        let cut = cut(&long);
        assert!(cut.starts_with("short\né"));
        assert!(cut.ends_with("é ... (7 more characters)"));
    }
}
