//! What an edit changes, and what it leaves.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use liftlock_yaml_edit::{Edits, Yaml, YamlError};

const NEW: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const REFERENCE: &str = "r.example.com/shop/api@sha256:bb";

fn set(text: &str, path: &str, to: &str) -> Result<String, YamlError> {
    let yaml = Yaml::read(text)?;
    let mut edits = Edits::new(&yaml);
    edits.set(yaml.find(&path.parse().unwrap())?, to)?;
    edits.finish()
}

fn put(text: &str, path: &str, after: &[&str]) -> Result<String, YamlError> {
    let yaml = Yaml::read(text)?;
    let mut edits = Edits::new(&yaml);
    edits.put(yaml.find(&path.parse().unwrap())?, "digest", NEW, after)?;
    edits.finish()
}

#[test]
fn only_the_bytes_of_the_value_change() {
    for (before, path, after) in [
        ("a: old\n", "a", "a: NEW\n"),
        ("a: old", "a", "a: NEW"),
        (
            "# top\na:   old   # why\nb: 1\n",
            "a",
            "# top\na:   NEW   # why\nb: 1\n",
        ),
        ("a: 'old'\r\nb: \"x\"\r\n", "a", "a: 'NEW'\r\nb: \"x\"\r\n"),
        ("a: \"o\\x41ld\" # c\n", "a", "a: \"NEW\" # c\n"),
        ("a:\n  - old\n  - b\n", "a[0]", "a:\n  - NEW\n  - b\n"),
        ("a: { b: old, c: d }\n", "a.b", "a: { b: NEW, c: d }\n"),
        ("a: {b: old}", "a.b", "a: {b: NEW}"),
        (
            "{\"a\": {\"b\": \"old\"}}",
            "a.b",
            "{\"a\": {\"b\": \"NEW\"}}",
        ),
        ("a:\nb: 1\n", "a", "a: NEW\nb: 1\n"),
        (
            "a:   # none yet\nb: 1\n",
            "a",
            "a: NEW   # none yet\nb: 1\n",
        ),
        ("a: ~\n", "a", "a: NEW\n"),
        ("é: ü\na: old # ö\n", "a", "é: ü\na: NEW # ö\n"),
        (
            "x: 1\n---\n# second\na: old\n...\n",
            "a",
            "x: 1\n---\n# second\na: NEW\n...\n",
        ),
        (
            "c:\n- name: db\n  image: old\n- image: old\n  name: web\n",
            "c[name=web].image",
            "c:\n- name: db\n  image: old\n- image: NEW\n  name: web\n",
        ),
        (
            "m:\n  \"a.b/c\": old\n",
            "m.\"a.b/c\"",
            "m:\n  \"a.b/c\": NEW\n",
        ),
        ("a: old\n  and more\nb: 1\n", "a", "a: NEW\nb: 1\n"),
        (
            "base: &x { k: 1 }\na: old\nuse: *x\n",
            "a",
            "base: &x { k: 1 }\na: NEW\nuse: *x\n",
        ),
        ("\u{feff}a: old\n", "a", "\u{feff}a: NEW\n"),
    ] {
        for to in [NEW, REFERENCE] {
            let expected = after.replace("NEW", to);
            assert_eq!(set(before, path, to).as_deref(), Ok(&*expected), "{before}");
        }
        let after = after.replace("NEW", NEW);
        assert_eq!(set(&after, path, NEW).as_deref(), Ok(&*after), "again");
    }
}

