//! What differs from run to run in a transcript, beyond what a world knows.

use std::collections::BTreeSet;

/// Digests that are not in `known` hang on the registry's port or the time; so do spans of time
/// and the name of whoever runs the test.
pub(crate) fn normalise(text: &str, known: &BTreeSet<String>) -> String {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut line = log_keys(&digests(line, known));
        line = between(&line, "claimed by ", ")", "USER");
        line = between(&line, "\"os_user\": \"", "\"", "USER");
        line = between(&line, "\"checkpoint\": \"", "\",", "CHECKPOINT");
        line = between(&line, "\"proof\": \"", "\",", "PROOF");
        line = between(&line, "\"soaked_seconds\": ", ",", "SECONDS");
        line = between(&line, "opens ", " in UTC", "DAY");
        line = between(&line, "open until ", " in UTC", "DAY");
        line = spans(&line);
        line = carried(&line);
        lines.push(line);
    }
    lines.join("\n")
}

/// What is told of an archive that another registry's images are in: its port, and sizes that hang
/// on it and on times.
fn carried(line: &str) -> String {
    let told = ["checked: every byte", "wrote ", "app is in "];
    if line.starts_with("  app 127.0.0.1:") {
        return between(line, "127.0.0.1:", "/", "PORT");
    }
    match told.iter().any(|start| line.starts_with(start)) {
        true => between(line, "(", ")", "SIZE"),
        false => line.to_owned(),
    }
}

/// A log is named after its key, and a key is random.
fn log_keys(line: &str) -> String {
    const NAME: &str = "liftlock/";
    if line.trim_start_matches("! ").starts_with("\u{2014} ") {
        return "\u{2014} LOG SIGNATURE".to_owned();
    }
    let mut parts = line.split(NAME);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hex = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        if hex != 16 {
            out.push_str(NAME);
            out.push_str(part);
            continue;
        }
        out.push_str("LOG");
        let rest = &part[hex..];
        let id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
        match rest.strip_prefix('+') {
            Some(key) => out.push_str(&format!("+KEY{}", key.trim_start_matches(id))),
            None => out.push_str(rest),
        }
    }
    out
}

fn digests(line: &str, known: &BTreeSet<String>) -> String {
    const HEX: usize = 64;
    let mut parts = line.split("sha256:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hex = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let digest = format!("sha256:{}", &part[..hex]);
        if hex == HEX && !known.contains(&digest) {
            out.push_str("sha256:OTHER");
        } else {
            out.push_str(&digest);
        }
        out.push_str(&part[hex..]);
    }
    out
}

/// Puts `word` between `start` and the next `end`, each time.
fn between(line: &str, start: &str, end: &str, word: &str) -> String {
    let mut parts = line.split(start);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(start);
        match part.find(end) {
            Some(at) => out.push_str(&format!("{word}{}", &part[at..])),
            None => out.push_str(part),
        }
    }
    out
}

/// `3s ago` and `after 3s` say how fast the machine is; so does the width of their column.
fn spans(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let mut out: Vec<String> = Vec::new();
    let mut column = line.starts_with("ENVIRONMENT");
    for (n, word) in words.iter().enumerate() {
        let ago = words.get(n + 1) == Some(&"ago");
        let after = n > 0 && words[n - 1] == "after";
        if (ago || after) && is_span(word) {
            column |= ago;
            out.push("SPAN".to_owned());
        } else {
            out.push((*word).to_owned());
        }
    }
    let mut line = out.join(" ");
    while column && line.contains("   ") {
        line = line.replace("   ", "  ");
    }
    line
}

fn is_span(word: &str) -> bool {
    let digits = word.trim_end_matches(['s', 'm', 'h', 'd']);
    word.len() == digits.len() + 1 && digits.bytes().all(|byte| byte.is_ascii_digit())
}
