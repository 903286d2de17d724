//! Help, completions and man pages.

use crate::scenario::{LIFTLOCK, Scenario, document};

const COMMANDS: &[&str] = &[
    "",
    "try",
    "init",
    "policy",
    "policy check",
    "policy diff",
    "policy apply",
    "policy show",
    "policy schema",
    "release",
    "release create",
    "release list",
    "release show",
    "evidence",
    "evidence add",
    "evidence list",
    "evidence revoke",
    "plan",
    "promote",
    "approve",
    "reject",
    "withdraw",
    "cancel",
    "rollback",
    "freeze",
    "unfreeze",
    "override",
    "override request",
    "override confirm",
    "override review",
    "override list",
    "hold",
    "resume",
    "incident",
    "incident open",
    "incident resolve",
    "webhook",
    "webhook list",
    "webhook dead",
    "webhook resend",
    "webhook drop",
    "tick",
    "drift",
    "watch",
    "status",
    "history",
    "verify",
    "log",
    "log checkpoint",
    "log key",
    "log prove",
    "log publish",
    "log verify",
    "log verify-proof",
    "log export",
    "bundle",
    "bundle export",
    "bundle import",
    "bundle show",
    "key",
    "key generate",
    "key show",
    "key import",
    "key rotate",
    "image",
    "image copy",
    "image tag",
    "image inspect",
    "image list",
    "image verify",
    "image attest",
    "image attestations",
    "registry",
    "registry serve",
    "serve",
    "setup",
    "login",
    "logout",
    "token",
    "token create",
    "token list",
    "token revoke",
    "state",
    "state export",
    "state import",
    "completions",
    "man",
];

#[test]
fn every_command_has_a_help_with_an_example() {
    let mut s = Scenario::new();
    for command in COMMANDS {
        let words: Vec<&str> = command.split_whitespace().collect();
        // Short: the long form says the same with more room.
        let output = s.ends(0, &[&words[..], &["-h"]].concat());
        let example = [
            "\nExample:\n  liftlock ",
            "\nExamples:\n  liftlock ",
            "Start with `liftlock",
        ];
        let has = |text: &str| example.iter().any(|example| text.contains(example));
        assert!(has(&output.stdout), "{command} has no example");
        let long = s.quietly(&[&words[..], &["--help"]].concat());
        assert!(has(&long.stdout), "{command} has no example");
    }
    s.end("help");
}

#[test]
fn no_command_is_missing_here() {
    let s = Scenario::new();
    for command in COMMANDS {
        let words: Vec<&str> = command.split_whitespace().collect();
        let help = s.quietly(&[&words[..], &["-h"]].concat()).stdout;
        let below = help.split("Commands:\n").nth(1).unwrap_or_default();
        let below = below.lines().take_while(|line| !line.is_empty());
        let names = below.filter(|line| !line.starts_with("    "));
        let names = names.filter_map(|line| line.split_whitespace().next());
        for name in names.filter(|name| *name != "help") {
            let path = format!("{command} {name}");
            assert!(COMMANDS.contains(&path.trim()), "{path}");
        }
    }
}

#[test]
fn completions_and_man_pages_are_made() {
    let s = Scenario::new();
    for shell in ["bash", "zsh", "fish"] {
        let output = s.quietly(&["completions", shell]);
        assert!(output.stdout.contains("promote"), "{shell}");
        let words = ["completions", shell, "--json"];
        let output = s.world.run(LIFTLOCK, &words);
        let document = document(0, &words, &output);
        assert!(
            document["result"]["script"]
                .as_str()
                .is_some_and(|t| t.contains("promote"))
        );
    }
    s.quietly(&["man", "pages/man1"]);
    let pages = s.world.folder().join("pages/man1");
    for (page, example) in [
        ("liftlock.1", "liftlock try"),
        ("liftlock-promote.1", "liftlock promote 1.4.2"),
        ("liftlock-evidence-add.1", "liftlock evidence add 1.4.2"),
    ] {
        let text = std::fs::read_to_string(pages.join(page)).expect(page);
        assert!(
            text.contains(".TH") && text.contains(example),
            "{page}: {text}"
        );
    }
}
