//! Proof files: for those who have neither state nor network.

use std::fs;

use crate::sample::shop_in_staging;
use crate::scenario::LIFTLOCK;

#[test]
fn a_promotion_is_proven_to_someone_without_the_state() {
    let mut s = shop_in_staging();
    let key = s.quietly(&["log", "key"]).stdout;
    s.world.write("elsewhere/log-key.txt", &key);
    let proof = "elsewhere/staging.tlog-proof";
    let prove = ["log", "prove", "--release", "1.0.0", "--to", "staging"];
    s.ends(0, &[&prove[..], &["--out", proof]].concat());
    s.ends(
        0,
        &[&prove[..], &["--end", "--out", "elsewhere/end.tlog-proof"]].concat(),
    );
    s.json(0, &["log", "prove", "--promotion", "p2"]);
    let written = fs::read_to_string(s.world.folder().join(proof)).expect("a proof");
    let printed = s.quietly(&["log", "prove", "--promotion", "p2"]).stdout;
    assert_eq!(printed, written);
    let verify = [
        "log",
        "verify-proof",
        proof,
        "--log-key",
        "elsewhere/log-key.txt",
    ];
    s.ends(0, &verify);
    s.json(0, &verify);
    let end = "elsewhere/end.tlog-proof";
    s.ends(0, &["log", "verify-proof", end, "--log-key", key.trim()]);
    let changed = written.replacen("\nindex ", "\nindex 1", 1);
    s.world.write("elsewhere/changed.tlog-proof", &changed);
    let changed = "elsewhere/changed.tlog-proof";
    s.refused(
        5,
        &["log", "verify-proof", changed, "--log-key", key.trim()],
    );
    s.refused(
        5,
        &["log", "verify-proof", "junit.xml", "--log-key", key.trim()],
    );
    let other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    s.refused(5, &["log", "verify-proof", proof, "--log-key", other]);
    s.refused(
        2,
        &["log", "verify-proof", proof, "--log-key", "nowhere.txt"],
    );
    s.refused(2, &["log", "prove", "1000"]);
    s.refused(2, &["log", "prove", "--promotion", "p9"]);
    s.refused(
        2,
        &["log", "prove", "--release", "1.0.0", "--to", "production"],
    );
    s.end("proofs");
}

#[test]
fn a_state_from_before_there_were_keys_gets_one_when_it_is_written_to() {
    let mut s = shop_in_staging();
    let key = s.world.folder().join(".liftlock/log.key");
    fs::remove_file(&key).expect("a key");
    s.ends(0, &["log", "checkpoint"]);
    s.refused(1, &["log", "key"]);
    s.refused(1, &["log", "prove", "3"]);
    s.ends(
        0,
        &[
            "evidence", "revoke", "e1", "--reason", "x", "--as", "ci", "-n",
        ],
    );
    assert!(!key.exists(), "nothing is written by who only looks");
    s.ends(
        0,
        &["evidence", "revoke", "e1", "--reason", "x", "--as", "ci"],
    );
    s.ends(0, &["log", "checkpoint"]);
    let secret = fs::read_to_string(&key).expect("a key");
    fs::write(&key, &secret[..secret.len() - 4]).expect("written");
    let output = s.world.run(LIFTLOCK, &["log", "checkpoint"]);
    assert_eq!(output.code, 1);
    assert!(!output.stderr.contains(&secret[60..80]), "{output:?}");
    s.refused(1, &["log", "checkpoint"]);
    s.end("log_key");
}

#[test]
fn a_log_is_named_before_it_begins() {
    let mut s = crate::scenario::Scenario::new();
    let name = ["log", "key", "--name", "example.org/shop"];
    s.ends(0, &[&name[..], &["-n"]].concat());
    let output = s.quietly(&name).stdout;
    assert!(output.starts_with("example.org/shop+"), "{output}");
    assert_eq!(s.quietly(&["log", "key"]).stdout, output);
    s.refused(2, &["log", "key", "--name", "two words"]);
    s.ends(0, &[&name[..], &["-n"]].concat());
    s.end("log_name");
}
