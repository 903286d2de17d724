//! Verification, drift, the ledger, and colours.

use std::fs;

use crate::sample::{shop_in_staging, to_production};
use crate::scenario::LIFTLOCK;

#[test]
fn what_was_promoted_is_verified_until_it_no_longer_stands() {
    let mut s = shop_in_staging();
    to_production(&s, "1.0.0");
    let production = s.world.reference("shop/api", "production");
    let verify = ["verify", &production, "--environment", "production"];
    s.ends(0, &verify);
    s.refused(2, &["verify", &production, "--environment", "prod"]);
    let other = s.push("shop/api", "other", "other").digest;
    let pinned = production.replace(":production", &format!("@{other}"));
    s.ends(3, &["verify", &pinned, "--environment", "production"]);
    s.refused(
        1,
        &[
            "verify",
            &s.world.reference("shop/api", "none"),
            "--environment",
            "staging",
        ],
    );
    let revoke = [
        "evidence",
        "revoke",
        "e1",
        "--reason",
        "the run used another image",
    ];
    s.ends(0, &[&revoke[..], &["--dry-run"]].concat());
    s.ends(0, &revoke);
    s.refused(3, &revoke);
    s.refused(2, &["evidence", "revoke", "e77", "--reason", "x"]);
    s.ends(3, &["verify", &production, "--environment", "staging"]);
    s.ends(0, &["verify", &production, "--environment", "production"]);
    s.ends(0, &["status"]);
    s.ends(0, &["release", "show", "1.0.0"]);
    s.ends(3, &["plan", "1.0.0", "--to", "production"]);
    s.end("verify");
}

#[test]
fn drift_is_told_apart_and_put_right() {
    let mut s = shop_in_staging();
    let other = s.push("shop/api", "other", "other").digest;
    s.world.registry().move_tag("shop/api", "staging", other);
    let again = ["promote", "1.0.0", "--to", "staging", "--as", "ci"];
    s.ends(5, &again);
    s.json(5, &again);
    s.ends(0, &[&again[..], &["--again", "--quiet"]].concat());
    s.ends(0, &again);
    s.end("drift");
}

#[test]
fn a_ledger_is_held_against_its_checkpoint() {
    let mut s = shop_in_staging();
    let checkpoint = s.quietly(&["log", "checkpoint"]).stdout;
    s.world.write("checkpoint.txt", &checkpoint);
    s.ends(0, &["log", "checkpoint"]);
    s.ends(0, &["log", "verify"]);
    s.quietly(&["evidence", "revoke", "e1", "--reason", "x", "--as", "ci"]);
    s.ends(0, &["log", "verify", "--from", "checkpoint.txt"]);
    s.ends(0, &["log", "export", "exported"]);
    s.ends(
        0,
        &["log", "verify", "exported", "--from", "checkpoint.txt"],
    );
    let key = s.quietly(&["log", "key"]).stdout;
    s.world.write("log-key.txt", &key);
    s.ends(0, &["log", "key"]);
    s.ends(
        0,
        &[
            "log",
            "verify",
            "exported",
            "--from",
            "checkpoint.txt",
            "--log-key",
            "log-key.txt",
        ],
    );
    s.json(
        0,
        &[
            "log",
            "verify",
            "exported",
            "--from",
            "checkpoint.txt",
            "--log-key",
            "log-key.txt",
        ],
    );
    s.ends(0, &["log", "verify", "exported", "--report"]);
    s.ends(0, &["log", "verify", "exported", "--tree-only"]);
    let lines: Vec<&str> = checkpoint.lines().collect();
    // As they were saved before logs had keys.
    let unsigned = format!("liftlock/state\n{}\n{}\n", lines[1], lines[2]);
    s.world.write("unsigned.txt", &unsigned);
    s.ends(0, &["log", "verify", "--from", "unsigned.txt"]);
    let strange = "example.org/log+ce62d4a0+AVb7p0EaY1PnuKTsvHRP1oM0oaHEZcRHtIpqmxCKjSn6";
    s.refused(2, &["log", "verify", "--log-key", strange]);
    s.world
        .write("changed.txt", &checkpoint.replace("\n27\n", "\n26\n"));
    s.refused(5, &["log", "verify", "--from", "changed.txt"]);
    s.refused(2, &["log", "key", "--name", "example.org/shop"]);
    let root = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";
    s.world.write(
        "other.txt",
        &format!("{}\n{}\n{root}\n", lines[0], lines[1]),
    );
    s.refused(5, &["log", "verify", "--from", "other.txt"]);
    s.json(5, &["log", "verify", "--from", "other.txt"]);
    s.refused(2, &["log", "verify", "--from", "junit.xml"]);
    s.refused(2, &["log", "verify", "--from", "nowhere.txt"]);
    let tile = s.world.folder().join("exported/tile/entries/000.p");
    let tile = fs::read_dir(tile)
        .expect("a tile")
        .next()
        .expect("one")
        .expect("one")
        .path();
    let mut bytes = fs::read(&tile).expect("a tile");
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    fs::write(&tile, bytes).expect("a changed tile");
    let output = s.world.run(LIFTLOCK, &["log", "verify", "exported"]);
    assert_eq!(output.code, 5, "{output:?}");
    s.refused(2, &["log", "verify", "nowhere"]);
    s.end("ledger");
}

#[test]
fn colours_are_only_where_they_are_wanted() {
    let s = shop_in_staging();
    let plan = ["plan", "1.0.0", "--to", "production"];
    let coloured = |output: &str| output.contains('\u{1b}');
    let run = |more: &[&str]| s.world.run(LIFTLOCK, &[&plan[..], more].concat()).stdout;
    assert!(coloured(&run(&["--color", "always"])));
    assert!(!coloured(&run(&["--color", "never"])));
    assert!(!coloured(&run(&[])), "a file is no terminal");
    assert!(!coloured(&run(&["--json", "--color", "always"])));
    let bare = ["-u", "NO_COLOR", LIFTLOCK];
    let output = s.world.run("env", &[&bare[..], &plan].concat());
    assert!(!coloured(&output.stdout), "a file is no terminal");
    assert_eq!(
        run(&["--color", "always"])
            .replace("\u{1b}[0m", "")
            .split('\u{1b}')
            .count(),
        1 + run(&["--color", "always"]).matches("\u{1b}[0m").count(),
        "each colour ends"
    );
}

#[test]
fn the_columns_of_the_board_stand_one_below_the_other() {
    let s = shop_in_staging();
    let board = s.quietly(&["status"]).stdout;
    let rows: Vec<&str> = board.lines().skip(1).take(4).collect();
    for heading in ["RELEASE", "DIGEST", "SINCE", "STANDING", "AWAITED"] {
        let at = rows[0].find(heading).expect(heading);
        for row in &rows[1..] {
            let (before, cell) = row.split_at(at);
            assert!(
                before.ends_with("  ") && !cell.starts_with(' '),
                "{heading}: {board}"
            );
        }
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let s = shop_in_staging();
    let line = format!("'{LIFTLOCK}' history --json > /dev/null; '{LIFTLOCK}' history | head -n 1");
    let output = s.world.run("sh", &["-c", &line]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_eq!(output.stdout.lines().count(), 1);
}
