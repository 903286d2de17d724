//! Words that want to be more than words.

use crate::sample::{SHOP, shop_with_release};
use crate::scenario::{LIFTLOCK, Scenario};

const ESCAPES: &str = "a\u{1b}[31mred\u{1b}]0;title\u{7}\r\nb";
const BIDI: &str = "safe\u{202e}exe.fdp";
const SHELL: &str = "$(touch pwned); `touch pwned` && touch pwned #'\"";

#[test]
fn hostile_words_are_refused_and_shown_harmlessly() {
    let mut s = shop_with_release();
    let reference = s.world.reference("shop/api", "build-1");
    let create = ["release", "create", "2.0.0", &reference, "--as", "ci"];
    let revoke = ["evidence", "revoke", "e1", "--reason"];
    s.quietly(&[
        "evidence",
        "add",
        "1.0.0",
        "unit-tests",
        "--pass",
        "--as",
        "ci",
    ]);
    let long = "x".repeat(100_000);
    for text in [ESCAPES, BIDI, &long] {
        for option in ["--version", "--build", "--commit", "--url", "--author"] {
            s.refused(2, &[&create[..], &[option, text]].concat());
        }
        s.refused(
            2,
            &[&create[..], &["--label", &format!("key={text}")]].concat(),
        );
        s.refused(
            2,
            &[&create[..], &["--label", &format!("{text}=value")]].concat(),
        );
        s.refused(2, &["release", "create", text, &reference]);
        s.refused(2, &["release", "create", "2.0.0", text]);
        s.refused(2, &["promote", text, "--to", "staging"]);
        s.refused(2, &["promote", "1.0.0", "--to", text]);
        s.refused(2, &["tick", "--as", text]);
        s.refused(2, &[&revoke[..], &[text]].concat());
        s.json(2, &["tick", "--as", text]);
        s.json(2, &["promote", text, "--to", "staging"]);
    }
    for who in ["", "a b", "user:alice", "../x", "-"] {
        s.refused(2, &["tick", &format!("--as={who}")]);
    }
    s.refused(
        2,
        &[&create[..], &["--url", "javascript:alert(1)"]].concat(),
    );
    s.refused(2, &[&create[..], &["--label", "key"]].concat());
    s.refused(
        2,
        &[&create[..], &["--label", "k=1", "--label", "k=2"]].concat(),
    );
    s.refused(2, &[&revoke[..], &[" "]].concat());
    s.end("hostile_text");
}

#[test]
fn a_long_note_is_refused() {
    let s = shop_with_release();
    // The system itself limits one argument to 128 KiB.
    let note = "x".repeat(100_000);
    let add = [
        "evidence",
        "add",
        "1.0.0",
        "unit-tests",
        "--pass",
        "--note",
        &note,
    ];
    let output = s.world.run(LIFTLOCK, &add);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.stderr.len() < 500, "{output:?}");
}

#[test]
fn shell_words_are_only_words() {
    let s = Scenario::new();
    s.world.write_programs();
    s.world.write_program(
        "deploy.sh",
        "#!/bin/sh\nenv | grep '^LIFTLOCK_' | sort > seen\necho 'went \u{1b}[2J\u{202e}well'\n",
    );
    s.world.write_pipeline(&SHOP.replace("gates: none", "gates: none\n    deploy: { command: [./deploy.sh, \"$(touch pwned)\"], within: 30s }\n    rollback: none"));
    s.world.push("shop/api", "build-1", "one");
    let reference = s.world.reference("shop/api", "build-1");
    let create = ["release", "create", "1.0.0", &reference, "--as", "ci"];
    let about = [
        "--version",
        SHELL,
        "--label",
        "k=$(touch pwned)",
        "--commit",
        SHELL,
    ];
    s.quietly(&[&create[..], &about].concat());
    let promoted = s.quietly(&["promote", "1.0.0", "--to", "development", "--as", "ci"]);
    let shown = s.quietly(&["history", "--json"]);
    let board = s.quietly(&["release", "show", "1.0.0"]);
    assert!(board.stdout.contains(SHELL));
    for output in [promoted, shown, board] {
        let raw = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!output.stdout.contains(raw), "{output:?}");
        assert!(!output.stderr.contains(raw), "{output:?}");
    }
    assert!(s.world.folder().join("seen").exists());
    assert!(!s.world.folder().join("pwned").exists());
}
