//! Checkpoints are published where they continue what is published already.

use std::fs;

use crate::sample::shop_in_staging;

#[test]
fn a_checkpoint_is_published_where_it_continues_the_last() {
    let mut s = shop_in_staging();
    let to_file = ["log", "publish", "--to", "published.txt"];
    s.ends(0, &[&to_file[..], &["-n"]].concat());
    assert!(!s.world.folder().join("published.txt").exists());
    s.ends(0, &to_file);
    s.ends(0, &to_file);
    // What was written last may still be in the log that SQLite keeps beside its file.
    for part in ["", "-wal"] {
        let from = s.world.folder().join(format!(".liftlock/state.db{part}"));
        if from.exists() {
            fs::copy(from, s.world.folder().join(format!("early.db{part}"))).expect("copied");
        }
    }
    s.quietly(&["evidence", "revoke", "e1", "--reason", "x", "--as", "ci"]);
    s.json(0, &to_file);
    s.ends(0, &["tick", "--publish", "published.txt"]);

    s.heading("a Git repository");
    let git = |words: &[&str]| {
        let output = s.world.run("git", words);
        assert_eq!(output.code, 0, "{words:?}: {output:?}");
        output.stdout
    };
    git(&["init", "--quiet", "--bare", "checkpoints.git"]);
    let to_git = ["log", "publish", "--to", "git:checkpoints.git#shop"];
    s.ends(0, &to_git);
    s.ends(0, &to_git);
    s.quietly(&["evidence", "revoke", "e2", "--reason", "x", "--as", "ci"]);
    s.ends(0, &to_git);
    let git = |words: &[&str]| s.world.run("git", words).stdout;
    let subjects = git(&["-C", "checkpoints.git", "log", "--format=%s", "shop"]);
    assert_eq!(
        subjects,
        "Checkpoint of 29 entries\nCheckpoint of 28 entries\n"
    );
    let held = git(&["-C", "checkpoints.git", "show", "shop:checkpoint"]);
    assert_eq!(held, s.quietly(&["log", "checkpoint"]).stdout);

    s.heading("the state rolled back to an earlier copy");
    fs::copy(
        s.world.folder().join(".liftlock/log.key"),
        s.world.folder().join("early.db.log.key"),
    )
    .expect("copied");
    s.refused(5, &[&to_file[..], &["--state", "early.db"]].concat());
    s.refused(5, &[&to_git[..], &["--state", "early.db"]].concat());

    s.heading("another log's checkpoint, and what is none");
    let other = "PeterNeumann\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    s.world.write("published.txt", other);
    s.refused(5, &to_file);
    s.world.write("published.txt", "what?");
    s.refused(5, &to_file);
    s.refused(1, &["log", "publish", "--to", "git:nowhere"]);
    s.refused(2, &["log", "publish", "--to", "git:https://example.com/x"]);
    s.ends(5, &["tick", "--publish", "published.txt"]);
    s.end("publishing");
}
