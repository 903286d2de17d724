//! Rust source without what is not code, so that a word in a comment or a message is no finding.
//!
//! Every byte that is taken out becomes a space, and line ends stay: places in the result are
//! places in the source.

/// The source with the insides of comments, strings and characters blank.
pub(crate) fn code_only(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => comment_end(bytes, at),
            b'r' if !in_word(bytes, at) => raw_string_end(bytes, at).unwrap_or(at),
            b'"' => quoted_end(bytes, at, b'"'),
            b'\'' => character_end(source, at).unwrap_or(at),
            _ => at,
        };
        blank(&mut out, at, end);
        at = end.max(at + 1);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What is left of [`code_only`]'s result without its `#[cfg(test)]` items, and the names of test
/// modules that are files of their own.
pub(crate) fn without_tests(code: &str) -> (String, Vec<String>) {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.as_bytes().to_vec();
    let mut modules = Vec::new();
    let mut from = 0;
    while let Some(found) = code[from..].find(MARK) {
        let start = from + found;
        let body = start + MARK.len();
        let stop = code[body..]
            .find(['{', ';'])
            .map_or(code.len(), |n| body + n);
        let end = if code[stop..].starts_with('{') {
            block_end(code.as_bytes(), stop)
        } else {
            modules.extend(module_name(&code[body..stop]));
            stop
        };
        blank(&mut out, start, end);
        from = end.max(body);
    }
    (String::from_utf8_lossy(&out).into_owned(), modules)
}

/// The line of a byte offset, counted from 1.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// Offsets at which `word` stands, and no longer word around it.
pub(crate) fn word_offsets<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            let bytes = code.as_bytes();
            let next = bytes.get(at + word.len()).copied();
            let open_end = !word.ends_with(|c: char| c.is_alphanumeric());
            !in_word(bytes, *at) && (open_end || !next.is_some_and(is_word))
        })
}

fn blank(out: &mut [u8], start: usize, end: usize) {
    for byte in &mut out[start..end] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether `at` continues a word. The prefixes of byte and C strings are no word.
fn in_word(bytes: &[u8], at: usize) -> bool {
    let before = |distance: usize| at.checked_sub(distance).map(|n| bytes[n]);
    match before(1) {
        Some(b'b' | b'c') if bytes[at] == b'r' => before(2).is_some_and(is_word),
        other => other.is_some_and(is_word),
    }
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes[at..].iter().position(|byte| *byte == b'\n');
    rest.map_or(bytes.len(), |n| at + n)
}

fn comment_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn raw_string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let hashes = bytes[start + 1..]
        .iter()
        .take_while(|b| **b == b'#')
        .count();
    let open = start + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    let found = bytes[open + 1..]
        .windows(close.len())
        .position(|window| window == close);
    Some(found.map_or(bytes.len(), |n| open + 1 + n + close.len()))
}

fn quoted_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of a character literal; none for a lifetime.
fn character_end(source: &str, start: usize) -> Option<usize> {
    let inside = source[start + 1..].chars().next()?;
    if inside == '\\' {
        return Some(quoted_end(source.as_bytes(), start, b'\''));
    }
    let close = start + 1 + inside.len_utf8();
    source[close..].starts_with('\'').then_some(close + 1)
}

fn block_end(code: &[u8], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.iter().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// `tests` in `pub(crate) mod tests`.
fn module_name(item: &str) -> Option<String> {
    let mut words = item.split_whitespace();
    words.find(|word| *word == "mod")?;
    words.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_out_comments_strings_and_characters_alone() {
        let check = |source: &str, expected: &str| {
            let code = code_only(source);
            assert_eq!(code.len(), source.len());
            let words: Vec<_> = code.split_whitespace().collect();
            assert_eq!(words.join(" "), expected, "{source}");
        };
        check("a // b\nc", "a c");
        check("a /* b /* c */ d */ e", "a e");
        check(r#"f("x\"y") g"#, "f( ) g");
        check("r#\"a\"b\"# c br\"d\" r#type", "c b r#type");
        check(r"x('\'', '{', b'\\', 'ä') y", "x( , , b , ) y");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
        check("\"open", "");
    }

    #[test]
    fn takes_out_test_items() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { { } } }\nfn c() {}\n\
                      #[cfg(test)]\npub(crate) mod fixtures;\nfn d() {}";
        let (code, modules) = without_tests(source);
        assert!(code.contains("fn a") && code.contains("fn c") && code.contains("fn d"));
        assert!(!code.contains("fn b"));
        assert_eq!(modules, ["fixtures"]);
        assert_eq!(line_at(&code, code.find("fn d").unwrap()), 7);
    }

    #[test]
    fn finds_whole_words() {
        let offsets = |code, word| word_offsets(code, word).collect::<Vec<_>>();
        assert_eq!(offsets("my_dbg!(1); dbg!(2)", "dbg!"), [12]);
        assert_eq!(offsets("std::fs_x; std::fs::read", "std::fs"), [11]);
    }
}
