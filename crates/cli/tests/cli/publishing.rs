//! Checkpoints are published where they continue what is published already.

use std::fs;

use crate::sample::shop_in_staging;
use crate::scenario::LIFTLOCK;

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
    let with_password = "git:https://me:secret@example.com/x";
    let refused = s
        .world
        .run(LIFTLOCK, &["log", "publish", "--to", with_password]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(!refused.stderr.contains("secret"), "{refused:?}");
    s.refused(2, &["log", "publish", "--to", "git:--upload-pack=x"]);
    s.ends(5, &["tick", "--publish", "published.txt"]);
    s.end("publishing");
}

#[test]
fn a_checkpoint_is_pushed_where_it_continues_the_last() {
    let s = shop_in_staging();
    let git = |words: &[&str]| s.world.run("git", words).stdout;
    git(&["init", "--quiet", "--bare", "elsewhere.git"]);
    let place = format!(
        "git:file://{}/elsewhere.git#shop",
        s.world.folder().display()
    );
    let to_remote = ["log", "publish", "--to", &place];
    s.quietly(&[&to_remote[..], &["-n"]].concat());
    assert_eq!(git(&["-C", "elsewhere.git", "branch", "--list"]), "");
    s.quietly(&to_remote);
    s.quietly(&to_remote);
    let early = s.world.folder().join("early.db");
    let state = |end: &str| s.world.folder().join(format!(".liftlock/state.db{end}"));
    for end in ["", "-wal"] {
        if state(end).exists() {
            fs::copy(state(end), format!("{}{end}", early.display())).expect("copied");
        }
    }
    let key = s.world.folder().join(".liftlock/log.key");
    fs::copy(key, s.world.folder().join("early.db.log.key")).expect("copied");
    s.quietly(&["evidence", "revoke", "e1", "--reason", "x", "--as", "ci"]);
    s.quietly(&to_remote);
    let subjects = git(&["-C", "elsewhere.git", "log", "--format=%s", "shop"]);
    assert_eq!(subjects.lines().count(), 2, "{subjects}");
    let held = git(&["-C", "elsewhere.git", "show", "shop:checkpoint"]);
    assert_eq!(held, s.quietly(&["log", "checkpoint"]).stdout);
    // The state rolled back to an earlier copy: the larger tree there is not written over.
    let rolled_back = [&to_remote[..], &["--state", "early.db"]].concat();
    let refused = s.world.run(LIFTLOCK, &rolled_back);
    assert_eq!(refused.code, 5, "{refused:?}");
    let says = "no longer contains what the checkpoint saw";
    assert!(refused.stderr.contains(says), "{refused:?}");
    let nowhere = format!("git:file://{}/nowhere.git", s.world.folder().display());
    let refused = s.world.run(LIFTLOCK, &["log", "publish", "--to", &nowhere]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(
        git(&["-C", "elsewhere.git", "log", "--format=%s", "shop"]),
        subjects
    );
}

/// Many publish at once, of one ledger that grows: every push is upon what it was checked against.
#[test]
fn those_who_publish_at_once_lose_nothing() {
    let s = shop_in_staging();
    let made = s
        .world
        .run("git", &["init", "--quiet", "--bare", "elsewhere.git"]);
    assert_eq!(made.code, 0, "{made:?}");
    let place = format!("git:file://{}/elsewhere.git", s.world.folder().display());
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (s, place) = (&s, &place);
            scope.spawn(move || {
                let name = format!("c{n}");
                let reference = s.world.reference("shop/api", "build-1");
                let words = [
                    "evidence", "add", "1.0.0", "load", "--pass", "--as", "ci", "--note",
                ];
                s.world.run(
                    LIFTLOCK,
                    &[&words[..], &[&name, "--url", &reference]].concat(),
                );
                s.quietly(&["log", "publish", "--to", place]);
            });
        }
    });
    s.quietly(&["log", "publish", "--to", &place]);
    let branch = "liftlock-checkpoints";
    let read = |words: &[&str]| {
        s.world
            .run("git", &[&["-C", "elsewhere.git"], words].concat())
    };
    let held = read(&["show", &format!("{branch}:checkpoint")]).stdout;
    assert_eq!(held, s.quietly(&["log", "checkpoint"]).stdout);
    // One line of commits, each of a larger ledger than the one before.
    let subjects = read(&["log", "--format=%s %p", branch]).stdout;
    let sizes: Vec<u64> = subjects
        .lines()
        .map(|line| {
            line.split(' ')
                .nth(2)
                .and_then(|size| size.parse().ok())
                .expect(line)
        })
        .collect();
    assert!(
        sizes.is_sorted_by(|later, earlier| later > earlier),
        "{subjects}"
    );
}
