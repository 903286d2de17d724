//! As much Markdown as links and headings need: GitHub's flavour, without indented code blocks
//! and underlined headings, which the documents do not use.

use std::collections::{BTreeSet, HashMap};

/// A link's target, as written, and its line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) line: usize,
    pub(super) target: String,
}

/// Targets of inline links, images, definitions and HTML attributes, outside code.
pub(super) fn links(text: &str) -> Vec<Link> {
    const STARTS: [&str; 3] = ["](", "href=\"", "src=\""];
    let text = without_code_spans(&without_code_blocks(text));
    let mut links = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut targets: Vec<&str> = STARTS
            .iter()
            .flat_map(|start| {
                line.match_indices(start)
                    .map(|(at, found)| &line[at + found.len()..])
            })
            .map(target)
            .collect();
        targets.extend(definition(line));
        links.extend(targets.into_iter().map(|target| Link {
            line: index + 1,
            target: target.to_owned(),
        }));
    }
    links
}

/// What can stand after `#`: headings as GitHub names them, and HTML ids.
pub(super) fn anchors(text: &str) -> BTreeSet<String> {
    let text = without_code_blocks(text);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        for attribute in ["id=\"", "name=\""] {
            let ids = line.split(attribute).skip(1);
            anchors.extend(ids.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
        let Some(name) = heading(line).map(slug) else {
            continue;
        };
        let count = seen.entry(name.clone()).or_insert(0);
        anchors.insert(match *count {
            0 => name,
            n => format!("{name}-{n}"),
        });
        *count += 1;
    }
    anchors
}

/// The target that begins here, up to its parenthesis, title or quote.
fn target(rest: &str) -> &str {
    let rest = rest.trim_start();
    if let Some(inside) = rest.strip_prefix('<') {
        return inside.split('>').next().unwrap_or_default();
    }
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return &rest[..at],
            ')' => depth -= 1,
            '"' => return &rest[..at],
            c if c.is_whitespace() => return &rest[..at],
            _ => {}
        }
    }
    rest
}

/// The target of `[label]: target`. A footnote is none.
fn definition(line: &str) -> Option<&str> {
    let (label, rest) = line.trim_start().strip_prefix('[')?.split_once("]:")?;
    (!label.contains(']') && !label.starts_with('^')).then(|| target(rest))
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    let text = rest.strip_prefix(' ')?;
    (1..=6)
        .contains(&level)
        .then(|| text.trim().trim_end_matches('#').trim_end())
}

/// A heading's anchor: lower case, spaces as `-`, and no other punctuation than `-` and `_`.
fn slug(heading: &str) -> String {
    let mut shown = String::new();
    let mut rest = heading;
    // Of a link, its text is shown.
    while let Some((before, after)) = rest.split_once("](") {
        shown.push_str(before);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    shown.push_str(rest);
    shown
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// The text with fenced blocks empty; lines stay where they are.
fn without_code_blocks(text: &str) -> String {
    let mut fence: Option<String> = None;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mark = fence_of(line);
        match (&fence, mark) {
            (None, None) => out.push_str(line),
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), mark) => {
                let only_marks = mark.is_some_and(|mark| mark == line.trim());
                if only_marks && line.trim().starts_with(open.as_str()) {
                    fence = None;
                }
            }
        }
        out.push('\n');
    }
    out
}

/// The backticks or tildes that open or close a block.
fn fence_of(line: &str) -> Option<String> {
    let line = line.trim_start();
    let mark = line.chars().next().filter(|c| ['`', '~'].contains(c))?;
    let fence: String = line.chars().take_while(|c| *c == mark).collect();
    let info = &line[fence.len()..];
    (fence.len() >= 3 && !info.contains('`')).then_some(fence)
}

/// The text with code spans blank, also those that go over a line end; none goes over an empty
/// line.
fn without_code_spans(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let ticks = run(&rest[start..]);
        let inside = &rest[start + ticks..];
        out.push_str(&rest[..start + ticks]);
        let Some(length) = span_length(inside, ticks) else {
            rest = inside;
            continue;
        };
        out.extend(
            inside[..length]
                .chars()
                .map(|c| if c == '\n' { c } else { ' ' }),
        );
        out.push_str(&inside[length..length + ticks]);
        rest = &inside[length + ticks..];
    }
    out.push_str(rest);
    out
}

/// How far it is to the run of just as many backticks.
fn span_length(inside: &str, ticks: usize) -> Option<usize> {
    let limit = inside.find("\n\n").unwrap_or(inside.len());
    let mut at = 0;
    while let Some(found) = inside[at..limit].find('`') {
        at += found;
        let length = run(&inside[at..]);
        if length == ticks {
            return Some(at);
        }
        at += length;
    }
    None
}

fn run(text: &str) -> usize {
    text.bytes().take_while(|byte| *byte == b'`').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_targets_and_their_lines() {
        let check = |text: &str, expected: &[(usize, &str)]| {
            let links = links(text);
            let found: Vec<_> = links.iter().map(|l| (l.line, l.target.as_str())).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("a\n[b\nc](d.md)", &[(3, "d.md")]);
        check(
            "[a](b.md \"Title\") [c](d(e).md)",
            &[(1, "b.md"), (1, "d(e).md")],
        );
        check("[a](<b c.md>)", &[(1, "b c.md")]);
        check("[a]: b.md\n[^1]: note", &[(1, "b.md")]);
        check("<a href=\"b.md\">", &[(1, "b.md")]);
        check("``a ` [b](c)`` [d](e)", &[(1, "e")]);
        check("`a\n[b](c)` [d](e)", &[(2, "e")]);
        check("a ` b\n\n[c](d) `", &[(3, "d")]);
        check("~~~\n```\n[a](b)\n~~~\n[c](d)", &[(5, "d")]);
        check("````\n```\n[a](b)\n````\n[c](d)", &[(5, "d")]);
    }

    #[test]
    fn names_headings_as_github_does() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<_> = anchors(text).into_iter().collect();
            assert_eq!(found, expected, "{text}");
        };
        check("# What it does", &["what-it-does"]);
        check("## `liftlock try [--exit]`", &["liftlock-try---exit"]);
        check("# A\n# A\n# A", &["a", "a-1", "a-2"]);
        check("## [Name](x.md), and more ##", &["name-and-more"]);
        check("#not a heading\n```\n# nor this\n```", &[]);
        check("<a id=\"here\"></a>", &["here"]);
    }
}
