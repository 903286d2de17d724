//! Making outputs comparable: what differs from run to run becomes a word.

use std::path::Path;

/// `address` becomes `REGISTRY`, `folder` `FOLDER`, instants (RFC 3339, in UTC) `TIME`, and root
/// hashes of the ledger (base64 of 32 bytes) `ROOT`. Durations,
/// ids and digests of images stay.
pub fn normalise(text: &str, address: &str, folder: &Path) -> String {
    let text = text
        .replace(&folder.display().to_string(), "FOLDER")
        .replace(address, "REGISTRY");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut boundary = true;
    while let Some(next) = rest.chars().next() {
        let found = boundary
            .then(|| instant(rest).or_else(|| root(rest)))
            .flatten();
        match found {
            Some((length, word)) => {
                out.push_str(word);
                rest = &rest[length..];
                boundary = false;
            }
            None => {
                out.push(next);
                rest = &rest[next.len_utf8()..];
                boundary = !is_of_word(next);
            }
        }
    }
    out
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | ':' | '-')
}

/// The length of an instant at the start: `2026-01-31T12:00:00Z`, with or without a fraction.
fn instant(text: &str) -> Option<(usize, &'static str)> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let bytes = text.as_bytes();
    let start = bytes.get(..SHAPE.len())?;
    let alike = |(byte, shape): (&u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        shape => byte == shape,
    };
    if !start.iter().zip(SHAPE).all(alike) {
        return None;
    }
    let mut length = SHAPE.len();
    if bytes.get(length) == Some(&b'.') {
        let fraction = bytes[length + 1..].iter();
        length += 1 + fraction.take_while(|byte| byte.is_ascii_digit()).count();
    }
    (bytes.get(length) == Some(&b'Z')).then_some((length + 1, "TIME"))
}

/// The length of a root hash at the start: base64 of 32 bytes (C2SP tlog-checkpoint).
fn root(text: &str) -> Option<(usize, &'static str)> {
    const BASE64: usize = 44;
    let bytes = text.as_bytes();
    let (padding, start) = bytes.get(..BASE64)?.split_last()?;
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let ends = bytes
        .get(BASE64)
        .is_none_or(|byte| !is_of_word(char::from(*byte)) || *byte == b':');
    (*padding == b'=' && ends && start.iter().all(base64)).then_some((BASE64, "ROOT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        normalise(text, "127.0.0.1:5001", Path::new("/tmp/x/work"))
    }

    #[test]
    fn what_differs_from_run_to_run_becomes_a_word() {
        assert_eq!(
            of("/tmp/x/work/a 127.0.0.1:5001/b:c"),
            "FOLDER/a REGISTRY/b:c"
        );
        assert_eq!(
            of("at 2026-01-31T12:00:00Z, \"2026-01-31T12:00:00.123456Z\""),
            "at TIME, \"TIME\""
        );
        assert_eq!(
            of("root Vgfxu02Ycra2Ik76MM6qhpweTYqLpJOyJFXOFyJZVzA=: é\n"),
            "root ROOT: é\n"
        );
    }

    #[test]
    fn what_is_the_same_in_each_run_stays() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        for text in [
            &digest,
            "x2026-01-31T12:00:00Z",
            "2026-01-31",
            "1.0.0",
            "é=",
        ] {
            assert_eq!(of(text), *text);
        }
    }
}