#[test]
fn a_key_is_added_beside_another() {
    for (before, path, after) in [
        (
            "images:\n  - name: api\n    newTag: \"1.0\"  # by hand\n  - name: b\n",
            "images[0]",
            "images:\n  - name: api\n    newTag: \"1.0\"  # by hand\n    digest: NEW\n  - name: b\n",
        ),
        (
            "images:\n- name: api\n",
            "images[0]",
            "images:\n- name: api\n  digest: NEW\n",
        ),
        (
            "images:\n- name: api",
            "images[0]",
            "images:\n- name: api\n  digest: NEW",
        ),
        (
            "images:\r\n- newTag: v1\r\n  name: api\r\n",
            "images[0]",
            "images:\r\n- newTag: v1\r\n  digest: NEW\r\n  name: api\r\n",
        ),
        (
            "i: { name: a, newTag: b }\n",
            "i",
            "i: { name: a, newTag: b, digest: NEW }\n",
        ),
        (
            "{\"i\": {\"name\": \"a\"}}",
            "i",
            "{\"i\": {\"name\": \"a\", \"digest\": \"NEW\"}}",
        ),
        (
            "i:\n  name: a\n  list: [1]\n",
            "i",
            "i:\n  name: a\n  digest: NEW\n  list: [1]\n",
        ),
        (
            "i:\n  name: a\n  digest: ''\n",
            "i",
            "i:\n  name: a\n  digest: 'NEW'\n",
        ),
        (
            "i:\n  name: a\n  digest:\n",
            "i",
            "i:\n  name: a\n  digest: NEW\n",
        ),
    ] {
        let after = after.replace("NEW", NEW);
        assert_eq!(
            put(before, path, &["newTag", "name"]).as_deref(),
            Ok(&*after),
            "{before}"
        );
        assert_eq!(
            put(&after, path, &["newTag"]).as_deref(),
            Ok(&*after),
            "again"
        );
    }
}

#[test]
fn what_would_change_more_is_refused() {
    let check = |text: &str, path: &str, expected: &str| {
        let error = set(text, path, NEW).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    };
    check(
        "a: &x old\nb: *x\n",
        "a",
        "line 1: the value belongs to an anchor",
    );
    check(
        "a: &x old\nb: *x\n",
        "b",
        "line 2: the value belongs to an anchor",
    );
    check("a: &x { b: old }\nc: *x\n", "a.b", "anchor");
    check("a: |\n  old\n", "a", "in one line");
    check("a: [old]\n", "a", "a single value");
    check(
        "a: 1\nb: 2\na: 3\n",
        "a",
        "line 3: the key \"a\" is written twice",
    );
    check("a: 1\n---\na: 2\n", "a", "leads to 2 values");
    check("a: 1\n", "a.b", "nothing at a.b");
    check("a: 1\n", "a[0]", "nothing");
    check("a: 'b\n", "a", "line ");
    check("", "a", "nothing");
    let deep = format!("a: {}1{}", "[".repeat(70), "]".repeat(70));
    check(&deep, "a", "deeper than 64");
    check(
        &"#".repeat(1024 * 1024 + 1),
        "a",
        "larger than 1048576 bytes",
    );
    check(&"--- 1\n".repeat(1001), "a", "more than 1000 documents");
    let error = put("i:\n  l: [1]\n", "i", &[]).unwrap_err().to_string();
    assert!(
        error.contains("no single value to add \"digest\" after"),
        "{error}"
    );
    let error = set("a: 1\n", "a", "x: y # z").unwrap_err().to_string();
    assert!(error.contains("cannot be written"), "{error}");
}

#[test]
fn what_could_be_taken_for_something_else_gets_quotes() {
    for (to, expected) in [
        ("[::1]:5000/a", "a: \"[::1]:5000/a\"\n"),
        ("5000", "a: \"5000\"\n"),
        ("localhost:5000/a", "a: localhost:5000/a\n"),
        ("true", "a: \"true\"\n"),
    ] {
        assert_eq!(set("a: old\n", "a", to).unwrap(), expected);
    }
}

#[test]
fn several_edits_of_one_text() {
    let text = "images:\n- name: a\n  newTag: x\n- name: b\n  digest: old\n";
    let yaml = Yaml::read(text).unwrap();
    let mut edits = Edits::new(&yaml);
    for (path, key, to) in [
        ("images[1]", "digest", NEW),
        ("images[0]", "newName", "r.example.com/a"),
        ("images[0]", "digest", NEW),
    ] {
        let map = yaml.find(&path.parse().unwrap()).unwrap();
        edits.put(map, key, to, &["newTag"]).unwrap();
    }
    assert_eq!(
        edits.finish().unwrap(),
        format!(
            "images:\n- name: a\n  newTag: x\n  newName: r.example.com/a\n  digest: {NEW}\n- name: b\n  digest: {NEW}\n"
        )
    );
}
