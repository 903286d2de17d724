//! Files that are refused: where, and with which words.

use liftlock_core::Policy;
use liftlock_pipeline_file::{
    DEPTH_MAX, DIAGNOSTICS_MAX, Diagnostic, ENTRIES_MAX, FILE_BYTES_MAX, Source, TEXT_BYTES_MAX,
    parse,
};

const BASE: &str = include_str!("files/base.yaml");
const CASES: &str = include_str!("files/bad.txt");

fn read(text: &[u8]) -> Result<Policy, Vec<Diagnostic>> {
    let read_file = |path: &str| match path {
        "missing.yml" => Err("not found".to_owned()),
        "large.yml" => Ok(vec![0; FILE_BYTES_MAX + 1]),
        _ => Ok(Vec::new()),
    };
    let name = "f";
    parse(&Source { name, text }, &read_file)
}

/// The first line of each diagnostic, without the file's name.
fn messages(text: &[u8]) -> Vec<String> {
    let first = |diagnostic: &Diagnostic| {
        let text = diagnostic.to_string();
        text.lines().next().unwrap_or_default()["f:".len()..].to_owned()
    };
    match read(text) {
        Ok(_) => Vec::new(),
        Err(diagnostics) => diagnostics.iter().map(first).collect(),
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("\\n", "\n").replace("\\t", "\t");
    text.replace("<202e>", "\u{202e}")
        .replace("<nothing>", "")
        .replace("<base>", BASE)
}

#[test]
fn each_bad_file_is_refused_at_its_place() {
    let mut count = 0;
    for case in CASES.split("\n= ").skip(1) {
        let mut text = BASE.to_owned();
        let mut from = String::new();
        let mut expected = Vec::new();
        for line in case.lines().skip(1) {
            match line.split_at_checked(2) {
                Some(("- ", rest)) => from = unescaped(rest),
                Some(("+ ", rest)) => {
                    assert!(text.contains(&from), "{case}");
                    text = text.replacen(&from, &unescaped(rest), 1);
                }
                Some(("| ", rest)) => text = unescaped(rest),
                Some(("> ", rest)) => expected.push(rest),
                _ => assert_eq!(line, "", "{case}"),
            }
        }
        assert!(!expected.is_empty(), "{case}");
        assert_eq!(messages(text.as_bytes()), expected, "{case}");
        count += 1;
    }
    assert!(count > 100, "{count}");
}

#[test]
fn the_base_of_the_bad_files_is_good() {
    assert_eq!(messages(BASE.as_bytes()), [""; 0]);
}

#[test]
fn sizes_have_limits() {
    let large = format!("{BASE}#{}", "x".repeat(TEXT_BYTES_MAX));
    assert_eq!(
        messages(large.as_bytes()),
        [format!(
            "1:1: the file has {} bytes; the limit is 262144 (256 KiB)",
            large.len()
        )]
    );
    let full = format!("{BASE}#{}", "x".repeat(TEXT_BYTES_MAX - BASE.len() - 1));
    assert!(read(full.as_bytes()).is_ok());
    for deep in [
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "{a: ".repeat(60_000),
    ] {
        let found = messages(deep.as_bytes());
        let nested = format!("nested deeper than {DEPTH_MAX} levels");
        assert!(found.len() == 1 && found[0].ends_with(&nested), "{found:?}");
    }
    let many = "a,".repeat(ENTRIES_MAX + 1);
    let many = BASE.replace("[dana]", &format!("[{many}]"));
    let expected = format!("4:9: more than {ENTRIES_MAX} entries in one mapping or list");
    assert_eq!(messages(many.as_bytes()), [expected]);
}

#[test]
fn the_first_problems_are_shown_by_position() {
    let keys: String = (0..900).map(|n| format!("k{n}: 1\n")).collect();
    let found = read(format!("{BASE}{keys}").as_bytes()).unwrap_err();
    assert_eq!(found.len(), DIAGNOSTICS_MAX);
    let lines: Vec<usize> = found.iter().map(|diagnostic| diagnostic.line).collect();
    assert_eq!(lines, (20..20 + DIAGNOSTICS_MAX).collect::<Vec<_>>());
}

#[test]
fn text_that_is_not_utf_8_has_a_place() {
    let text = b"version: 1\npipeline: \xc3\xa4\xff\n";
    assert_eq!(
        messages(text),
        ["2:12: the file is not UTF-8 here; save it as UTF-8"]
    );
    assert_eq!(messages(b"v\0e: 1\n").len(), 1);
}

#[test]
fn a_diagnostic_shows_the_line_and_a_caret() {
    let text = BASE.replace("    gates:\n      unit", "    gate:\n      unit");
    let found = read(text.as_bytes()).unwrap_err();
    assert_eq!(
        found[0].to_string(),
        "f:10:5: unknown key `gate`; did you mean `gates`?\n      gate:\n      ^"
    );
    let hostile = BASE.replace("api: reg", "\"\u{202e}\": x, API: reg");
    let found = read(hostile.as_bytes()).unwrap_err();
    let shown = found[1].to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines[1].contains("{ \"\\u{202e}\": x, API: registry"),
        "{shown}"
    );
    assert_eq!(lines[1].find("API"), lines[2].find('^'));
    assert!(!shown.contains('\u{202e}'));
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let text = BASE.replace("[dana]", &format!("[dana, {} , a b]", "x, ".repeat(300)));
    let found = read(text.as_bytes()).unwrap_err();
    let last = found.last().unwrap().snippet.clone().unwrap();
    let lines: Vec<&str> = last.lines().collect();
    assert!(lines[0].chars().count() <= 100, "{last}");
    assert!(
        found
            .iter()
            .all(|d| d.snippet.as_ref().unwrap().len() < 250)
    );
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let text = BASE.replace("https://", "https://me:hunter2@");
    let found = read(text.as_bytes()).unwrap_err();
    assert!(
        found
            .iter()
            .all(|diagnostic| !diagnostic.to_string().contains("hunter2"))
    );
    assert_eq!((found.len(), found[0].line), (1, 13));
}
